// A canvas that is sharp on every screen, in CSS pixels.
import { el } from "./dom";

export function makeCanvas(host: HTMLElement, width: number, height: number, label: string): { canvas: HTMLCanvasElement; pen: CanvasRenderingContext2D } {
  const ratio = Math.max(1, window.devicePixelRatio || 1);
  const canvas = el("canvas", { width: Math.round(width * ratio), height: Math.round(height * ratio), role: "img", "aria-label": label, style: `width:${width}px;height:${height}px` });
  host.append(canvas);
  const pen = canvas.getContext("2d")!;
  pen.scale(ratio, ratio);
  return { canvas, pen };
}
