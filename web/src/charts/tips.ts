// One small box that follows the pointer, for what we draw ourselves on canvas.
import { el } from "../dom";

export class Tip {
  private readonly box = el("div", { class: "tip", hidden: true, role: "status" });

  constructor(private readonly host: HTMLElement) {
    host.append(this.box);
  }

  show(lines: string[], x: number, y: number): void {
    this.box.replaceChildren(...lines.map((line, i) => el(i === 0 ? "b" : "span", {}, line)));
    this.box.hidden = false;
    const width = this.box.offsetWidth;
    const height = this.box.offsetHeight;
    this.box.style.left = `${Math.max(0, Math.min(this.host.clientWidth - width, x + 14))}px`;
    this.box.style.top = `${Math.max(0, y + 14 + height > this.host.clientHeight ? y - height - 8 : y + 14)}px`;
  }

  hide(): void {
    this.box.hidden = true;
  }

  remove(): void {
    this.box.remove();
  }
}
