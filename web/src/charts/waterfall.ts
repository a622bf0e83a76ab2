// The cost of a good piece, step by step: each part begins where the one before ends; the last bar is the sum.
import type { CardSpec } from "../card";
import { axis, baseOption, drawEChart, tipText, type ChartOption } from "../echart";
import { formatNumber, formatShort, withUnit } from "../format";
import type { Palette } from "../palette";
import type { Table } from "../table";
import { shadow } from "./stacks";

export interface Bar {
  name: string;
  kind: string; // start, add, loss, total
  from: number;
  to: number;
}

// `start` and `total` stand on zero; all others are added up in the order of the table.
export function barsOf(view: Table): Bar[] {
  let level = 0;
  return view.rows.map((_, row) => {
    const amount = view.number(row, "usd") ?? 0;
    const kind = view.has("kind") ? view.text(row, "kind") : "add";
    const from = kind === "total" || kind === "start" ? 0 : level;
    level = from + amount;
    return { name: view.text(row, "step"), kind, from, to: level };
  });
}

export function waterfallOption(view: Table, palette: Palette): ChartOption {
  const bars = barsOf(view);
  const unit = view.unit("usd");
  const base = baseOption(palette);
  const colorOf = (bar: Bar): string => (bar.kind === "total" ? palette.accent : bar.kind === "loss" ? palette.bad : bar.to < bar.from ? palette.good : palette.series[0]!);
  const describe = (bar: Bar): string => tipText(bar.name, withUnit(formatNumber(bar.to - bar.from), unit), ...(bar.kind === "total" ? [] : [`sum so far ${withUnit(formatNumber(bar.to), unit)}`]));
  return {
    ...base,
    legend: { show: false },
    grid: { ...(base["grid"] as object), top: 8, right: 64, bottom: 24 },
    tooltip: { ...(base["tooltip"] as object), axisPointer: shadow(palette), formatter: (points: { dataIndex: number }[]) => describe(bars[points[0]!.dataIndex]!) },
    yAxis: axis(palette, "", { type: "category", inverse: true, data: bars.map((bar) => bar.name), axisTick: { show: false }, splitLine: { show: false } }, { color: palette.ink, width: 190, overflow: "truncate", interval: 0 }),
    xAxis: axis(palette, unit, { type: "value", nameGap: 24 }, { formatter: formatShort }),
    series: [
      { type: "bar", stack: "all", silent: true, itemStyle: { color: "transparent" }, data: bars.map((bar) => Math.min(bar.from, bar.to)) },
      {
        type: "bar",
        stack: "all",
        barMaxWidth: 17,
        label: { show: true, position: "right", color: palette.ink, fontSize: 11, formatter: (point: { dataIndex: number }) => formatNumber(bars[point.dataIndex]!.to - bars[point.dataIndex]!.from) },
        data: bars.map((bar) => ({ value: Math.abs(bar.to - bar.from), itemStyle: { borderRadius: 2, color: colorOf(bar) } })),
      },
    ],
  };
}

export const waterfallCard: CardSpec = {
  id: "cost-waterfall",
  title: "Cost of a good piece",
  help: "What each step adds to the cost of a good piece.",
  needs: [{ table: "cost_waterfall", columns: ["item", "step", "usd"] }],
  height: (view) => 50 + 24 * view.rows.length,
  choices: (tables) => [{ id: "item", label: "Item", options: tables.table("cost_waterfall").distinct("item") }],
  view: (tables, chosen) => tables.table("cost_waterfall").where("item", chosen["item"] ?? ""),
  caption: (view) => `${view.unit("usd") || "USD"} per good piece; red: lost with pieces that were scrapped.`,
  draw: (host, view, { palette }) => drawEChart(host, waterfallOption(view, palette)),
};
