// The last section: every result table, closed until asked for, with its help, its columns and its CSV.
import { toCsv } from "./csv";
import { el, saveText } from "./dom";
import { formatNumber, headingOf } from "./format";
import type { Table, Tables } from "./table";
import { tableView } from "./tableview";

export function dataSection(tables: Tables): HTMLElement {
  return el(
    "section",
    { id: "data-tables" },
    el("h2", {}, "All tables"),
    el("p", { class: "lead" }, "Every figure of this page is a cell of one of these tables. Point at a heading for what the column means."),
    el("div", { class: "all-tables" }, ...tables.all.map(entry)),
  );
}

function entry(table: Table): HTMLElement {
  const csv = el("button", { type: "button", class: "tool" }, "CSV");
  csv.addEventListener("click", () => saveText(`${table.name}.csv`, toCsv(table), "text/csv"));
  const host = el("div", { class: "entry-body" }, el("p", {}, table.help, " "), csv);
  const details = el(
    "details",
    { "data-entry": table.name },
    el("summary", {}, el("b", {}, headingOf(table.name)), el("span", {}, ` ${formatNumber(table.rows.length)} rows`)),
    host,
  );
  details.addEventListener("toggle", () => {
    if (details.open && !host.querySelector("table")) host.append(tableView(table, headingOf(table.name), { rows: 50 }));
  });
  return details;
}
