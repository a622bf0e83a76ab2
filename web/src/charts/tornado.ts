// Tornado: how far one figure moves when one uncertainty takes its low and its high value; the longest bar on top.
import type { CardSpec } from "../card";
import { axis, baseOption, drawEChart, tipText, type ChartOption } from "../echart";
import { formatNumber, formatShort, withUnit } from "../format";
import type { Palette } from "../palette";
import type { Table } from "../table";
import { shadow } from "./stacks";

const span = (view: Table, row: number): number => Math.abs((view.number(row, "value_high") ?? 0) - (view.number(row, "value_low") ?? 0));

// Rows by length of their bar, longest first.
export function bySpan(view: Table): number[] {
  return view.rows.map((_, row) => row).sort((a, b) => span(view, b) - span(view, a) || a - b);
}

export function tornadoOption(view: Table, palette: Palette): ChartOption {
  const order = bySpan(view);
  const unit = view.unit("value_low");
  const zero = (view.rows.length ? view.number(0, "value_base") : null) ?? 0;
  const base = baseOption(palette);
  const bar = (which: "low" | "high", color: string) => ({
    name: `${which} value`,
    type: "bar",
    barGap: "-100%",
    barMaxWidth: 16,
    itemStyle: { color, borderRadius: 2 },
    data: order.map((row) => (view.number(row, `value_${which}`) ?? zero) - zero),
  });
  const side = (row: number, which: "low" | "high"): string => {
    const change = view.has(`${which}_percent`) ? view.number(row, `${which}_percent`) : null;
    return `${which}${change === null ? "" : ` (${change > 0 ? "+" : ""}${formatNumber(change)} %)`}: ${withUnit(formatNumber(view.number(row, `value_${which}`)), unit)}`;
  };
  return {
    ...base,
    grid: { ...(base["grid"] as object), top: 30, right: 20, bottom: 24 },
    tooltip: {
      ...(base["tooltip"] as object),
      axisPointer: shadow(palette),
      formatter: (points: { dataIndex: number }[]) => {
        const row = order[points[0]!.dataIndex]!;
        return tipText(view.text(row, "uncertainty"), side(row, "low"), side(row, "high"));
      },
    },
    yAxis: axis(palette, "", { type: "category", inverse: true, data: order.map((row) => view.text(row, "uncertainty")), axisTick: { show: false }, axisLine: { show: false }, splitLine: { show: false } }, { color: palette.ink, width: 210, overflow: "truncate", interval: 0 }),
    xAxis: axis(palette, unit, { type: "value", nameGap: 24 }, { formatter: (v: number) => formatShort(v + zero) }),
    series: [bar("low", palette.series[0]!), bar("high", palette.series[1]!)],
  };
}

export const tornadoCard: CardSpec = {
  id: "tornado-chart",
  title: "Uncertainties that matter most",
  help: "The cost of the chain with each uncertainty alone at its low and its high value.",
  needs: [{ table: "tornado", columns: ["uncertainty", "value_low", "value_base", "value_high"] }],
  height: (view) => 76 + 24 * view.rows.length,
  view: (tables) => tables.table("tornado"),
  caption: (view) => `Cost of the plan carried out with one uncertainty changed at a time; the axis crosses at the base value${view.rows.length ? ` of ${withUnit(formatNumber(view.number(0, "value_base")), view.unit("value_base"))}` : ""}.`,
  draw: (host, view, { palette }) => drawEChart(host, tornadoOption(view, palette)),
};
