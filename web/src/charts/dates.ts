// Rows of dates on one time axis: milestones (wanted, planned, simulated P50 and P90) and capacity modules (decided, live).
import type { CardSpec } from "../card";
import { svg } from "../dom";
import { formatNumber, isoDay, timeOf } from "../format";
import type { Palette } from "../palette";
import type { Table } from "../table";
import { timeTicks } from "./axes";

type Shape = "bar" | "diamond" | "dot" | "ring";

interface Mark {
  column: string;
  label: string;
  shape: Shape;
}

export interface DateRow {
  name: string;
  dates: (number | null)[]; // one per mark
  aside: string; // written at the right
  color: string;
}

const kRow = 27;
const kTop = 26;
const kAside = 92;

const kMilestoneMarks: Mark[] = [
  { column: "wanted", label: "wanted", shape: "bar" },
  { column: "planned", label: "planned", shape: "diamond" },
  { column: "sim_p50", label: "simulated P50", shape: "dot" },
  { column: "sim_p90", label: "simulated P90", shape: "ring" },
];
const kModuleMarks: Mark[] = [
  { column: "decided", label: "decided", shape: "ring" },
  { column: "live", label: "live", shape: "dot" },
];

const present = (view: Table, marks: Mark[]): Mark[] => marks.filter(({ column }) => view.has(column));
const datesOf = (view: Table, row: number, marks: Mark[]): (number | null)[] => marks.map(({ column }) => timeOf(view.text(row, column)));

// Late beyond a month is bad, up to a month a warning (assumption: the finest long-range bucket is a month).
export function latenessColor(days: number | null, palette: Palette): string {
  if (days === null) return palette.faint;
  if (days <= 0) return palette.good;
  return days > 31 ? palette.bad : palette.warn;
}

export function latenessWords(days: number | null): string {
  return days === null ? "–" : (days > 0 ? "+" : "") + formatNumber(days, Number.isInteger(days) ? 0 : 1);
}

function shapeOf(shape: Shape, x: number, y: number, color: string, palette: Palette): SVGElement {
  if (shape === "bar") return svg("path", { d: `M${x} ${y - 7.5}v15`, stroke: palette.ink, "stroke-width": 2.5 });
  if (shape === "diamond") return svg("path", { d: `M${x} ${y - 5.5}l5.5 5.5l-5.5 5.5l-5.5 -5.5z`, fill: palette.surface, stroke: palette.quiet, "stroke-width": 1.75 });
  if (shape === "ring") return svg("circle", { cx: x, cy: y, r: 4, fill: palette.surface, stroke: color, "stroke-width": 2 });
  return svg("circle", { cx: x, cy: y, r: 5, fill: color });
}

