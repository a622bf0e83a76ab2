// Bars over quarters and stacked areas over time: options for ECharts from long tables.
import { axis, baseOption, upAxis, type ChartOption } from "../echart";
import { formatNumber, formatShort, timeOf, withUnit } from "../format";
import type { ColorBook, Palette } from "../palette";
import type { Table } from "../table";
import { aligned } from "./series";

export interface Columns {
  time: string;
  name: string;
  value: string;
}

export const inUnit = (unit: string) => (value: unknown): string => (typeof value === "number" ? withUnit(formatNumber(value), unit) : "–");

export const shadow = (palette: Palette): object => ({ type: "shadow", shadowStyle: { color: palette.grid, opacity: 0.6 } });

// Room for as many lines of legend as the names need, and for the unit below them.
export function legendGrid(base: ChartOption, names: string[], width: number, more: object = {}): object {
  const rows = Math.ceil((names.reduce((sum, name) => sum + name.length * 6.6 + 34, 0) || 1) / Math.max(200, width - 20));
  return { ...(base["grid"] as object), top: 38 + 18 * rows, ...more };
}

export function stackedAreas(view: Table, { time, name, value }: Columns, palette: Palette, colors: ColorBook, width: number): ChartOption {
  const { times, names, values } = aligned(view, time, name, value);
  const base = baseOption(palette);
  return {
    ...base,
    grid: legendGrid(base, names, width),
    tooltip: { ...(base["tooltip"] as object), valueFormatter: inUnit(view.unit(value)), order: "seriesDesc" },
    xAxis: axis(palette, "", { type: "time", splitLine: { show: false } }, { formatter: { year: "{yyyy}", month: "{yyyy}-{MM}", day: "{yyyy}-{MM}-{dd}" } }),
    yAxis: upAxis(palette, view.unit(value)),
    useUTC: true,
    series: names.map((series, s) => ({
      name: series,
      type: "line",
      stack: "all",
      showSymbol: false,
      lineStyle: { width: 0.8, color: colors.color(series, palette) },
      areaStyle: { color: colors.color(series, palette), opacity: 0.75 },
      itemStyle: { color: colors.color(series, palette) },
      emphasis: { focus: "series" },
      data: times.map((t, i) => [timeOf(t) ?? i, values[s]![i]]),
    })),
  };
}

export function quarterBars(view: Table, { time, name, value }: Columns, palette: Palette, colors: ColorBook, width: number, stack: boolean): ChartOption {
  const { times, names, values } = aligned(view, time, name, value);
  const base = baseOption(palette);
  return {
    ...base,
    grid: legendGrid(base, names, width),
    tooltip: { ...(base["tooltip"] as object), axisPointer: shadow(palette), valueFormatter: inUnit(view.unit(value)) },
    xAxis: axis(palette, "", { type: "category", data: times, axisTick: { show: false } }),
    yAxis: upAxis(palette, view.unit(value)),
    series: names.map((series, s) => ({
      name: series,
      type: "bar",
      ...(stack ? { stack: "all" } : { barGap: "8%" }),
      barMaxWidth: stack ? 34 : 22,
      itemStyle: { color: colors.color(series, palette), borderRadius: stack ? 0 : 2 },
      emphasis: { focus: "series" },
      data: values[s]!,
    })),
  };
}

export interface Group {
  column: string;
  label: string;
  color: string;
}

// Bars of several columns side by side for each row: planned against simulated, dedicated against pooled.
export function groupedBars(view: Table, name: string, groups: Group[], palette: Palette, width: number, across = false): ChartOption {
  const base = baseOption(palette);
  const there = groups.filter(({ column }) => view.has(column));
  const unit = there[0] ? view.unit(there[0].column) : "";
  const names = view.texts(name);
  const categories = axis(palette, "", { type: "category", data: names, inverse: across, axisTick: { show: false }, splitLine: { show: false } }, across ? { color: palette.ink, width: 170, overflow: "truncate", interval: 0 } : {});
  return {
    ...base,
    grid: legendGrid(base, there.map(({ label }) => label), width, across ? { top: 30, bottom: 24, right: 24 } : {}),
    tooltip: { ...(base["tooltip"] as object), axisPointer: shadow(palette), valueFormatter: inUnit(unit) },
    ...(across ? { yAxis: categories, xAxis: axis(palette, unit, { type: "value", nameGap: 24 }, { formatter: formatShort }) } : { xAxis: categories, yAxis: upAxis(palette, unit) }),
    series: there.map(({ column, label, color }) => ({ name: label, type: "bar", barMaxWidth: across ? 9 : 18, barGap: "10%", itemStyle: { color, borderRadius: 2 }, data: view.numbers(column) })),
  };
}
