// From long tables (one row per time, name and figure) to the aligned series that charts need.
import { timeOf } from "../format";
import { sum, Table } from "../table";

export interface Aligned {
  times: string[]; // as written, in order of time
  names: string[]; // in order of first appearance
  values: (number | null)[][]; // [name][time]; null where the table has no row
}

export function aligned(view: Table, time: string, name: string, value: string): Aligned {
  const times = sortedTimes(view, time);
  const names = view.distinct(name);
  const timePlaces = new Map(times.map((t, i) => [t, i]));
  const namePlaces = new Map(names.map((n, i) => [n, i]));
  const values = names.map(() => new Array<number | null>(times.length).fill(null));
  view.rows.forEach((_, row) => {
    values[namePlaces.get(view.text(row, name))!]![timePlaces.get(view.text(row, time))!] = view.number(row, value);
  });
  return { times, names, values };
}

// The distinct times of a column in order; texts that are no dates keep the order of the table.
export function sortedTimes(view: Table, time: string): string[] {
  return view
    .distinct(time)
    .map((text, i) => ({ text, i, ms: timeOf(text) }))
    .sort((a, b) => (a.ms !== null && b.ms !== null ? a.ms - b.ms : 0) || a.i - b.i)
    .map(({ text }) => text);
}

// Names that stand for several things get what tells them apart: "test" at two sites -> "test, Austin" and "test, Taipei".
export function toldApart(view: Table, name: string, by: string): Table {
  if (!view.has(by)) return view;
  const others = new Map<string, Set<string>>();
  view.rows.forEach((_, row) => {
    const key = view.text(row, name);
    if (!others.has(key)) others.set(key, new Set());
    others.get(key)!.add(view.text(row, by));
  });
  return view.with(view.column(name), (row) => {
    const key = view.text(row, name);
    return others.get(key)!.size > 1 ? `${key}, ${view.text(row, by)}` : key;
  });
}

export const kOther = "other";

// The `most` names with the largest peak keep their rows; all others are summed as kOther.
export function largest(view: Table, time: string, name: string, value: string, most: number): Table {
  const peaks = new Map<string, number>();
  view.rows.forEach((_, row) => {
    const key = view.text(row, name);
    peaks.set(key, Math.max(peaks.get(key) ?? 0, view.number(row, value) ?? 0));
  });
  const kept = new Set([...peaks].sort((a, b) => b[1] - a[1]).slice(0, most).map(([key]) => key));
  const renamed = view.with(view.column(name), (row) => (kept.has(view.text(row, name)) ? view.text(row, name) : kOther));
  const joined = renamed.grouped([name, time], [value], sum);
  const isOther = (row: number) => joined.text(row, name) === kOther;
  const others = joined.filter(isOther);
  const named = joined.filter((row) => !isOther(row));
  return peaks.size > most ? new Table(named.name, named.help, named.columns, [...named.rows, ...others.rows]) : named;
}
