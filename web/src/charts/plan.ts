// Cards of the plan: supply and demand by quarter, bottlenecks, starts, outside orders, money, rounds of plan and
// simulation, pooling of versions.
import type { CardSpec, Chosen } from "../card";
import { baseOption, drawEChart, tipText, upAxis, axis, type ChartOption } from "../echart";
import { formatNumber, withUnit } from "../format";
import { withAlpha, type Palette } from "../palette";
import { mean, sum, type Table, type Tables } from "../table";
import { bandWords, drawLines } from "./supply";
import { groupedBars, inUnit, legendGrid, quarterBars, shadow, stackedAreas } from "./stacks";
import { kOther, largest, toldApart } from "./series";

const optionsOf = (tables: Tables, table: string, column: string): string[] => tables.table(table).distinct(column);
const picked = (chosen: Chosen, id: string): string => chosen[id] ?? "";
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const kMostNames = 11; // names in one stack; the others are summed (assumption: more cannot be told apart by colour)

// Due, planned and simulated by quarter, with the simulated P10 to P90 as whiskers.
export function quartersOption(view: Table, palette: Palette, color: string, width: number): ChartOption {
  const option = groupedBars(
    view,
    "quarter",
    [
      { column: "due", label: "due", color: palette.faint },
      { column: "planned", label: "planned", color: withAlpha(color, 0.45) },
      { column: "sim_p50", label: "simulated P50", color },
    ],
    palette,
    width,
  );
  if (!view.has("sim_p10") || !view.has("sim_p90")) return option;
  const unit = view.unit("sim_p50");
  const figure = (row: number, column: string) => (view.has(column) ? withUnit(formatNumber(view.number(row, column)), unit) : "–");
  const words = (row: number) =>
    tipText(view.text(row, "quarter"), `due ${figure(row, "due")}`, `planned ${figure(row, "planned")}`, `simulated P50 ${figure(row, "sim_p50")}`, `P10 to P90 ${formatNumber(view.number(row, "sim_p10"))} to ${figure(row, "sim_p90")}`);
  const whiskers = view.rows.map((_, row) => [row, view.number(row, "sim_p10"), view.number(row, "sim_p90")]).filter(([, low, high]) => low !== null && high !== null);
  const bars = (option["series"] as object[]).length;
  const whisker = {
    name: "P10 to P90",
    type: "custom",
    data: whiskers,
    encode: { x: 0, y: [1, 2] },
    tooltip: { show: false },
    itemStyle: { color: palette.ink },
    z: 5,
    renderItem: (_: unknown, api: { value: (i: number) => number; coord: (p: number[]) => number[]; barLayout: (o: object) => { offsetCenter: number; width: number }[] }) => {
      const bar = api.barLayout({ barMaxWidth: 18, barGap: "10%", count: bars })[bars - 1]!;
      const [low, high] = [api.coord([api.value(0), api.value(1)]), api.coord([api.value(0), api.value(2)])];
      const x = low[0]! + bar.offsetCenter;
      const half = Math.min(4, bar.width / 3);
      const line = (x1: number, y1: number, x2: number, y2: number) => ({ type: "line", shape: { x1, y1, x2, y2 }, style: { stroke: palette.ink, lineWidth: 1.2 } });
      return { type: "group", children: [line(x, low[1]!, x, high[1]!), line(x - half, low[1]!, x + half, low[1]!), line(x - half, high[1]!, x + half, high[1]!)] };
    },
  };
  return { ...option, tooltip: { ...(option["tooltip"] as object), formatter: (points: { dataIndex: number }[]) => words(points[0]!.dataIndex) }, series: [...(option["series"] as object[]), whisker] };
}

export const quartersCard: CardSpec = {
  id: "supply-quarters",
  title: "Supply against demand by quarter",
  help: "Due, planned and simulated units of one programme.",
  needs: [{ table: "supply", columns: ["programme", "quarter", "due", "planned"] }],
  wide: true,
  height: 290,
  choices: (tables) => [{ id: "programme", label: "Programme", options: optionsOf(tables, "supply", "programme") }],
  view: (tables, chosen) => tables.table("supply").where("programme", picked(chosen, "programme")),
  caption: (view, tables) => {
    const n = tables.meta.replications;
    return `By quarter${view.unit("due") ? `, in ${view.unit("due")}` : ""}; the whisker is P10 to P90${n ? ` of n = ${formatNumber(n)} replications` : ""}. The table also has the promise kept.`;
  },
  draw: (host, view, { palette, colors }, chosen) => drawEChart(host, quartersOption(view, palette, colors.color(picked(chosen, "programme"), palette), host.clientWidth)),
};

