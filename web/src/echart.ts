// ECharts with only the parts that the charts use, as SVG: sharp when printed, and every mark is in the document.
import { BarChart, CustomChart, HeatmapChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, MarkPointComponent, TooltipComponent, VisualMapContinuousComponent } from "echarts/components";
import { init, use, type EChartsCoreOption } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { formatShort } from "./format";
import type { Palette } from "./palette";

use([BarChart, CustomChart, HeatmapChart, LineChart, GridComponent, LegendComponent, MarkPointComponent, TooltipComponent, VisualMapContinuousComponent, SVGRenderer]);

export type ChartOption = EChartsCoreOption;

export const kFont = 'system-ui, -apple-system, "Segoe UI", "Helvetica Neue", "Noto Sans", "DejaVu Sans", sans-serif';

export function drawEChart(host: HTMLElement, option: ChartOption): () => void {
  const chart = init(host, null, { renderer: "svg", width: host.clientWidth, height: host.clientHeight });
  chart.setOption({ animation: false, ...option });
  chart.getZr().flush();
  return () => chart.dispose();
}

// The box that a chart shows at the pointer: a name and lines. ECharts takes HTML, and names come from the user's files.
export function tipText(name: string, ...lines: string[]): string {
  const escaped = (text: string) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
  return [`<b>${escaped(name)}</b>`, ...lines.map(escaped)].join("<br>");
}

// What all charts have alike.
export function baseOption(palette: Palette): ChartOption {
  return {
    textStyle: { fontFamily: kFont, color: palette.quiet, fontSize: 11 },
    tooltip: {
      trigger: "axis",
      confine: true,
      backgroundColor: palette.surface,
      borderColor: palette.line,
      padding: [6, 9],
      textStyle: { color: palette.ink, fontSize: 12, fontFamily: kFont },
      axisPointer: { lineStyle: { color: palette.faint }, shadowStyle: { color: palette.grid, opacity: 0.6 } },
    },
    legend: { top: 0, left: 0, icon: "roundRect", itemWidth: 10, itemHeight: 10, itemGap: 14, textStyle: { color: palette.quiet, fontSize: 11.5 }, type: "plain" },
    grid: { left: 8, right: 14, top: 34, bottom: 6, containLabel: true },
  };
}

// An axis with its unit as name; `label` adds to how its marks are written.
export function axis(palette: Palette, name: string, more: object = {}, label: object = {}): object {
  return {
    name,
    nameLocation: "middle",
    nameTextStyle: { color: palette.faint, fontSize: 11 },
    axisLine: { lineStyle: { color: palette.line } },
    axisTick: { lineStyle: { color: palette.line } },
    axisLabel: { color: palette.quiet, fontSize: 11, hideOverlap: true, ...label },
    splitLine: { lineStyle: { color: palette.grid } },
    ...more,
  };
}

// A value axis upwards: the unit stands above it, large figures are written short.
export function upAxis(palette: Palette, name: string): object {
  return axis(palette, name, { type: "value", nameLocation: "end", nameGap: 12, nameTextStyle: { color: palette.faint, fontSize: 11, align: "left", padding: [0, 0, 0, -22] } }, { formatter: formatShort });
}
