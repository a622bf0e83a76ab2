// Cards that are tables: risks, reasons, assumptions. Filterable by text; marks (fact, claim, assumption) in colour.
import type { CardSpec } from "../card";
import { el } from "../dom";
import { formatNumber } from "../format";
import type { Cell, Table } from "../table";
import { tableView } from "../tableview";

export function matching(view: Table, words: string): Table {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return view.filter((row) => {
    const text = view.rows[row]!.join(" ").toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

export function markClass(column: string, cell: Cell): string {
  if (typeof cell !== "string" || cell === "") return "";
  if (column === "mark") return `mark mark-${/^(fact|published|computed)/i.test(cell) ? "fact" : /^claim/i.test(cell) ? "claim" : "assumption"}`;
  if (column === "safe") return `mark mark-${cell === "yes" ? "good" : "bad"}`;
  return "";
}

interface ListSpec {
  id: string;
  title: string;
  help: string;
  table: string;
  columns: string[]; // that it needs
  shown?: string[]; // in this order; all when absent
  filter?: boolean;
  wide?: boolean;
  caption?: (view: Table) => string;
}

export function listCard({ id, title, help, table, columns, shown, filter = false, wide = true, caption }: ListSpec): CardSpec {
  return {
    id,
    title,
    help,
    wide,
    isTable: true,
    needs: [{ table, columns }],
    view: (tables) => (shown ? tables.table(table).select(shown) : tables.table(table)),
    caption: (view) => caption?.(view) ?? help,
    draw: (host, view) => {
      const place = el("div");
      const fill = (rows: Table) => place.replaceChildren(tableView(rows, title, { cellClass: markClass }));
      const search = el("input", { type: "search", placeholder: "Filter", "aria-label": `Filter ${title}` });
      const count = el("span", { class: "count", role: "status" });
      search.addEventListener("input", () => {
        const rows = matching(view, search.value);
        count.textContent = search.value ? `${formatNumber(rows.rows.length)} of ${formatNumber(view.rows.length)}` : "";
        fill(rows);
      });
      fill(view);
      if (filter) host.append(el("div", { class: "filter" }, search, count));
      host.append(place);
      return () => host.replaceChildren();
    },
    cellClass: markClass,
  };
}
