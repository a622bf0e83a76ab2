// Do the charts get exactly the figures of their tables? Run on the sample and on small tables by hand.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { isThere, type Chosen } from "../card";
import { tipText } from "../echart";
import { ColorBook, kDark, kLight, scaleColor, seriesColor } from "../palette";
import { claimColors, kSections } from "../sections";
import { parseReport, Table, Tables, type Cell, type Column } from "../table";
import { timeTicks } from "./axes";
import { curveOption } from "./curve";
import { latenessColor, latenessWords } from "./dates";
import { byMonth, heatOption, hottest } from "./heat";
import { markClass, matching } from "./lists";
import { binsOf, frameOf } from "./maps";
import { loopOption, quartersOption } from "./plan";
import { graphOf } from "./sankey";
import { aligned, largest, toldApart } from "./series";
import { groupedBars, quarterBars, stackedAreas } from "./stacks";
import { lineData, linesOf } from "./supply";
import { lanesOf } from "./timeline";
import { bySpan, tornadoOption } from "./tornado";
import { barsOf, waterfallOption } from "./waterfall";

const report = parseReport(readFileSync(new URL("../../testdata/sample.json", import.meta.url), "utf8"));
const tables = new Tables(
  Object.entries(report.tables).map(([name, table]) => Table.from(name, table)),
  report.meta,
);
const colors = new ColorBook();
claimColors(tables, colors);

// "name [unit]" as columns
function made(columns: string, rows: Cell[][]): Table {
  const parsed = columns.split(", ").map((text): Column => {
    const [, name = "", unit = ""] = /^(\S+?)(?:\[(.*)\])?$/.exec(text)!;
    return { name, unit, kind: "value", help: "" };
  });
  return new Table("made", "", parsed, rows);
}
type Series = { name?: string; data: unknown[] }[];
const seriesOf = (option: object): Series => (option as { series: Series }).series;

describe("every card of the sample", () => {
  for (const spec of kSections.flatMap(({ cards }) => cards)) {
    it(`${spec.id} is there, and has rows and a caption`, () => {
      expect(isThere(spec, tables)).toBe(true);
      const chosen: Chosen = {};
      for (const choice of spec.choices?.(tables, chosen) ?? []) chosen[choice.id] = choice.options[0]!;
      const view = spec.view(tables, chosen);
      expect(view.rows.length).toBeGreaterThan(0);
      const caption = spec.caption?.(view, tables, chosen) ?? spec.help;
      expect(caption).toMatch(/^[A-Z0-9].*\.$/);
      expect(caption).not.toMatch(/undefined|NaN|null/);
    });
  }
  it("is hidden when its table, or a column it needs, is missing", () => {
    const none = new Tables([]);
    for (const spec of kSections.flatMap(({ cards }) => cards)) expect(isThere(spec, none), spec.id).toBe(false);
  });
});

describe("series", () => {
  const view = made("t, who, n[d]", [
    ["2027-02", "b", 3],
    ["2027-01", "a", 1],
    ["2027-02", "a", null],
  ]);
  it("are aligned in order of time, missing rows stay missing", () => {
    expect(aligned(view, "t", "who", "n")).toEqual({ times: ["2027-01", "2027-02"], names: ["b", "a"], values: [[null, 3], [1, null]] });
  });
  it("names of several things are told apart", () => {
    const rows = made("r, site", [["test", "x"], ["test", "y"], ["saw", "x"]]);
    expect(toldApart(rows, "r", "site").texts("r")).toEqual(["test, x", "test, y", "saw"]);
  });
  it("the largest stay, the others are summed, no figure is lost", () => {
    const rows = made("t, who, n", [["2027", "a", 5], ["2027", "b", 1], ["2027", "c", 2], ["2028", "a", 1], ["2028", "b", 9], ["2028", "c", 3]]);
    expect(largest(rows, "t", "who", "n", 1).rows).toEqual([["b", "2027", 1], ["b", "2028", 9], ["other", "2027", 7], ["other", "2028", 4]]);
    expect(largest(rows, "t", "who", "n", 3).distinct("who")).toEqual(["a", "b", "c"]);
  });
});