const kPriceWords: Record<string, string> = { worth_usd: "worth in the quarter", price_usd: "price of one unit" };

export const bottlenecksCard: CardSpec = {
  id: "bottlenecks-chart",
  title: "Bottlenecks by quarter",
  help: "What one more unit of capacity, or all of it, would be worth.",
  needs: [{ table: "bottlenecks", columns: ["quarter", "resource", "price_usd"] }],
  wide: true,
  height: 300,
  choices: (tables) => [{ id: "measure", label: "Measure", options: ["worth_usd", "price_usd"].filter((c) => tables.table("bottlenecks").has(c)), words: (c) => kPriceWords[c]! }],
  view: (tables, chosen) => largest(toldApart(tables.table("bottlenecks"), "resource", "site"), "quarter", "resource", picked(chosen, "measure") || "price_usd", kMostNames),
  caption: (view, _, chosen) => `${capital(view.column(picked(chosen, "measure")).help)}, ${view.unit(picked(chosen, "measure"))}.`,
  draw: (host, view, { palette, colors }, chosen) => drawEChart(host, quarterBars(view, { time: "quarter", name: "resource", value: picked(chosen, "measure") }, palette, colors, host.clientWidth, picked(chosen, "measure") === "worth_usd")),
};

export const ordersCard: CardSpec = {
  id: "orders-chart",
  title: "Plan of starts",
  help: "Planned starts and call-offs of a site.",
  needs: [{ table: "orders", columns: ["activity", "site", "date", "starts"] }],
  height: 300,
  choices: (tables) => [{ id: "site", label: "Site", options: optionsOf(tables, "orders", "site") }],
  view: (tables, chosen) => largest(tables.table("orders").where("site", picked(chosen, "site")), "date", "activity", "starts", kMostNames),
  caption: (view) => `Starts of each bucket of the plan${view.unit("starts") ? `, in ${view.unit("starts")}` : ""}.`,
  draw: (host, view, { palette, colors }) => drawEChart(host, stackedAreas(view, { time: "date", name: "activity", value: "starts" }, palette, colors, host.clientWidth)),
};

const kAll = "all, in money";

export const outsideCard: CardSpec = {
  id: "outside-chart",
  title: "Outside orders by supplier",
  help: "What is ordered from outside suppliers; where it falls, orders are pulled back.",
  needs: [{ table: "outside", columns: ["supplier", "item", "quarter", "pieces"] }],
  height: 300,
  choices: (tables) => [{ id: "item", label: "Item", options: [...(tables.table("outside").has("usd") ? [kAll] : []), ...optionsOf(tables, "outside", "item")] }],
  view: (tables, chosen) => {
    const table = tables.table("outside");
    return picked(chosen, "item") === kAll ? table.grouped(["supplier", "quarter"], ["usd"], sum) : table.where("item", picked(chosen, "item"));
  },
  caption: (view, _, chosen) => (picked(chosen, "item") === kAll ? `All items, ${view.unit("usd") || "USD"} of the quarter, summed by supplier.` : `${picked(chosen, "item")}: ${view.unit("pieces") || "pieces"} of the quarter; own pieces and contract minimum are in the table.`),
  draw: (host, view, { palette, colors }, chosen) => drawEChart(host, quarterBars(view, { time: "quarter", name: "supplier", value: picked(chosen, "item") === kAll ? "usd" : "pieces" }, palette, colors, host.clientWidth, true)),
};

