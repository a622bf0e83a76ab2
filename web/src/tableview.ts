// A table as HTML: sortable by each column, numbers in line, the exact value of each cell in data-value. Long tables
// show their first rows and a button for more, so that a page with 100,000 rows opens at once; the CSV has all rows.
import { el } from "./dom";
import { columnDecimals, formatNumber, headingOf } from "./format";
import { compareCells, type Cell, type Table } from "./table";

const kFirstRows = 100;
const kMoreRows = 500;

export interface ViewOptions {
  // The class of a row or a cell, for colours that carry meaning.
  cellClass?: (column: string, cell: Cell) => string;
  rows?: number;
}

export function tableView(table: Table, label: string, options: ViewOptions = {}): HTMLElement {
  const numeric = table.columns.map((column) => {
    const cells = table.texts(column.name);
    return table.numbers(column.name).some((n) => n !== null) || cells.every((cell) => cell === "");
  });
  const decimals = table.columns.map((column) => columnDecimals(table.numbers(column.name)));
  const long = table.columns.map((column) => table.texts(column.name).some((text) => text.length > 40));
  let order = table.rows.map((_, row) => row);
  let sortedBy = -1;
  let descending = false;
  let shown = options.rows ?? kFirstRows;

  const body = el("tbody");
  const more = el("button", { type: "button", class: "more" });
  const headings = table.columns.map((column, c) => {
    const button = el("button", { type: "button", title: column.help || null }, headingOf(column.name, column.unit), column.unit ? el("span", { class: "unit" }, ` ${column.unit}`) : null);
    const heading = el("th", { scope: "col", class: numeric[c] ? "n" : null, "aria-sort": "none" }, button);
    button.addEventListener("click", () => {
      descending = sortedBy === c ? !descending : Boolean(numeric[c]);
      sortedBy = c;
      const sign = descending ? -1 : 1;
      order = table.rows.map((_, row) => row).sort((a, b) => compareCells(table.rows[a]![c] ?? null, table.rows[b]![c] ?? null, sign) || a - b);
      headings.forEach((other, i) => other.setAttribute("aria-sort", i === c ? (descending ? "descending" : "ascending") : "none"));
      fill(0);
    });
    return heading;
  });

  // The rows of the order from this place to the last one shown.
  function fill(from: number): void {
    if (from === 0) body.replaceChildren();
    body.append(
      ...order.slice(from, shown).map((row) =>
        el(
          "tr",
          {},
          ...table.columns.map((column, c) => {
            const cell = table.rows[row]![c] ?? null;
            const text = typeof cell === "number" ? formatNumber(cell, numeric[c] && (decimals[c] || Math.abs(cell) >= 10) ? decimals[c] : undefined) : (cell ?? "–");
            const classes = [numeric[c] ? "n" : "", long[c] ? "long" : "", options.cellClass?.(column.name, cell) ?? ""].filter(Boolean).join(" ");
            return el("td", { class: classes || null, "data-value": cell === null ? "" : String(cell) }, text);
          }),
        ),
      ),
    );
    const left = order.length - shown;
    more.hidden = left <= 0;
    more.textContent = `Show ${formatNumber(Math.min(left, kMoreRows))} more of ${formatNumber(left)} rows`;
  }
  more.addEventListener("click", () => {
    shown += kMoreRows;
    fill(shown - kMoreRows);
  });
  fill(0);
  return el(
    "div",
    { class: "table-view", tabindex: 0, role: "region", "aria-label": `Table: ${label}` },
    el("table", { "data-table": table.name }, el("caption", { class: "hidden" }, label), el("thead", {}, el("tr", {}, ...headings)), body),
    more,
  );
}