describe("stacks and bars", () => {
  const view = tables.table("bottlenecks");
  const columns = { time: "quarter", name: "resource", value: "worth_usd" };
  it("hold every figure of the table", () => {
    const shown = seriesOf(quarterBars(view, columns, kLight, colors, 1000, true)).flatMap(({ data }) => data).filter((v) => v !== null) as number[];
    expect(shown.sort()).toEqual((view.numbers("worth_usd") as number[]).sort());
  });
  it("have dates as time", () => {
    const orders = tables.table("orders").where("site", "foundry A");
    const [first] = seriesOf(stackedAreas(orders, { time: "date", name: "activity", value: "starts" }, kLight, colors, 600));
    expect(first!.data[0]).toEqual([Date.UTC(2025, 10, 1), orders.number(0, "starts")]);
  });
  it("leave out groups whose column is missing", () => {
    const money = made("kind, planned_musd[MUSD]", [["x", 1]]);
    expect(seriesOf(groupedBars(money, "kind", [{ column: "planned_musd", label: "p", color: "#000000" }, { column: "sim_mean_musd", label: "s", color: "#000000" }], kLight, 500)).length).toBe(1);
  });
  it("a quarter's whisker is its P10 to P90", () => {
    const supply = tables.table("supply").where("programme", "cars");
    const whisker = seriesOf(quartersOption(supply, kLight, "#123456", 900)).at(-1)!;
    expect(whisker.data[2]).toEqual([2, supply.number(2, "sim_p10"), supply.number(2, "sim_p90")]);
  });
  it("the naive round and the best one stand out", () => {
    const loop = tables.table("loop");
    const [bars] = seriesOf(loopOption(loop, kLight, 500)) as unknown as { data: { value: number; itemStyle: { color: string } }[] }[];
    expect(bars!.data.map(({ value }) => value)).toEqual(loop.numbers("kept_percent"));
    expect(bars!.data[0]!.itemStyle.color).toBe(kLight.loss);
    expect(bars!.data[3]!.itemStyle.color).toBe(kLight.good);
  });
});

describe("cumulative lines", () => {
  it("are drawn where the table has their column, in order of time", () => {
    const view = made("date, due, planned, sim_p50", [["2027-02-01", 3, 2, null], ["2027-01-01", 1, 1, null]]);
    expect(linesOf(view).map(({ column }) => column)).toEqual(["planned", "due"]);
    expect(lineData(view)).toEqual([[Date.UTC(2027, 0, 1) / 1000, Date.UTC(2027, 1, 1) / 1000], [1, 2], [1, 3]]);
  });
});

describe("heat map", () => {
  const view = made("resource, date, use_percent[%]", [["a", "2027-01-04", 10], ["a", "2027-01-11", 20], ["a", "2027-02-01", 90], ["b", "2027-01-04", 95]]);
  it("months are means of their buckets", () => expect(byMonth(view, "date", "resource", "use_percent").rows).toEqual([["a", "2027-01", 15], ["a", "2027-02", 90], ["b", "2027-01", 95]]));
  it("keeps the hottest resources whole", () => expect(hottest(view, "resource", "use_percent", 1).rows).toEqual([["b", "2027-01-04", 95]]));
  it("has the hottest on top", () => {
    const option = heatOption(view, "date", "resource", "use_percent", kLight) as unknown as { yAxis: { data: string[] }; series: Series };
    expect(option.yAxis.data).toEqual(["b", "a"]);
    expect(option.series[0]!.data).toContainEqual([2, 1, 90]);
  });
});

