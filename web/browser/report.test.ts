// Does the built page show a report in a real browser: every section drawn, no error, no request, and the figures of the
// data? Runs on web/testdata/sample.json, or on the report named by CHIPCHAIN_REPORT. Screenshots go to build/report/.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ReportData, TableData } from "../src/table";

const root = fileURLToPath(new URL("../../", import.meta.url));
const kPlace = '<script type="application/json" id="data">';
const shots = `${root}build/report/`;
const executable = process.env["CHIPCHAIN_CHROMIUM"] ?? "/usr/bin/chromium";

function sampleReport(): string {
  const page = readFileSync(`${root}web/dist/report.html`, "utf8");
  const data = readFileSync(`${root}web/testdata/sample.json`, "utf8").trim().replace(/</g, "\\u003c");
  expect(page.split(kPlace).length).toBe(2);
  const path = `${shots}sample.html`;
  writeFileSync(path, page.replace(kPlace, () => kPlace + data));
  return path;
}

describe.skipIf(!existsSync(executable))("report in Chromium", () => {
  let browser: Browser;
  let page: Page;
  let report: ReportData;
  const problems: string[] = [];
  const requests: string[] = [];

  beforeAll(async () => {
    mkdirSync(shots, { recursive: true });
    const path = process.env["CHIPCHAIN_REPORT"] ?? sampleReport();
    const html = readFileSync(path, "utf8");
    report = JSON.parse(html.slice(html.indexOf(kPlace) + kPlace.length, html.indexOf("</script>", html.indexOf(kPlace)))) as ReportData;
    browser = await chromium.launch({ executablePath: executable, timeout: 300000, args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"] });
    page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: "light", offline: true });
    page.setDefaultTimeout(300000); // no test of speed: the machine may be busy
    page.on("console", (message) => ["error", "warning"].includes(message.type()) && problems.push(message.text()));
    page.on("pageerror", (error) => problems.push(String(error)));
    page.on("request", (request) => !request.url().startsWith("data:") && requests.push(request.url()));
    await page.goto(pathToFileURL(path).href);
    await page.waitForSelector("html[data-ready]");
  });
  afterAll(async () => browser?.close());

  const tableOf = (name: string): TableData => report.tables[name]!;

  it("asks for nothing but itself", () => {
    expect(requests.length).toBe(1);
    expect(requests[0]).toMatch(/^file:/);
  });

  it("is under 1 MB without its data", () => {
    expect(readFileSync(`${root}web/dist/report.html`).length).toBeLessThan(1e6);
  });

  it("draws every card", async () => {
    const cards = await page.$$eval("figure.card", (figures) =>
      figures.map((figure) => {
        const drawing = figure.querySelector<HTMLElement>(".drawing")!;
        const canvas = drawing.querySelector("canvas");
        let painted = 0;
        if (canvas) {
          const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
          for (let i = 3; i < data.length; i += 4) painted += data[i]! > 0 ? 1 : 0;
        }
        return { id: figure.id, painted, marks: drawing.querySelectorAll("svg path, svg rect, svg circle").length, rows: drawing.querySelectorAll("tbody tr").length, caption: figure.querySelector("figcaption")!.textContent ?? "" };
      }),
    );
    expect(cards.length).toBe(Number(await page.getAttribute("html", "data-ready")));
    if (!process.env["CHIPCHAIN_REPORT"]) expect(cards.length).toBe(27); // the sample has the tables of all cards
    for (const card of cards) {
      expect(card.painted > 500 || card.marks > 5 || card.rows > 0, `${card.id} is empty`).toBe(true);
      expect(card.caption, card.id).not.toBe("");
      expect(card.caption, card.id).not.toMatch(/undefined|NaN/);
    }
  });

  it("shows the figures of the overview as they are in the data", async () => {
    const shown = await page.$$eval(".tile-value", (tiles) => tiles.map((tile) => tile.getAttribute("data-value")));
    const table = tableOf("summary");
    const place = (name: string) => table.columns.findIndex((column) => column.name === name);
    expect(shown.length).toBeGreaterThan(0);
    expect(shown).toEqual(table.rows.map((row) => String(row[place("value")] ?? row[place("text")] ?? "")));
  });

  it("has every cell of every table in the table section", async () => {
    for (const [name, table] of Object.entries(report.tables)) {
      const entry = page.locator(`details[data-entry="${name}"]`);
      await entry.locator("summary").click();
      await entry.locator("table").waitFor();
      while (await entry.locator("button.more").isVisible()) await entry.locator("button.more").click();
      const cells = await entry.locator("tbody").evaluate((body) => [...body.querySelectorAll("tr")].map((row) => [...row.children].map((cell) => cell.getAttribute("data-value"))));
      expect(cells.length, name).toBe(table.rows.length);
      expect(cells, name).toEqual(table.rows.map((row) => row.map((cell) => (cell === null ? "" : String(cell)))));
      await entry.locator("summary").click();
    }
  });

  it("opens the table view of each chart and comes back", async () => {
    for (const id of await page.$$eval("figure.card", (figures) => figures.map((figure) => figure.id))) {
      const button = page.locator(`#${id} button[aria-pressed]`);
      if (!(await button.isVisible())) continue;
      await button.focus();
      await page.keyboard.press("Enter");
      expect(await page.locator(`#${id} .table-host tbody tr`).count(), id).toBeGreaterThan(0);
      await page.keyboard.press("Enter");
      expect(await page.locator(`#${id} .drawing > *`).count(), id).toBeGreaterThan(0);
    }
  });

  it("saves what a chart shows as CSV", async () => {
    const id = await page.$eval("figure.card", (figure) => figure.id);
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator(`#${id} .tools button`, { hasText: "CSV" }).click()]);
    expect(download.suggestedFilename()).toBe(`${id}.csv`);
    const text = readFileSync((await download.path())!, "utf8");
    await page.locator(`#${id} button[aria-pressed]`).click();
    const rows = await page.locator(`#${id} .table-host tbody tr`).count();
    await page.locator(`#${id} button[aria-pressed]`).click();
    expect(text.trimEnd().split("\r\n").length).toBe(rows + 1);
  });

  it("draws in dark and on narrow screens, with nothing wider than the page", async () => {
    await page.evaluate(() => scrollTo(0, 0));
    await page.screenshot({ path: `${shots}report-top.png` });
    await page.screenshot({ path: `${shots}report.png`, fullPage: true });
    const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await paper();
    await page.emulateMedia({ colorScheme: "dark" });
    await page.screenshot({ path: `${shots}report-dark.png` });
    expect(await paper()).not.toBe(light);
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width: 700, height: 900 });
    // it draws again a moment after the last change of width
    await page.waitForFunction(() => document.documentElement.scrollWidth <= 700);
    await page.screenshot({ path: `${shots}report-narrow.png` });
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  it("prints", async () => {
    const pdf = await page.pdf({ path: `${shots}report.pdf`, format: "A4", landscape: true, printBackground: true });
    expect(pdf.length).toBeGreaterThan(20000);
  });

  it("reported no error and no warning", () => {
    expect(problems).toEqual([]);
  });
});
