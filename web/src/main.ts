// The page: reads the data the program wrote into #data, builds the frame (head, navigation, sections of cards, all
// tables), draws, and draws again when the width or the theme changes.
import "uplot/dist/uPlot.min.css";
import "./style.css";
import { Card, isThere, type Context } from "./card";
import { dataSection } from "./datasection";
import { el } from "./dom";
import { formatNumber } from "./format";
import { overview } from "./overview";
import { ColorBook, cssVariables, kDark, kLight } from "./palette";
import { claimColors, kSections } from "./sections";
import { parseReport, Table, Tables, type Meta } from "./table";

type Theme = "auto" | "light" | "dark";
const kThemes: Theme[] = ["auto", "light", "dark"];

const systemDark = matchMedia("(prefers-color-scheme: dark)");
let theme: Theme = "auto";
let printing = false;

function currentPalette() {
  if (printing) return kLight;
  return theme === "dark" || (theme === "auto" && systemDark.matches) ? kDark : kLight;
}

function header(meta: Meta, onTheme: (button: HTMLButtonElement) => void): HTMLElement {
  const button = el("button", { type: "button", class: "tool", title: "Colours: as the system, light, dark" }, "Theme: auto");
  button.addEventListener("click", () => onTheme(button));
  const facts: [string, string][] = [
    ["scenario", meta.scenario],
    ["horizon", [meta.start, meta.end].filter(Boolean).join(" to ")],
    ["service", meta.service_percent ? `${formatNumber(meta.service_percent)} %` : ""],
    ["replications", formatNumber(meta.replications)],
    ["seed", String(meta.seed)],
    ["model hash", meta.model_hash],
    ["fingerprint", meta.fingerprint],
    ["version", meta.version],
  ];
  return el(
    "header",
    { class: "head" },
    el("div", { class: "head-line" }, el("h1", {}, meta.title), button),
    meta.note ? el("p", { class: "lead" }, meta.note) : null,
    el("dl", { class: "facts" }, ...facts.filter(([, value]) => value).map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))),
    meta.command ? el("p", { class: "command" }, el("span", {}, "made by "), el("code", {}, meta.command)) : null,
  );
}

function navigation(sections: { id: string; title: string }[], title: string): HTMLElement {
  const links = sections.map(({ id, title: name }) => el("li", {}, el("a", { href: `#${id}` }, name)));
  return el("nav", { class: "side", "aria-label": "Sections" }, el("p", { class: "brand" }, el("b", {}, "chipchain"), el("span", {}, title)), el("ul", {}, ...links));
}

// Marks the link of the section that is being read.
function followScroll(nav: HTMLElement): void {
  const links = new Map([...nav.querySelectorAll("a")].map((link) => [link.hash.slice(1), link]));
  const sections = [...document.querySelectorAll<HTMLElement>("main > section")];
  const mark = () => {
    let current = sections[0];
    for (const section of sections) if (section.getBoundingClientRect().top < innerHeight * 0.3) current = section;
    for (const link of links.values()) link.removeAttribute("aria-current");
    if (current) links.get(current.id)?.setAttribute("aria-current", "true");
  };
  addEventListener("scroll", mark, { passive: true });
  mark();
}

function start(): void {
  const report = parseReport(document.getElementById("data")?.textContent ?? "");
  document.title = report.meta.title;
  const tables = new Tables(
    Object.entries(report.tables).map(([name, table]) => Table.from(name, table)),
    report.meta,
  );
  const colors = new ColorBook();
  claimColors(tables, colors);
  const context = (): Context => ({ tables, colors, palette: currentPalette() });
  const paint = () => {
    for (const [name, value] of cssVariables(currentPalette())) document.documentElement.style.setProperty(name, value);
    document.documentElement.style.colorScheme = currentPalette() === kDark ? "dark" : "light";
  };
  paint();

  const cards: Card[] = [];
  const sections: HTMLElement[] = [];
  for (const { id, title, lead, cards: specs } of kSections) {
    const present = specs.filter((spec) => isThere(spec, tables)).map((spec) => new Card(spec, context()));
    const first = id === "overview" ? overview(tables) : null;
    if (present.length === 0 && !first) continue;
    cards.push(...present);
    sections.push(el("section", { id }, el("h2", {}, title), lead ? el("p", { class: "lead" }, lead) : null, first, el("div", { class: "cards" }, ...present.map((card) => card.element))));
  }
  sections.push(dataSection(tables));

  const nav = navigation(
    sections.map((section) => ({ id: section.id, title: section.querySelector("h2")!.textContent ?? "" })),
    report.meta.scenario,
  );
  const redraw = () => {
    paint();
    for (const card of cards) card.draw(context());
  };
  const head = header(report.meta, (button) => {
    theme = kThemes[(kThemes.indexOf(theme) + 1) % kThemes.length]!;
    button.textContent = `Theme: ${theme}`;
    redraw();
  });
  document.body.append(el("a", { class: "skip", href: "#overview" }, "To the content"), nav, el("div", { class: "page" }, head, el("main", {}, ...sections)));
  redraw();
  followScroll(nav);

  systemDark.addEventListener("change", redraw);
  addEventListener("beforeprint", () => {
    printing = true;
    redraw();
  });
  addEventListener("afterprint", () => {
    printing = false;
    redraw();
  });
  let width = document.documentElement.clientWidth;
  let timer = 0;
  addEventListener("resize", () => {
    if (document.documentElement.clientWidth === width) return;
    width = document.documentElement.clientWidth;
    clearTimeout(timer);
    timer = window.setTimeout(redraw, 120);
  });
  document.documentElement.dataset.ready = String(cards.length);
}

try {
  start();
} catch (error) {
  document.body.append(el("p", { class: "failed", role: "alert" }, error instanceof Error ? error.message : String(error)));
  document.documentElement.dataset.ready = "failed";
  if (!(error instanceof Error && error.message.startsWith("This page is the empty template"))) throw error;
}