describe("operating curve", () => {
  it("goes through the points, its band from low to high, knees only where marked", () => {
    const view = made("line, utilisation_percent[%], cycle_time_d[d], cycle_time_low_d[d], cycle_time_high_d[d], knee", [["fab", 90, 50, 48, 53, "yes"], ["fab", 50, 30, 29, 31, "no"]]);
    const [low, high, curve] = seriesOf(curveOption(view, "cycle_time_d", kLight, colors, 500)) as unknown as { data: number[][]; markPoint?: { data: { coord: number[] }[] } }[];
    expect(curve!.data).toEqual([[50, 30], [90, 50]]);
    expect(low!.data).toEqual([[50, 29], [90, 48]]);
    expect(high!.data).toEqual([[50, 2], [90, 5]]);
    expect(curve!.markPoint!.data.map(({ coord }) => coord)).toEqual([[90, 50]]);
  });
});

describe("waterfall", () => {
  const view = made("step, usd[US$], kind", [["wafer", 100, "start"], ["scrap", 5, "loss"], ["rebate", -10, "add"], ["good", 95, "total"]]);
  it("each part begins where the one before ends", () => {
    expect(barsOf(view).map(({ from, to }) => [from, to])).toEqual([[0, 100], [100, 105], [105, 95], [0, 95]]);
  });
  it("parts of the sample add up to their total", () => {
    const bars = barsOf(tables.table("cost_waterfall").where("item", "AI5 board, foundry A"));
    expect(bars.at(-2)!.to).toBeCloseTo(bars.at(-1)!.to, 6);
  });
  it("losses are red", () => {
    const bars = (waterfallOption(view, kDark) as unknown as { series: { data: { itemStyle: { color: string } }[] }[] }).series[1]!.data;
    expect(bars[1]!.itemStyle.color).toBe(kDark.bad);
  });
});

it("tornado: longest first, bars from the base value", () => {
  const view = made("uncertainty, value_low[units], value_base[units], value_high[units]", [["small", 99, 100, 101], ["large", 150, 100, 60]]);
  expect(bySpan(view)).toEqual([1, 0]);
  expect(seriesOf(tornadoOption(view, kLight)).map(({ data }) => data)).toEqual([[50, -1], [-40, 1]]);
});

describe("Sankey", () => {
  const view = made("from, to, item, pieces, loss", [
    ["a", "b", "x", 5, "no"],
    ["a", "b", "y", 2, "no"],
    ["a", "lost: yield", "x", 1, "yes"],
    ["b", "lost: yield", "x", 1, "yes"],
    ["b", "c", "x", 0, "no"],
    ["b", "a", "x", 1, "no"],
  ]);
  const graph = graphOf(view, "pieces");
  it("joins items between two nodes and keeps losses with their stage", () => {
    expect(graph.links.map(({ value, loss }) => [value, loss])).toEqual([[7, false], [1, true], [1, true]]);
    expect(graph.nodes.filter(({ loss }) => loss).map(({ name }) => name)).toEqual(["yield", "yield"]);
  });
  it("leaves a flow back out and says so", () => expect(graph.backward).toBe(1));
});

describe("timeline", () => {
  const view = made("line, lot, from, to, state", [
    ["fab", "1", "2027-01-01", "2027-01-10", "done"],
    ["fab", "2", "2027-01-05", "2027-01-12", "done"],
    ["fab", "3", "2027-01-10", "2027-01-20", "done"],
    ["test", "1", "2027-01-10", "2027-01-11", "done"],
    ["test", "2", "", "", "waits"],
  ]);
  it("packs the lots of a line into lanes without overlap", () => {
    const lanes = lanesOf(view, false);
    expect(lanes.names).toEqual(["fab", "", "test"]);
    expect(lanes.bars.map(({ lane, row }) => [lane, row])).toEqual([[0, 0], [0, 2], [1, 1], [2, 3]]);
  });
  it("stops where a canvas would be too tall, and says how many lanes are left", () => {
    const many = made("line, lot, from, to, state", Array.from({ length: 200 }, (_, i) => ["fab", `${i}`, "2027-01-01", "2027-01-02", "done"]));
    const lanes = lanesOf(many, true);
    expect([lanes.names.length, lanes.bars.length, lanes.more]).toEqual([150, 150, 50]);
  });
  it("gives each lot a lane", () => expect(lanesOf(view, true).names).toEqual(["1", "2", "3"]));
});

