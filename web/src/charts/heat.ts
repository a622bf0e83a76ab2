// Use of resources as a heat map: resources down, time across; the hottest resource first.
import type { CardSpec } from "../card";
import { axis, baseOption, drawEChart, tipText, type ChartOption } from "../echart";
import { formatNumber, isoMonth, timeOf, withUnit } from "../format";
import type { Palette } from "../palette";
import { mean, type Table } from "../table";
import { aligned, toldApart } from "./series";

const kRow = 17;

// Buckets joined to months, as the mean over the buckets that begin in the month.
export function byMonth(view: Table, time: string, name: string, value: string): Table {
  const months = view.with(view.column(time), (row) => {
    const ms = timeOf(view.text(row, time));
    return ms === null ? view.text(row, time) : isoMonth(ms);
  });
  return months.grouped([name, time], [value], mean);
}

export function heatOption(view: Table, time: string, name: string, value: string, palette: Palette): ChartOption {
  const { times, names, values } = aligned(view, time, name, value);
  const peak = values.map((row) => row.reduce<number>((a, b) => Math.max(a, b ?? 0), 0));
  const order = names.map((_, i) => i).sort((a, b) => peak[b]! - peak[a]! || a - b);
  const unit = view.unit(value);
  const most = unit === "%" ? 100 : Math.max(...peak);
  const base = baseOption(palette);
  const data: [number, number, number][] = [];
  order.forEach((n, y) => values[n]!.forEach((v, x) => v !== null && data.push([x, y, v])));
  return {
    ...base,
    legend: { show: false },
    grid: { left: 8, right: 8, top: 30, bottom: 4, containLabel: true },
    tooltip: {
      ...(base["tooltip"] as object),
      trigger: "item",
      formatter: (point: { value: [number, number, number] }) => tipText(names[order[point.value[1]]!]!, `${times[point.value[0]]}: ${withUnit(formatNumber(point.value[2], 1), unit)}`),
    },
    xAxis: axis(palette, "", { type: "category", data: times, splitLine: { show: false }, axisTick: { show: false } }),
    yAxis: axis(palette, "", { type: "category", inverse: true, data: order.map((n) => names[n]), splitLine: { show: false }, axisTick: { show: false } }, { color: palette.ink, interval: 0, width: 190, overflow: "truncate" }),
    visualMap: {
      type: "continuous",
      hoverLink: false,
      min: 0,
      max: most,
      right: 4,
      top: 0,
      orient: "horizontal",
      itemHeight: 130,
      itemWidth: 9,
      text: [withUnit(formatNumber(most), unit), "0"],
      textStyle: { color: palette.quiet, fontSize: 11 },
      inRange: { color: palette.heat },
    },
    series: [{ type: "heatmap", data, itemStyle: { borderColor: palette.surface, borderWidth: 1 }, emphasis: { itemStyle: { borderColor: palette.ink, borderWidth: 1.5 } }, progressive: 0 }],
  };
}

const kByMonth = "by month";
const kAllRows = "all resources";
const kMostRows = 40; // as many as fit a screen

// The resources with the highest peaks, in the order of the table.
export function hottest(view: Table, name: string, value: string, most: number): Table {
  const peaks = new Map<string, number>();
  view.rows.forEach((_, row) => {
    const key = view.text(row, name);
    peaks.set(key, Math.max(peaks.get(key) ?? 0, view.number(row, value) ?? 0));
  });
  const kept = new Set([...peaks].sort((a, b) => b[1] - a[1]).slice(0, most).map(([key]) => key));
  return view.filter((row) => kept.has(view.text(row, name)));
}

export const heatCard: CardSpec = {
  id: "use-heat",
  title: "Use of resources",
  help: "Share of the capacity that the plan uses.",
  needs: [{ table: "resource_use", columns: ["resource", "date", "use_percent"] }],
  wide: true,
  height: (view) => 60 + kRow * view.distinct("resource").length,
  choices: (tables) => [
    { id: "step", label: "Time step", options: [kByMonth, "by bucket of the plan"] },
    { id: "rows", label: "Resources", options: toldApart(tables.table("resource_use"), "resource", "site").distinct("resource").length > kMostRows ? [`the ${kMostRows} hottest`, kAllRows] : [kAllRows] },
  ],
  view: (tables, chosen) => {
    const all = toldApart(tables.table("resource_use"), "resource", "site");
    const table = chosen["rows"] === kAllRows ? all : hottest(all, "resource", "use_percent", kMostRows);
    return chosen["step"] === kByMonth ? byMonth(table, "date", "resource", "use_percent") : table;
  },
  caption: (_, __, chosen) => `Use, % of capacity${chosen["step"] === kByMonth ? ", mean of the buckets that begin in the month" : ", one cell per bucket of the plan"}; the highest peak on top.`,
  draw: (host, view, { palette }) => drawEChart(host, heatOption(view, "date", "resource", "use_percent", palette)),
};
