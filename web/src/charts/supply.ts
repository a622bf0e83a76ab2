// Lines over time with a simulated band (uPlot): cumulative supply against demand, and one stock.
import uPlot from "uplot";
import type { CardSpec, Context } from "../card";
import { el } from "../dom";
import { formatNumber, formatShort, isoDay, isoMonth, timeOf } from "../format";
import { withAlpha, type Palette } from "../palette";
import type { Table, Tables } from "../table";

type Role = "band" | "middle" | "plan" | "naive" | "due" | "floor";

interface Line {
  column: string;
  label: string;
  role: Role;
}

// The columns drawn, in order; those the table lacks are left out.
const kLines: Line[] = [
  { column: "sim_p90", label: "simulated P90", role: "band" },
  { column: "sim_p10", label: "simulated P10", role: "band" },
  { column: "sim_p50", label: "simulated P50", role: "middle" },
  { column: "planned", label: "planned", role: "plan" },
  { column: "naive", label: "naive plan", role: "naive" },
  { column: "due", label: "due", role: "due" },
  { column: "floor", label: "floor", role: "floor" },
];

export function linesOf(view: Table): Line[] {
  return kLines.filter(({ column }) => view.has(column) && view.numbers(column).some((n) => n !== null));
}

// uPlot's columns: seconds, then one array per line.
export function lineData(view: Table): (number | null)[][] {
  const rows = view.rows.map((_, row) => ({ row, ms: timeOf(view.text(row, "date")) })).filter(({ ms }) => ms !== null);
  rows.sort((a, b) => a.ms! - b.ms!);
  return [rows.map(({ ms }) => ms! / 1000), ...linesOf(view).map(({ column }) => rows.map(({ row }) => view.number(row, column)))];
}

function strokeOf(role: Role, color: string, palette: Palette): Partial<uPlot.Series> {
  if (role === "band") return { stroke: withAlpha(color, 0.35), width: 1 };
  if (role === "middle") return { stroke: color, width: 2.25 };
  if (role === "plan") return { stroke: palette.quiet, width: 1.5, dash: [5, 4] };
  if (role === "naive") return { stroke: palette.loss, width: 1.5 };
  if (role === "floor") return { stroke: palette.bad, width: 1.25, dash: [2, 3] };
  return { stroke: palette.ink, width: 1.75 };
}

export function drawLines(host: HTMLElement, view: Table, { palette, colors }: Context, name: string): () => void {
  const lines = linesOf(view);
  const color = colors.color(name, palette);
  const stepped = uPlot.paths.stepped!({ align: 1 });
  const axis: uPlot.Axis = { stroke: palette.quiet, grid: { stroke: palette.grid, width: 1 }, ticks: { stroke: palette.line, width: 1, size: 4 }, font: "11px system-ui, sans-serif", gap: 4 };
  const bands = ["sim_p90", "sim_p10"].map((column) => lines.findIndex((l) => l.column === column));
  const unit = el("span", { class: "axis-unit" }, view.unit("planned") || view.unit("sim_p50"));
  host.append(unit);
  const plot = new uPlot(
    {
      width: host.clientWidth,
      height: host.clientHeight - 30,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      padding: [8, 12, 0, 0],
      cursor: { points: { size: 6 }, drag: { x: true, y: false } },
      legend: { live: true },
      scales: { x: { time: true } },
      axes: [
        { ...axis, size: 28, space: 70, values: (_, ticks, __, ___, step) => ticks.map((s) => (step >= 25 * 86400 ? isoMonth(s * 1000) : isoDay(s * 1000))) },
        { ...axis, size: 52, values: (_, ticks) => ticks.map((v) => formatShort(v)) },
      ],
      series: [
        { label: "to", value: (_, s) => (s === null || s === undefined ? "–" : isoDay(s * 1000)) },
        ...lines.map(({ label, role }) => ({ label, paths: stepped, points: { show: false }, value: (_: uPlot, v: number | null) => formatNumber(v), ...strokeOf(role, color, palette) })),
      ],
      bands: bands.every((place) => place >= 0) ? [{ series: [bands[0]! + 1, bands[1]! + 1], fill: withAlpha(color, 0.14) }] : [],
    },
    lineData(view) as uPlot.AlignedData,
    host,
  );
  // the legend takes a line or two, by the width
  host.style.height = "auto";
  return () => {
    plot.destroy();
    unit.remove();
  };
}

// How many replications stand behind the band, where it is drawn.
export function bandWords(view: Table, tables: Tables): string {
  if (!linesOf(view).some(({ role }) => role === "band")) return "";
  const n = tables.meta.replications;
  return ` The band is P10 to P90${n ? ` of n = ${formatNumber(n)} replications` : ""}.`;
}

const kTable = "cumulative";

export const cumulativeCard: CardSpec = {
  id: "cumulative-chart",
  title: "Cumulative supply against demand",
  help: "Units of one programme, summed from the start of the horizon.",
  needs: [{ table: kTable, columns: ["programme", "date", "due", "planned"] }],
  wide: true,
  height: 340,
  choices: (tables) => [{ id: "programme", label: "Programme", options: tables.table(kTable).distinct("programme") }],
  view: (tables, chosen) => tables.table(kTable).where("programme", chosen["programme"] ?? ""),
  caption: (view, tables) => `Summed from the start${view.unit("due") ? `, in ${view.unit("due")}` : ""}.${bandWords(view, tables)} Drag to zoom, double-click to see all.`,
  draw: (host, view, context, chosen) => drawLines(host, view, context, chosen["programme"] ?? ""),
};
