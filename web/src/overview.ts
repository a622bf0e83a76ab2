// The tiles at the top: one per row of the table `summary`, a figure with its interval or a text.
import { el } from "./dom";
import { formatInterval, formatNumber, headingOf, isSign, withUnit } from "./format";
import type { Table, Tables } from "./table";

export function overview(tables: Tables): HTMLElement | null {
  if (!tables.has("summary", ["figure", "value"])) return null;
  const table = tables.table("summary");
  return el("div", { class: "tiles" }, ...table.rows.map((_, row) => tile(table, row)));
}

const textOf = (table: Table, row: number, column: string): string => (table.has(column) ? table.text(row, column) : "");
const numberOf = (table: Table, row: number, column: string): number | null => (table.has(column) ? table.number(row, column) : null);

function tile(table: Table, row: number): HTMLElement {
  const text = textOf(table, row, "text");
  const value = table.number(row, "value");
  const unit = textOf(table, row, "unit");
  const help = textOf(table, row, "help");
  // a long unit is written small behind the figure, a sign belongs to it
  const sign = isSign(unit);
  const interval = formatInterval(numberOf(table, row, "low"), numberOf(table, row, "high"), sign ? unit : "");
  const shown = value === null ? text || "–" : withUnit(formatNumber(value), sign ? unit : "");
  const below = [value === null ? "" : text, interval].filter(Boolean).join("; ") || help;
  return el(
    "div",
    { class: "tile", title: help || null },
    el("p", { class: "tile-name" }, headingOf(table.text(row, "figure"))),
    el("p", { class: value === null && text.length > 14 ? "tile-value tile-text" : "tile-value", "data-value": value === null ? text : String(value), "data-row": row }, shown, !sign && unit && value !== null ? el("small", {}, ` ${unit}`) : null),
    el("p", { class: "tile-interval" }, below),
  );
}
