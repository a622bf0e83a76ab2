// Does the page read what the program writes, and are its filters and groupings right?
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { toCsv } from "./csv";
import { mean, parseReport, sum, Table, Tables, type Column } from "./table";

const column = (name: string, unit = ""): Column => ({ name, kind: "value", unit, help: "" });
const table = new Table("t", "help", [column("site"), column("month"), column("load", "%")], [
  ["a", "2027-01", 10],
  ["b", "2027-01", 30],
  ["a", "2027-02", null],
  ["a", "2027-01", 20],
]);

describe("parseReport", () => {
  it("reads what the program wrote (report/html_report.test.cc)", () => {
    const report = parseReport(readFileSync(new URL("../testdata/from_program.json", import.meta.url), "utf8"));
    expect(report.meta.seed).toBe("18446744073709551615");
    const milestone = Table.from("milestones", report.tables["milestones"]!);
    expect(milestone.unit("late_by_d")).toBe("d");
    expect(milestone.text(0, "milestone")).toBe("</script>");
    expect(milestone.number(0, "late_by_d")).toBe(12.25);
    expect(milestone.number(1, "late_by_d")).toBeNull();
  });
  it("says in words when there are no data or other ones", () => {
    expect(() => parseReport(" ")).toThrow("empty template");
    expect(() => parseReport('{"format": "chipchain-chain-9"}')).toThrow("chipchain-chain-9");
  });
});

describe("Table", () => {
  it("filters, selects and sorts without touching its source", () => {
    expect(table.where("site", "a").rows.length).toBe(3);
    expect(table.select(["load", "nowhere", "site"]).columns.map((c) => c.name)).toEqual(["load", "site"]);
    expect(table.sorted("load").numbers("load")).toEqual([10, 20, 30, null]);
    expect(table.sorted("load", true).numbers("load")).toEqual([30, 20, 10, null]);
    expect(table.numbers("load")).toEqual([10, 30, null, 20]);
  });
  it("groups by keys, missing values left out", () => {
    expect(table.grouped(["site", "month"], ["load"], sum).rows).toEqual([
      ["a", "2027-01", 30],
      ["b", "2027-01", 30],
      ["a", "2027-02", null],
    ]);
    expect(table.grouped(["site"], ["load"], mean).rows).toEqual([
      ["a", 15],
      ["b", 30],
    ]);
  });
  it("a name that is not there is a mistake", () => expect(() => table.cell(0, "no")).toThrow("no column no"));
});

it("tables are there with rows and columns only", () => {
  const tables = new Tables([table, new Table("empty", "", [column("x")], [])]);
  expect(tables.has("t", ["site", "load"])).toBe(true);
  expect(tables.has("t", ["yield"])).toBe(false);
  expect(tables.has("empty")).toBe(false);
  expect(tables.has("missing")).toBe(false);
});

it("CSV quotes what needs it and keeps figures exact", () => {
  const odd = new Table("o", "", [column("name, of"), column("value", "d")], [['say "x"', 0.1 + 0.2], [null, 1e21]]);
  expect(toCsv(odd)).toBe('"name, of",value [d]\r\n"say ""x""",0.30000000000000004\r\n,1e+21\r\n');
});
