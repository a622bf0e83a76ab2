// A chart with everything that belongs to it: title, choices, table view, CSV, caption with unit, n and interval. A card
// is described by a CardSpec; the frame here is the same for all. A card whose tables are missing is not shown.
import { toCsv } from "./csv";
import { el, saveText } from "./dom";
import type { ColorBook, Palette } from "./palette";
import type { Cell, Table, Tables } from "./table";
import { tableView } from "./tableview";

export interface Context {
  tables: Tables;
  palette: Palette;
  colors: ColorBook;
}

export interface Choice {
  id: string;
  label: string;
  options: string[];
  // What an option is called where that differs from its value.
  words?: (option: string) => string;
}

export type Chosen = Record<string, string>;

// Draws into the host, which has its final width; returns how to take the drawing away.
export type Draw = (host: HTMLElement, view: Table, context: Context, chosen: Chosen) => () => void;

export interface CardSpec {
  id: string;
  title: string;
  help: string;
  // The tables and columns it reads; the first is the one it shows.
  needs: { table: string; columns: string[] }[];
  // What else must hold for the card to be shown.
  there?: (tables: Tables) => boolean;
  wide?: boolean;
  // Its drawing is a table already: no button for the table view.
  isTable?: boolean;
  // Height of the drawing in px, or the drawing's own.
  height?: number | ((view: Table) => number);
  choices?: (tables: Tables, chosen: Chosen) => Choice[];
  // What is drawn, shown as table and saved as CSV.
  view: (tables: Tables, chosen: Chosen) => Table;
  caption?: (view: Table, tables: Tables, chosen: Chosen) => string;
  draw: Draw;
  cellClass?: (column: string, cell: Cell) => string;
}

export function isThere(spec: CardSpec, tables: Tables): boolean {
  return spec.needs.every(({ table, columns }) => tables.has(table, columns)) && (spec.there?.(tables) ?? true);
}

export class Card {
  readonly element: HTMLElement;
  private readonly host = el("div", { class: "drawing" });
  private readonly tableHost = el("div", { class: "table-host", hidden: true });
  private readonly caption = el("figcaption");
  private readonly controls = el("div", { class: "choices" });
  private readonly tableButton = el("button", { type: "button", "aria-pressed": "false", class: "tool" }, "Table");
  private chosen: Chosen = {};
  private view!: Table;
  private asTable = false;
  private takeAway: () => void = () => {};

  constructor(
    private readonly spec: CardSpec,
    private context: Context,
  ) {
    const csv = el("button", { type: "button", class: "tool", title: `Save what is shown as ${spec.id}.csv` }, "CSV");
    csv.addEventListener("click", () => saveText(`${spec.id}.csv`, toCsv(this.view), "text/csv"));
    this.tableButton.addEventListener("click", () => this.showTable(!this.asTable));
    this.element = el(
      "figure",
      { class: spec.wide ? "card wide" : "card", id: spec.id, "aria-labelledby": `${spec.id}-title` },
      el("div", { class: "card-head" }, el("h3", { id: `${spec.id}-title`, title: spec.help }, spec.title), this.controls, el("div", { class: "tools" }, this.tableButton, csv)),
      this.host,
      this.tableHost,
      this.caption,
    );
    this.host.setAttribute("role", "group");
    this.host.setAttribute("aria-label", `${spec.title}. ${spec.help}`);
    this.tableButton.hidden = spec.isTable ?? false;
    this.update();
  }

  // Draws again, for another width, theme or choice.
  draw(context: Context = this.context): void {
    this.context = context;
    if (this.asTable) return;
    this.takeAway();
    this.host.replaceChildren();
    const { height } = this.spec;
    if (height !== undefined) this.host.style.height = `${typeof height === "number" ? height : height(this.view)}px`;
    this.takeAway = this.spec.draw(this.host, this.view, this.context, this.chosen);
  }

  private update(): void {
    const { tables } = this.context;
    const choices = this.spec.choices?.(tables, this.chosen) ?? [];
    for (const choice of choices) {
      const now = this.chosen[choice.id];
      if (now === undefined || !choice.options.includes(now)) this.chosen[choice.id] = choice.options[0] ?? "";
    }
    this.controls.replaceChildren(...choices.filter((choice) => choice.options.length > 1).map((choice) => this.control(choice)));
    this.view = this.spec.view(tables, this.chosen);
    this.caption.textContent = this.spec.caption?.(this.view, tables, this.chosen) ?? this.spec.help;
    if (this.asTable) this.fillTable();
  }

  private control(choice: Choice): HTMLElement {
    const select = el("select", { "aria-label": choice.label });
    for (const option of choice.options) {
      select.append(el("option", { value: option, selected: option === this.chosen[choice.id] }, choice.words?.(option) ?? option));
    }
    select.addEventListener("change", () => {
      this.chosen = { ...this.chosen, [choice.id]: select.value };
      this.update();
      this.draw();
      this.controls.querySelector<HTMLSelectElement>(`select[aria-label="${choice.label}"]`)?.focus();
    });
    return select;
  }

  private fillTable(): void {
    this.tableHost.replaceChildren(tableView(this.view, this.spec.title, this.spec.cellClass ? { cellClass: this.spec.cellClass } : {}));
  }

  private showTable(asTable: boolean): void {
    this.asTable = asTable;
    this.tableButton.setAttribute("aria-pressed", String(asTable));
    this.tableButton.textContent = asTable ? "Chart" : "Table";
    this.host.hidden = asTable;
    this.tableHost.hidden = !asTable;
    if (asTable) {
      this.fillTable();
    } else {
      this.tableHost.replaceChildren();
      this.draw();
    }
  }
}
