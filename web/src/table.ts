// The result tables as the program writes them into the page, and a small model over them: columns by name, rows as
// cells, filters and groupings that make new tables. What a chart draws is always such a table, and the same table is
// shown by the chart's table view and saved by its CSV button: a figure on the page has one origin.

export type Cell = string | number | null;
export type ColumnKind = "key" | "fact" | "value";

export interface Column {
  name: string;
  kind: ColumnKind;
  unit: string;
  help: string;
}

export interface TableData {
  help: string;
  columns: Column[];
  rows: Cell[][];
}

// The extent of a wafer or panel whose places are in the table `maps`.
export interface MapExtent {
  name: string;
  kind: string; // wafer, panel
  width_mm: number;
  height_mm: number;
}

export interface Meta {
  title: string;
  scenario: string;
  note: string;
  start: string;
  end: string;
  model_hash: string;
  seed: string; // text: a script reads numbers above 2^53 wrongly
  replications: number;
  service_percent: number | null;
  version: string;
  fingerprint: string;
  command: string;
  bucket_dates: string[];
  maps: MapExtent[];
}

export interface ReportData {
  format: string;
  meta: Meta;
  tables: Record<string, TableData>;
}

export const kFormat = "chipchain-chain-1";

export class Table {
  private readonly places: Map<string, number>;

  constructor(
    readonly name: string,
    readonly help: string,
    readonly columns: readonly Column[],
    readonly rows: readonly Cell[][],
  ) {
    this.places = new Map(columns.map((column, i) => [column.name, i]));
  }

  static from(name: string, data: TableData): Table {
    return new Table(name, data.help, data.columns, data.rows);
  }

  has(column: string): boolean {
    return this.places.has(column);
  }

  // The column's place among the cells of a row; a name that is not there is our own mistake.
  place(column: string): number {
    const place = this.places.get(column);
    if (place === undefined) throw new Error(`table ${this.name} has no column ${column}`);
    return place;
  }

  column(name: string): Column {
    return this.columns[this.place(name)]!;
  }

  unit(column: string): string {
    return this.has(column) ? this.column(column).unit : "";
  }

  cell(row: number, column: string): Cell {
    return this.rows[row]![this.place(column)] ?? null;
  }

  // The number in a cell, null for text and missing values.
  number(row: number, column: string): number | null {
    const cell = this.cell(row, column);
    return typeof cell === "number" ? cell : null;
  }

  text(row: number, column: string): string {
    const cell = this.cell(row, column);
    return cell === null ? "" : String(cell);
  }

  numbers(column: string): (number | null)[] {
    const place = this.place(column);
    return this.rows.map((row) => (typeof row[place] === "number" ? (row[place] as number) : null));
  }

  texts(column: string): string[] {
    const place = this.place(column);
    return this.rows.map((row) => (row[place] === null || row[place] === undefined ? "" : String(row[place])));
  }

  // The distinct texts of a column in order of first appearance.
  distinct(column: string): string[] {
    return [...new Set(this.texts(column))];
  }

  // The rows for which `keep` is true.
  filter(keep: (row: number) => boolean): Table {
    return new Table(
      this.name,
      this.help,
      this.columns,
      this.rows.filter((_, row) => keep(row)),
    );
  }

  where(column: string, value: string): Table {
    const place = this.place(column);
    return this.filter((row) => String(this.rows[row]![place] ?? "") === value);
  }

  // The named columns that exist, in this order.
  select(names: string[]): Table {
    const places = names.filter((name) => this.has(name)).map((name) => this.place(name));
    return new Table(
      this.name,
      this.help,
      places.map((place) => this.columns[place]!),
      this.rows.map((row) => places.map((place) => row[place] ?? null)),
    );
  }

  // Stable, by a column: numbers by value, text by code unit, missing values last.
  sorted(column: string, descending = false): Table {
    const place = this.place(column);
    const sign = descending ? -1 : 1;
    const rows = [...this.rows].sort((a, b) => compareCells(a[place] ?? null, b[place] ?? null, sign));
    return new Table(this.name, this.help, this.columns, rows);
  }

  // With one column more, or another in the place of one of the same name.
  with(column: Column, cellOf: (row: number) => Cell): Table {
    const place = this.has(column.name) ? this.place(column.name) : this.columns.length;
    const put = <T>(list: readonly T[], one: T): T[] => [...list.slice(0, place), one, ...list.slice(place + 1)];
    return new Table(
      this.name,
      this.help,
      put(this.columns, column),
      this.rows.map((cells, row) => put(cells, cellOf(row))),
    );
  }

  // One row per distinct combination of `keys`, with `value` columns reduced by `reduce` over its rows.
  grouped(keys: string[], values: string[], reduce: (numbers: number[]) => number): Table {
    const keyPlaces = keys.map((key) => this.place(key));
    const valuePlaces = values.map((value) => this.place(value));
    const groups = new Map<string, { cells: Cell[]; numbers: number[][] }>();
    for (const row of this.rows) {
      const cells = keyPlaces.map((place) => row[place] ?? null);
      const id = JSON.stringify(cells);
      let group = groups.get(id);
      if (!group) groups.set(id, (group = { cells, numbers: values.map(() => []) }));
      valuePlaces.forEach((place, i) => {
        const cell = row[place];
        if (typeof cell === "number") group.numbers[i]!.push(cell);
      });
    }
    return new Table(
      this.name,
      this.help,
      [...keyPlaces, ...valuePlaces].map((place) => this.columns[place]!),
      [...groups.values()].map(({ cells, numbers }) => [...cells, ...numbers.map((n) => (n.length ? reduce(n) : null))]),
    );
  }
}

export function compareCells(a: Cell, b: Cell, sign = 1): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  if (typeof a === "number" && typeof b === "number") return sign * (a - b);
  const left = String(a);
  const right = String(b);
  return left === right ? 0 : sign * (left < right ? -1 : 1);
}

export const sum = (numbers: number[]): number => numbers.reduce((a, b) => a + b, 0);
export const mean = (numbers: number[]): number => sum(numbers) / numbers.length;

export class Tables {
  private readonly byName: Map<string, Table>;

  constructor(
    readonly all: Table[],
    readonly meta: Partial<Meta> = {},
  ) {
    this.byName = new Map(all.map((table) => [table.name, table]));
  }

  get(name: string): Table | undefined {
    return this.byName.get(name);
  }

  // A table that must be there.
  table(name: string): Table {
    const table = this.byName.get(name);
    if (!table) throw new Error(`no table ${name}`);
    return table;
  }

  // Whether the table is there, has rows and these columns.
  has(name: string, columns: string[] = []): boolean {
    const table = this.byName.get(name);
    return table !== undefined && table.rows.length > 0 && columns.every((column) => table.has(column));
  }
}

// The data of the page; an Error in plain words when they are missing or of another format.
export function parseReport(text: string): ReportData {
  if (text.trim() === "") throw new Error("This page is the empty template: chipchain writes the data of a run into it.");
  const data = JSON.parse(text) as ReportData;
  if (data.format !== kFormat) throw new Error(`The data are of format '${data.format}'; this page reads '${kFormat}'.`);
  return data;
}
