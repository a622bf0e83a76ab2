// The sections of the page and their cards, in order; and the names that get colours, in order.
import { isThere, type CardSpec } from "./card";
import { curveCard } from "./charts/curve";
import { milestonesCard, modulesCard } from "./charts/dates";
import { heatCard } from "./charts/heat";
import { listCard } from "./charts/lists";
import { panelCard, waferCard } from "./charts/maps";
import { bottlenecksCard, kStack, loopCard, moneyCard, ordersCard, outagesCard, outsideCard, outsideShareCard, poolingCard, quartersCard, stockCard } from "./charts/plan";
import { chainCard } from "./charts/sankey";
import { kOther } from "./charts/series";
import { cumulativeCard } from "./charts/supply";
import { timelineCard } from "./charts/timeline";
import { tornadoCard } from "./charts/tornado";
import { waterfallCard } from "./charts/waterfall";
import type { ColorBook } from "./palette";
import type { Tables } from "./table";

export interface Section {
  id: string;
  title: string;
  lead?: string;
  cards: CardSpec[];
}

const lateCard = listCard({
  id: "late-table",
  title: "Why late or short",
  help: "For each late or short delivery what binds, in words, and the cheapest fixes.",
  table: "late",
  columns: ["programme", "reason"],
  filter: true,
});

const bindsCard = listCard({
  id: "bottlenecks-table",
  title: "Bottlenecks, dearest first",
  help: "What binds in each quarter, with its use and price.",
  table: "bottlenecks",
  columns: ["quarter", "resource"],
  filter: true,
});

const riskCard = listCard({
  id: "risk-table",
  title: "Outage of each site",
  help: "How long deliveries go on without the site, how long it needs to come back, and what that costs.",
  table: "risk",
  columns: ["site", "time_to_survive_w", "time_to_recover_w"],
});

const assumptionsCard = listCard({
  id: "assumptions-table",
  title: "Assumptions and sources",
  help: "Figures of the scenario with their marks and sources; green: published or computed, amber: claim, violet: assumption.",
  table: "assumptions",
  columns: ["table", "row", "mark", "source"],
  filter: true,
});

const balanceCard = listCard({
  id: "balance-table",
  title: "Balance of pieces",
  help: "Initial and made = used, lost, under way and in stock at the end; the difference is always 0.",
  table: "balance",
  columns: ["item", "difference"],
});

const gapsCard = listCard({
  id: "gaps-table",
  title: "Where the simulation is behind the plan",
  help: "Without randomness: running totals that the simulation does not reach, and why.",
  table: "gaps",
  columns: ["programme", "date", "why"],
  filter: true,
});

export const kSections: Section[] = [
  { id: "overview", title: "Overview", cards: [] },
  { id: "milestones", title: "Milestones", cards: [milestonesCard, modulesCard] },
  { id: "supply", title: "Supply and demand", cards: [cumulativeCard, quartersCard, lateCard] },
  { id: "chain", title: "Chain", cards: [chainCard, stockCard] },
  { id: "resources", title: "Resources", cards: [heatCard, bottlenecksCard, bindsCard, curveCard, ordersCard] },
  { id: "cost", title: "Cost", cards: [waterfallCard, moneyCard] },
  { id: "suppliers", title: "Suppliers", cards: [outsideCard, outsideShareCard] },
  { id: "risk", title: "Risk", cards: [tornadoCard, outagesCard, riskCard] },
  { id: "yield", title: "Yield", cards: [waferCard, panelCard] },
  { id: "timeline", title: "Timeline", cards: [timelineCard] },
  { id: "trust", title: "Plan and simulation", cards: [loopCard, poolingCard, gapsCard, balanceCard] },
  { id: "assumptions", title: "Assumptions", cards: [assumptionsCard] },
];

// Tables and columns whose texts name things that have a colour of their own, each a group. The order decides who gets which.
const kColored: [string, string][] = [
  ["cumulative", "programme"],
  ["supply", "programme"],
  ["outside", "supplier"],
  ["operating_curve", "line"],
  ["lots", "line"],
  ["lots", "activity"],
  ["lots", "state"],
  ["outside", "item"],
  ["modules", "resource"],
];

export function claimColors(tables: Tables, colors: ColorBook): void {
  for (const [table, column] of kColored) {
    if (tables.has(table, [column])) colors.claim(tables.table(table).distinct(column));
  }
  if (isThere(bottlenecksCard, tables)) {
    const measures = ["worth_usd", "price_usd"].filter((measure) => tables.table("bottlenecks").has(measure));
    colors.claim([...new Set(measures.flatMap((measure) => bottlenecksCard.view(tables, { measure }).distinct("resource")))].filter((name) => name !== kOther));
  }
  if (isThere(stockCard, tables)) {
    // first those that stand in one stack
    colors.claim(stockCard.view(tables, { node: kStack }).distinct("node").filter((node) => node !== kOther));
    colors.claim(tables.table("stock").distinct("node"));
  }
  // last: a chain has more nodes than there are colours
  if (tables.has("flows", ["from"])) colors.claim(tables.table("flows").distinct("from"));
  if (isThere(ordersCard, tables)) {
    for (const site of tables.table("orders").distinct("site")) colors.claim(ordersCard.view(tables, { site }).distinct("activity").filter((name) => name !== kOther));
  }
}