function drawRows(host: HTMLElement, rows: DateRow[], marks: Mark[], asideName: string, palette: Palette): () => void {
  const width = host.clientWidth;
  const height = host.clientHeight;
  const left = Math.min(290, width * 0.36);
  const right = asideName ? kAside : 12;
  const all = rows.flatMap((row) => row.dates).filter((ms): ms is number => ms !== null);
  const first = Math.min(...all, Number.MAX_SAFE_INTEGER);
  const last = Math.max(...all, first);
  const pad = Math.max(86400e3, (last - first) * 0.03);
  const x = (ms: number) => left + ((ms - first + pad) / (last - first + 2 * pad)) * (width - left - right);
  const root = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}` });
  if (all.length) {
    for (const { ms, label } of timeTicks(first - pad, last + pad, (width - left - right) / 62)) {
      root.append(
        svg("line", { x1: x(ms), x2: x(ms), y1: kTop - 6, y2: height, stroke: palette.grid }),
        svg("text", { x: x(ms), y: 12, "text-anchor": "middle", fill: palette.quiet, "font-size": 11 }, label),
      );
    }
  }
  root.append(svg("text", { x: width - 2, y: 12, "text-anchor": "end", fill: palette.faint, "font-size": 11 }, asideName));
  rows.forEach((row, i) => {
    const y = kTop + kRow * (i + 0.5);
    const known = row.dates.filter((ms): ms is number => ms !== null);
    const words = marks.map(({ label }, m) => (row.dates[m] === null ? "" : `${label} ${isoDay(row.dates[m]!)}`)).filter(Boolean);
    const group = svg("g", {}, svg("title", {}, [row.name, ...words].join("\n")), svg("rect", { x: 0, y: y - kRow / 2, width, height: kRow, fill: "transparent" }));
    group.append(svg("line", { x1: left, x2: width - right, y1: y, y2: y, stroke: palette.grid }), svg("text", { x: 0, y, dy: "0.35em", fill: palette.ink, "font-size": 12.5 }, shortened(row.name, left - 12)));
    if (known.length > 1) group.append(svg("line", { x1: x(Math.min(...known)), x2: x(Math.max(...known)), y1: y, y2: y, stroke: row.color, "stroke-width": 3, "stroke-opacity": 0.4 }));
    // the first mark on top
    for (let m = marks.length - 1; m >= 0; --m) {
      const ms = row.dates[m] ?? null;
      if (ms !== null) group.append(shapeOf(marks[m]!.shape, x(ms), y, row.color, palette));
    }
    group.append(svg("text", { x: width - 2, y, dy: "0.35em", "text-anchor": "end", fill: row.color, "font-size": 12.5, "font-weight": 600 }, row.aside));
    root.append(group);
  });
  host.append(root);
  return () => root.remove();
}

// Cut to about `width` px at 12.5 px type (6.6 px a letter on average).
export function shortened(text: string, width: number): string {
  const most = Math.max(4, Math.floor(width / 6.6));
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

const kWords: Record<Shape, string> = { bar: "bar", diamond: "diamond", dot: "dot", ring: "ring" };
const markWords = (marks: Mark[]): string => marks.map(({ label, shape }) => `${label} (${kWords[shape]})`).join(", ");
const rowsHeight = (view: Table): number => kTop + kRow * view.rows.length + 4;

export const milestonesCard: CardSpec = {
  id: "milestones-chart",
  title: "Wanted, planned and simulated dates",
  help: "When each milestone is wanted, planned and reached in the simulation.",
  needs: [{ table: "milestones", columns: ["milestone", "planned", "sim_p50", "sim_p90", "late_by_d"] }],
  wide: true,
  height: rowsHeight,
  view: (tables) => tables.table("milestones"),
  caption: (view, tables) => {
    const late = view.numbers("late_by_d").filter((d) => d !== null && d > 0).length;
    const n = tables.meta.replications;
    return `Dates: ${markWords(present(view, kMilestoneMarks))}${n ? `; n = ${formatNumber(n)} replications` : ""}. ${formatNumber(view.rows.length)} milestones, ${formatNumber(late)} late.`;
  },
  draw: (host, view, { palette }) => {
    const marks = present(view, kMilestoneMarks);
    const rows = view.rows.map((_, row) => {
      const days = view.number(row, "late_by_d");
      return { name: view.text(row, "milestone"), dates: datesOf(view, row, marks), aside: latenessWords(days), color: latenessColor(days, palette) };
    });
    return drawRows(host, rows, marks, "late by, d", palette);
  },
};

export const modulesCard: CardSpec = {
  id: "modules-chart",
  title: "Capacity modules",
  help: "When each module is decided and when it is live.",
  needs: [{ table: "modules", columns: ["module", "decided", "live"] }],
  wide: true,
  height: rowsHeight,
  view: (tables) => tables.table("modules"),
  caption: (view) => `Dates: ${markWords(kModuleMarks)}; at the right the number of modules${view.has("capex_usd") ? ", their cost is in the table" : ""}.`,
  draw: (host, view, { palette, colors }) => {
    const rows = view.rows.map((_, row) => ({
      name: view.text(row, "module"),
      dates: datesOf(view, row, kModuleMarks),
      aside: view.has("count") ? `× ${formatNumber(view.number(row, "count"))}` : "",
      color: view.has("resource") ? colors.color(view.text(row, "resource"), palette) : palette.accent,
    }));
    return drawRows(host, rows, kModuleMarks, "count", palette);
  },
};
