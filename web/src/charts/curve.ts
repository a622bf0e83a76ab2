// Operating curves: cycle time (or X-factor) against utilisation, with interval and knee.
import type { CardSpec } from "../card";
import { axis, baseOption, drawEChart, tipText, upAxis, type ChartOption } from "../echart";
import { formatNumber, withUnit } from "../format";
import { withAlpha, type ColorBook, type Palette } from "../palette";
import type { Table } from "../table";
import { legendGrid } from "./stacks";

const kLow = "cycle_time_low_d";
const kHigh = "cycle_time_high_d";

// The band of one line: its lower bound, unseen, with the width of the interval stacked on it.
function band(rows: Table, line: string, color: string): object[] {
  const points = rows.rows.map((_, r) => [rows.number(r, "utilisation_percent"), rows.number(r, kLow), rows.number(r, kHigh)] as const).filter(([, low, high]) => low !== null && high !== null);
  const shared = { type: "line", stack: `band ${line}`, stackStrategy: "all", showSymbol: false, silent: true, lineStyle: { opacity: 0 }, tooltip: { show: false } };
  return [
    { ...shared, name: `${line} low`, data: points.map(([x, low]) => [x, low]) },
    { ...shared, name: `${line} high`, data: points.map(([x, low, high]) => [x, high! - low!]), areaStyle: { color: withAlpha(color, 0.16) } },
  ];
}

function knees(rows: Table): number[] {
  return rows.has("knee") ? rows.rows.map((_, r) => r).filter((r) => ["yes", "1"].includes(rows.text(r, "knee"))) : [];
}

export function curveOption(view: Table, value: string, palette: Palette, colors: ColorBook, width: number): ChartOption {
  const base = baseOption(palette);
  const unit = view.unit(value);
  const lines = view.distinct("line");
  const series = lines.flatMap((line) => {
    const rows = view.where("line", line).sorted("utilisation_percent");
    const color = colors.color(line, palette);
    const at = (r: number, column: string) => rows.number(r, column);
    const withBand = value === "cycle_time_d" && rows.has(kLow) && rows.has(kHigh);
    const marks = knees(rows).map((r) => ({ coord: [at(r, "utilisation_percent"), at(r, value)], value: `knee ${formatNumber(at(r, "utilisation_percent"), 0)} %` }));
    return [
      ...(withBand ? band(rows, line, color) : []),
      {
        name: line,
        type: "line",
        symbol: "circle",
        symbolSize: 5,
        itemStyle: { color },
        lineStyle: { width: 2, color },
        data: rows.rows.map((_, r) => [at(r, "utilisation_percent"), at(r, value)]),
        markPoint: { silent: true, symbol: "circle", symbolSize: 11, itemStyle: { color: palette.surface, borderColor: color, borderWidth: 2 }, label: { position: "left", distance: 6, color: palette.quiet, fontSize: 11 }, data: marks },
      },
    ];
  });
  return {
    ...base,
    legend: { ...(base["legend"] as object), data: lines },
    grid: legendGrid(base, lines, width, { bottom: 24 }),
    tooltip: { ...(base["tooltip"] as object), trigger: "item", formatter: (point: { seriesName: string; value: [number, number] }) => tipText(point.seriesName, `at ${formatNumber(point.value[0], 1)} %: ${withUnit(formatNumber(point.value[1]), unit)}`) },
    xAxis: axis(palette, "utilisation, %", { type: "value", scale: true, nameGap: 24, splitLine: { show: false }, max: (range: { max: number }) => Math.max(5, Math.ceil(range.max / 5) * 5) }),
    yAxis: upAxis(palette, value === "x_factor" ? "X-factor" : `cycle time, ${unit}`),
    series,
  };
}

const kWords: Record<string, string> = { x_factor: "X-factor", cycle_time_d: "cycle time" };

export const curveCard: CardSpec = {
  id: "operating-curve",
  title: "Operating curves",
  help: "Mean cycle time of a line against the utilisation of its bottleneck.",
  needs: [{ table: "operating_curve", columns: ["line", "utilisation_percent", "cycle_time_d"] }],
  height: 320,
  choices: (tables) => [{ id: "measure", label: "Measure", options: ["cycle_time_d", "x_factor"].filter((c) => tables.table("operating_curve").has(c)), words: (c) => kWords[c]! }],
  view: (tables) => tables.table("operating_curve"),
  caption: (view, _, chosen) => {
    const days = chosen["measure"] !== "x_factor";
    return `${days ? `Mean cycle time, ${view.unit("cycle_time_d")}` : "Cycle time by raw process time (X-factor)"}, against utilisation, %${days && view.has(kLow) ? "; the band is the interval of the table" : ""}${view.has("knee") ? "; ring: the knee" : ""}.`;
  },
  draw: (host, view, { palette, colors }, chosen) => drawEChart(host, curveOption(view, chosen["measure"] ?? "cycle_time_d", palette, colors, host.clientWidth)),
};
