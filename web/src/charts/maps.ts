// Wafer and panel maps: one cell per die or package, coloured by bin.
import { makeCanvas } from "../canvas";
import type { CardSpec, Context } from "../card";
import { formatNumber } from "../format";
import { seriesColor, type Palette } from "../palette";
import type { MapExtent } from "../table";
import type { Table, Tables } from "../table";
import { legendOf } from "./legend";
import { Tip } from "./tips";

// The drawn part of the plane, in mm: the substrate where its extent is known, else the places.
export interface Frame {
  left: number;
  top: number;
  width: number;
  height: number;
  round: boolean;
}

// Places are given by their lower left corners; a substrate's origin is its centre where places lie on both sides of zero,
// else its lower left corner.
export function frameOf(view: Table, extent: MapExtent | undefined): Frame {
  const numbers = (column: string) => view.numbers(column).map((n) => n ?? 0);
  const [xs, ys, widths, heights] = [numbers("x_mm"), numbers("y_mm"), numbers("width_mm"), numbers("height_mm")];
  const left = Math.min(...xs);
  const top = Math.min(...ys);
  const right = Math.max(...xs.map((x, i) => x + widths[i]!));
  const bottom = Math.max(...ys.map((y, i) => y + heights[i]!));
  const round = view.rows.length > 0 && view.text(0, "kind") === "wafer";
  if (!extent) return { left, top, width: right - left, height: bottom - top, round };
  const centred = left < 0;
  return { left: centred ? -extent.width_mm / 2 : 0, top: centred ? -extent.height_mm / 2 : 0, width: extent.width_mm, height: extent.height_mm, round };
}

// Bins in order of their number of places.
export function binsOf(view: Table): { bin: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const bin of view.texts("bin")) counts.set(bin, (counts.get(bin) ?? 0) + 1);
  return [...counts].map(([bin, count]) => ({ bin, count })).sort((a, b) => b.count - a.count || (a.bin < b.bin ? -1 : 1));
}

// Good and bad have the page's colours for them, all other bins one of the series.
export function binColor(bin: string, bins: string[], palette: Palette): string {
  if (/^(good|full|pass)/i.test(bin)) return palette.good;
  if (/^(fail|bad|scrap|dead|defect|lost)/i.test(bin)) return palette.bad;
  return seriesColor(bins.indexOf(bin) + 1, palette);
}

function draw(host: HTMLElement, view: Table, { palette, tables }: Context, chosen: Record<string, string>): () => void {
  const bins = binsOf(view);
  const names = bins.map(({ bin }) => bin).sort();
  const colorOf = (bin: string) => binColor(bin, names, palette);
  const legend = legendOf(bins.map(({ bin, count }) => ({ name: bin, color: colorOf(bin), note: `${formatNumber(count)} (${formatNumber((100 * count) / view.rows.length, 1)} %)` })));
  host.append(legend);
  const frame = frameOf(view, extentOf(tables, chosen["map"] ?? ""));
  const room = { width: host.clientWidth, height: host.clientHeight - legend.offsetHeight - 10 };
  const scale = Math.min((room.width - 4) / frame.width, (room.height - 4) / frame.height);
  const { canvas, pen } = makeCanvas(host, room.width, room.height, `Map of ${formatNumber(view.rows.length)} places by bin`);
  const x0 = (room.width - frame.width * scale) / 2;
  const y0 = (room.height - frame.height * scale) / 2;
  const px = (x: number) => x0 + (x - frame.left) * scale;
  const py = (y: number) => y0 + (frame.top + frame.height - y) * scale; // y goes up
  pen.fillStyle = palette.sunken;
  pen.strokeStyle = palette.faint;
  pen.beginPath();
  if (frame.round) {
    pen.arc(room.width / 2, room.height / 2, (Math.min(frame.width, frame.height) * scale) / 2, 0, 2 * Math.PI);
  } else {
    pen.rect(x0, y0, frame.width * scale, frame.height * scale);
  }
  pen.fill();
  pen.stroke();
  const boxes = view.rows.map((_, row) => {
    const number = (column: string) => view.number(row, column) ?? 0;
    return { left: px(number("x_mm")), top: py(number("y_mm") + number("height_mm")), width: number("width_mm") * scale, height: number("height_mm") * scale, row };
  });
  for (const box of boxes) {
    const gap = Math.min(0.5, box.width * 0.06, box.height * 0.06);
    pen.fillStyle = colorOf(view.text(box.row, "bin"));
    pen.fillRect(box.left + gap, box.top + gap, box.width - 2 * gap, box.height - 2 * gap);
  }
  const tip = new Tip(host);
  canvas.addEventListener("pointermove", ({ offsetX, offsetY }) => {
    const box = boxes.find((b) => offsetX >= b.left && offsetX < b.left + b.width && offsetY >= b.top && offsetY < b.top + b.height);
    if (!box) return tip.hide();
    tip.show([view.text(box.row, "bin"), `x ${formatNumber(view.number(box.row, "x_mm"), 1)} mm, y ${formatNumber(view.number(box.row, "y_mm"), 1)} mm`], offsetX, offsetY + legend.offsetHeight);
  });
  canvas.addEventListener("pointerleave", () => tip.hide());
  return () => {
    canvas.remove();
    legend.remove();
    tip.remove();
  };
}

const extentOf = (tables: Tables, name: string): MapExtent | undefined => tables.meta.maps?.find((map) => map.name === name);

// One card for each kind, so that a wafer and a panel stand side by side.
function mapCard(kind: "wafer" | "panel"): CardSpec {
  const names = (tables: Tables) => tables.table("maps").where("kind", kind).distinct("name");
  return {
    id: `${kind}-map`,
    title: kind === "wafer" ? "Wafer map" : "Panel map",
    help: `One simulated ${kind}, its places by bin.`,
    needs: [{ table: "maps", columns: ["name", "kind", "x_mm", "y_mm", "width_mm", "height_mm", "bin"] }],
    there: (tables) => names(tables).length > 0,
    height: 430,
    choices: (tables) => [{ id: "map", label: "Map", options: names(tables) }],
    view: (tables, chosen) => tables.table("maps").where("name", chosen["map"] ?? ""),
    caption: (view, tables, chosen) => {
      const extent = extentOf(tables, chosen["map"] ?? "");
      return `${chosen["map"]}: ${formatNumber(view.rows.length)} places of one simulated ${kind}${extent ? `, ${formatNumber(extent.width_mm)} × ${formatNumber(extent.height_mm)} mm` : ""}.`;
    },
    draw,
  };
}

export const waferCard = mapCard("wafer");
export const panelCard = mapCard("panel");
