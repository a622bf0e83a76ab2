// A table as CSV (RFC 4180): figures in their shortest exact form, units in the heading as "name [unit]".
import type { Table } from "./table";

export function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

export function toCsv(table: Table): string {
  const heading = table.columns.map((c) => csvField(c.unit ? `${c.name} [${c.unit}]` : c.name)).join(",");
  const rows = table.rows.map((row) => row.map((cell) => (cell === null ? "" : csvField(String(cell)))).join(","));
  return [heading, ...rows].join("\r\n") + "\r\n";
}