describe("maps", () => {
  it("count bins, most first", () => expect(binsOf(made("bin", [["bad"], ["good"], ["good"]]))).toEqual([{ bin: "good", count: 2 }, { bin: "bad", count: 1 }]));
  it("are framed by the substrate, from its centre or its corner", () => {
    const wafer = made("kind, x_mm, y_mm, width_mm, height_mm", [["wafer", -10, -10, 20, 20]]);
    expect(frameOf(wafer, { name: "w", kind: "wafer", width_mm: 300, height_mm: 300 })).toEqual({ left: -150, top: -150, width: 300, height: 300, round: true });
    const panel = made("kind, x_mm, y_mm, width_mm, height_mm", [["panel", 5, 5, 20, 20]]);
    expect(frameOf(panel, { name: "p", kind: "panel", width_mm: 700, height_mm: 600 })).toEqual({ left: 0, top: 0, width: 700, height: 600, round: false });
    expect(frameOf(panel, undefined)).toEqual({ left: 5, top: 5, width: 20, height: 20, round: false });
  });
});

describe("words and colours", () => {
  it("lateness has a sign and a colour", () => {
    expect([latenessWords(12), latenessWords(-3), latenessWords(null)]).toEqual(["+12", "\u22123", "–"]);
    expect([-1, 10, 40, null].map((d) => latenessColor(d, kLight))).toEqual([kLight.good, kLight.warn, kLight.bad, kLight.faint]);
  });
  it("marks have classes", () => {
    expect(markClass("mark", "claim")).toBe("mark mark-claim");
    expect(markClass("mark", "computed")).toBe("mark mark-fact");
    expect(markClass("safe", "no")).toBe("mark mark-bad");
    expect(markClass("source", "claim")).toBe("");
  });
  it("a filter wants all its words", () => {
    const view = made("a, b", [["wafer price", 1], ["wafer", 2], ["price", 3]]);
    expect(matching(view, " PRICE wafer ").rows.length).toBe(1);
  });
  it("names of one group differ in colour and keep it in the next group", () => {
    const book = new ColorBook();
    book.claim(["cars", "robots"]);
    book.claim(["TSMC", "robots", "Samsung"]);
    const color = (name: string) => book.color(name, kLight);
    expect(new Set(["TSMC", "robots", "Samsung"].map(color)).size).toBe(3);
    expect(color("cars")).not.toBe(color("robots"));
    expect(color("nobody")).toBe(kLight.faint);
  });
  it("scales run from end to end", () => {
    expect(scaleColor(["#000000", "#ffffff"], 0.5)).toBe("#808080");
    expect(scaleColor(["#000000", "#ffffff"], 7)).toBe("#ffffff");
    expect(seriesColor(kLight.series.length, kLight)).not.toBe(kLight.series[0]);
  });
});

it("names of the user's files are text in the boxes at the pointer", () => {
  expect(tipText("<img src=x>", "a & b")).toBe("<b>&lt;img src=x&gt;</b><br>a &amp; b");
});

describe("ticks", () => {
  it("are round dates, few enough", () => {
    const labels = timeTicks(Date.UTC(2025, 10, 12), Date.UTC(2029, 11, 31), 10).map(({ label }) => label);
    expect(labels).toEqual(["2026-01", "2026-07", "2027-01", "2027-07", "2028-01", "2028-07", "2029-01", "2029-07"]);
    expect(timeTicks(Date.UTC(2027, 0, 1), Date.UTC(2027, 0, 10), 5).map(({ label }) => label.slice(0, 7))).toContain("2027-01");
  });
});