// Lines, one per item: the share bought outside.
export function shareOption(view: Table, palette: Palette, color: (name: string) => string, width: number): ChartOption {
  const base = baseOption(palette);
  const names = view.distinct("item");
  const quarters = view.distinct("quarter").sort();
  return {
    ...base,
    grid: legendGrid(base, names, width),
    tooltip: { ...(base["tooltip"] as object), valueFormatter: inUnit("%") },
    xAxis: axis(palette, "", { type: "category", data: quarters, axisTick: { show: false }, splitLine: { show: false } }),
    yAxis: { ...upAxis(palette, "bought outside, %"), min: 0, max: 100 },
    series: names.map((name) => {
      const rows = view.where("item", name);
      const at = new Map(rows.rows.map((_, row) => [rows.text(row, "quarter"), rows.number(row, "outside_percent")]));
      return { name, type: "line", symbol: "circle", symbolSize: 5, connectNulls: false, itemStyle: { color: color(name) }, lineStyle: { width: 2, color: color(name) }, data: quarters.map((quarter) => at.get(quarter) ?? null) };
    }),
  };
}

export const outsideShareCard: CardSpec = {
  id: "outside-share",
  title: "Share bought outside",
  help: "Bought outside, of all pieces of the item.",
  needs: [{ table: "outside", columns: ["item", "quarter", "outside_percent"] }],
  height: 300,
  // every supplier's row of an item and quarter carries the same share
  view: (tables) => tables.table("outside").grouped(["item", "quarter"], ["outside_percent"], mean),
  caption: () => "Pieces bought outside, of all pieces of the item in the quarter, %.",
  draw: (host, view, { palette, colors }) => drawEChart(host, shareOption(view, palette, (name) => colors.color(name, palette), host.clientWidth)),
};

export const moneyCard: CardSpec = {
  id: "money-chart",
  title: "Money, planned and simulated",
  help: "The cost of the chain by kind.",
  needs: [{ table: "money", columns: ["kind", "planned_musd"] }],
  height: (view) => 66 + 30 * view.rows.length,
  view: (tables) => tables.table("money"),
  caption: (view) => `${view.unit("planned_musd")} over the whole horizon; simulated: mean of the replications, their P10 and P90 are in the table.`,
  draw: (host, view, { palette }) =>
    drawEChart(
      host,
      groupedBars(
        view,
        "kind",
        [
          { column: "planned_musd", label: "planned", color: palette.faint },
          { column: "sim_mean_musd", label: "simulated", color: palette.accent },
        ],
        palette,
        host.clientWidth,
        true,
      ),
    ),
};

// The promise kept and the simulated cost of each round; the round that is kept stands out.
export function loopOption(view: Table, palette: Palette, width: number): ChartOption {
  const base = baseOption(palette);
  const best = (row: number) => view.has("best") && view.text(row, "best") === "yes";
  const naive = (row: number) => view.number(row, "round") === 0;
  const labels = view.rows.map((_, row) => (naive(row) ? "naive" : `round ${view.text(row, "round")}`));
  const cost = view.has("sim_musd");
  return {
    ...base,
    grid: legendGrid(base, ["promise kept", "simulated cost"], width),
    legend: { ...(base["legend"] as object), data: ["promise kept", ...(cost ? ["simulated cost"] : [])] },
    tooltip: { ...(base["tooltip"] as object), axisPointer: shadow(palette) },
    xAxis: axis(palette, "", { type: "category", data: labels, axisTick: { show: false }, splitLine: { show: false } }),
    yAxis: [{ ...upAxis(palette, "promise kept, %"), min: 0, max: 100 }, { ...upAxis(palette, "MUSD"), nameTextStyle: { color: palette.faint, align: "right" }, position: "right", splitLine: { show: false }, scale: true }],
    series: [
      {
        name: "promise kept",
        type: "bar",
        barMaxWidth: 30,
        tooltip: { valueFormatter: inUnit("%") },
        itemStyle: { color: palette.series[0], borderRadius: 2 },
        label: { show: true, position: "top", color: palette.ink, fontSize: 11, formatter: (p: { value: number | null }) => formatNumber(p.value, 1) },
        data: view.numbers("kept_percent").map((value, row) => ({ value, itemStyle: { color: naive(row) ? palette.loss : best(row) ? palette.good : palette.series[0] } })),
      },
      ...(cost ? [{ name: "simulated cost", type: "line", yAxisIndex: 1, symbol: "circle", symbolSize: 6, tooltip: { valueFormatter: inUnit("MUSD") }, itemStyle: { color: palette.series[1] }, lineStyle: { width: 2, color: palette.series[1] }, data: view.numbers("sim_musd") }] : []),
    ],
  };
}

export const loopCard: CardSpec = {
  id: "loop-chart",
  title: "Plan and simulation, round by round",
  help: "The promise kept in the simulation after each round; the naive plan takes all lead times as fixed.",
  needs: [{ table: "loop", columns: ["round", "kept_percent"] }],
  height: 300,
  view: (tables) => tables.table("loop"),
  caption: (_, tables) => `Promise kept in the simulation, %, and its mean cost in MUSD. Grey: the naive plan with fixed lead times; green: the plan that is kept.${tables.meta.service_percent ? ` Chosen service: ${formatNumber(tables.meta.service_percent)} %.` : ""}`,
  draw: (host, view, { palette }) => drawEChart(host, loopOption(view, palette, host.clientWidth)),
};

// The costliest outage on top.
export const outagesCard: CardSpec = {
  id: "outages-chart",
  title: "Time to survive and to recover",
  help: "How long deliveries go on without a site, and how long the site needs to come back.",
  needs: [{ table: "risk", columns: ["site", "time_to_survive_w", "time_to_recover_w"] }],
  height: (view) => 66 + 28 * view.rows.length,
  view: (tables) => {
    const table = tables.table("risk").select(["site", "time_to_survive_w", "time_to_recover_w", "impact_usd"]);
    return table.has("impact_usd") ? table.sorted("impact_usd", true) : table;
  },
  caption: (view) => `Weeks. A site whose recovery is longer than the survival stops deliveries; no bar: any outage is survived${view.has("impact_usd") ? "; the costliest outage on top" : ""}.`,
  draw: (host, view, { palette }) =>
    drawEChart(
      host,
      groupedBars(
        view,
        "site",
        [
          { column: "time_to_survive_w", label: "deliveries go on", color: palette.good },
          { column: "time_to_recover_w", label: "site comes back", color: palette.warn },
        ],
        palette,
        host.clientWidth,
        true,
      ),
    ),
};

export const poolingCard: CardSpec = {
  id: "pooling-chart",
  title: "Value of identical software",
  help: "Safety stock of each version by itself, and of all versions as one pool.",
  needs: [{ table: "pooling", columns: ["family", "dedicated_pieces", "pooled_pieces"] }],
  height: 300,
  view: (tables) => tables.table("pooling"),
  caption: (view) => `Safety stock${view.unit("dedicated_pieces") ? ` in ${view.unit("dedicated_pieces")}` : ""}; what is saved is in the table.`,
  draw: (host, view, { palette }) =>
    drawEChart(
      host,
      groupedBars(
        view,
        "family",
        [
          { column: "dedicated_pieces", label: "dedicated", color: palette.faint },
          { column: "pooled_pieces", label: "pooled", color: palette.good },
        ],
        palette,
        host.clientWidth,
      ),
    ),
};

export const kStack = "the largest, stacked";

export const stockCard: CardSpec = {
  id: "stock-chart",
  title: "Stock and WIP over time",
  help: "What is in stores and lines, by bucket of the plan.",
  needs: [{ table: "stock", columns: ["node", "date", "sim_p50"] }],
  wide: true,
  height: 340,
  choices: (tables) => [{ id: "node", label: "Node", options: [kStack, ...optionsOf(tables, "stock", "node")] }],
  view: (tables, chosen) => {
    const table = tables.table("stock");
    return picked(chosen, "node") === kStack ? largest(table, "date", "node", "sim_p50", kMostNames) : table.where("node", picked(chosen, "node"));
  },
  caption: (view, tables, chosen) => {
    const unit = view.unit("sim_p50") ? ` in ${view.unit("sim_p50")}` : "";
    if (picked(chosen, "node") !== kStack) return `${picked(chosen, "node")}${unit ? `,${unit}` : ""}.${bandWords(view, tables)}`;
    return `Simulated P50${unit}: the ${formatNumber(view.distinct("node").filter((n) => n !== kOther).length)} nodes with the highest peaks, all others summed. Choose a node for its plan, band and floor.`;
  },
  draw: (host, view, context, chosen) =>
    picked(chosen, "node") === kStack ? drawEChart(host, stackedAreas(view, { time: "date", name: "node", value: "sim_p50" }, context.palette, context.colors, host.clientWidth)) : drawLines(host, view, context, picked(chosen, "node")),
};
