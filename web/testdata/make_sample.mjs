// Writes sample.json: made-up figures in the shape of a chain report, for the page's tests only. Not a result of anything.
//   node web/testdata/make_sample.mjs
import { writeFileSync } from "node:fs";

let state = 12345;
const random = () => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32);
const round = (x, places = 2) => Number(x.toFixed(places));
const day = (ms) => new Date(ms).toISOString().slice(0, 10);
const kDay = 86400e3;
const months = Array.from({ length: 50 }, (_, i) => day(Date.UTC(2025, 10 + i, 1)));
const quarters = ["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4", "2027-Q1", "2027-Q2", "2027-Q3", "2027-Q4", "2028-Q1", "2028-Q2", "2028-Q3", "2028-Q4"];

// columns: "name [unit]", the first `keys` of them tell rows apart
const tables = {};
function table(name, help, keys, columns, rows) {
  tables[name] = {
    help,
    columns: columns.map((text, i) => {
      const [, column, unit = ""] = /^(\S+)(?: \[(.*)\])?$/.exec(text);
      return { name: column, unit, kind: i < keys ? "key" : "value", help: `sample column ${column}` };
    }),
    rows,
  };
}

table("summary", "The figures to look at first", 1, ["figure", "text", "value", "unit", "low", "high", "help"], [
  ["promise kept", null, 94.2, "%", 92.8, 95.6, "units delivered by the promised quarter; interval over replications"],
  ["milestones kept", "of 9", 7, "", 6, 8, "P50 on or before the wanted date"],
  ["cars", null, 8214500, "units", 8014000, 8391000, "delivered to 2029-12"],
  ["robots", null, 1482100, "units", 1365000, 1576000, "delivered to 2029-12"],
  ["terminals", null, 21904000, "units", 21511000, 22230000, "delivered to 2029-12"],
  ["cost per good AI5 board", null, 412.63, "USD", 398.1, 428.9, "mean of the horizon"],
  ["cost of the chain", null, 41250.4, "MUSD", 40120.5, 42810.2, "all kinds of money"],
  ["capital spending", null, 8120, "MUSD", null, null, "capacity modules"],
  ["bottleneck now", "FOPLP line, Bastrop", null, "", null, null, "highest worth in the first quarter"],
  ["gap of plan and simulation", null, 1.3, "%", 0.9, 1.8, "of units, simulated P50 against plan"],
]);

table("milestones", "Promised dates", 1, ["milestone", "wanted", "planned", "sim_p50", "sim_p90", "late_by_d [d]", "reached_percent [%]", "mark", "note"],
  [["FOPLP: first small volume", "2026-09-15", 4, 6, 31], ["AI5: engineering samples", "2026-11-30", -12, -9, 14], ["AI5: second version qualified", "2027-03-31", 10, 24, 66], ["AI5: volume", "2027-06-30", 3, 17, 48], ["Own RF chips: half of the need", "2027-09-30", 30, 58, 121], ["Robots: 100,000 served", "2027-12-31", -28, -21, -2], ["AI6: first silicon", "2028-02-28", 0, 3, 40], ["AI6: volume", "2028-07-31", 12, 41, 96], ["Own fab: 100,000 wafer starts a month", "2029-06-30", 0, 12, null]].map(([name, wanted, planned, p50, p90]) => {
    const at = Date.parse(wanted);
    return [name, wanted, day(at + planned * kDay), day(at + p50 * kDay), p90 === null ? null : day(at + p90 * kDay), p50, p90 === null ? 71 : 100, "claim", p90 === null ? "not reached in 29 of 100 replications" : ""];
  }));

const programmes = { cars: 170000, robots: 30000, terminals: 450000, satellites: 900, training: 42000 };
table("supply", "Units by quarter", 2, ["programme", "quarter", "due [units]", "planned [units]", "sim_p10 [units]", "sim_p50 [units]", "sim_p90 [units]", "open_planned [units]", "kept_percent [%]", "promise"],
  Object.entries(programmes).flatMap(([programme, rate]) => quarters.map((quarter, q) => {
    const due = Math.round(rate * 3 * (0.3 + q / 10));
    const planned = Math.round(due * (q === 5 ? 0.86 : 0.99));
    const p50 = Math.round(planned * (0.95 + 0.05 * random()));
    return [programme, quarter, due, planned, Math.round(p50 * 0.92), p50, Math.round(p50 * 1.03), due - planned, round(90 + 9 * random(), 1), "P50"];
  })));

table("cumulative", "Units from the start", 2, ["programme", "date", "due [units]", "planned [units]", "sim_p10 [units]", "sim_p50 [units]", "sim_p90 [units]"],
  Object.entries(programmes).flatMap(([programme, rate]) => {
    let [due, planned, p50] = [0, 0, 0];
    return months.map((month, i) => {
      due += Math.round(rate * (0.4 + i / 40));
      planned += Math.round(rate * (0.38 + i / 39.5));
      p50 += Math.round(rate * (0.35 + i / 40) * (0.95 + 0.1 * random()));
      return [programme, month, due, planned, Math.round(p50 * (0.94 - 0.0004 * i)), p50, Math.round(p50 * (1.04 + 0.0003 * i))];
    });
  }));

table("bottlenecks", "Prices of what binds", 2, ["quarter", "resource", "site", "use_percent [%]", "price_usd [USD]", "worth_usd [USD]", "rank"],
  quarters.flatMap((quarter, q) => [["RDL lithography", "FOPLP", q > 1 && q < 8 ? 900 - 80 * q : 0], ["wafer starts", "foundry B", q > 3 ? 140 + 30 * q : 0], ["SMT placers", "PCB", q > 6 ? 60 * (q - 5) : 10], ["final test", "PCB", q === 9 ? 75 : 0]].filter(([, , price]) => price > 0).map(([resource, site, price]) => {
    const now = round(price * (0.9 + 0.2 * random()));
    return [quarter, resource, site, 100, now, Math.round(now * 5200), 1];
  })));

const groups = [["lithography", "own fab"], ["etch", "own fab"], ["implant", "own fab"], ["deposition", "own fab"], ["CMP", "own fab"], ["wafer starts", "foundry A"], ["wafer starts", "foundry B"], ["probe", "own fab"], ["die attach", "FOPLP"], ["mould", "FOPLP"], ["RDL lithography", "FOPLP"], ["RDL plating", "FOPLP"], ["bump", "FOPLP"], ["saw", "FOPLP"], ["final test", "FOPLP"], ["lamination", "PCB"], ["drill", "PCB"], ["plating", "PCB"], ["SMT placers", "PCB"], ["reflow", "PCB"], ["final test", "PCB"]];
table("resource_use", "Use of each resource", 3, ["resource", "site", "date", "use [h]", "capacity [h]", "use_percent [%]", "price_usd [USD/h]"],
  groups.flatMap(([group, site], g) => {
    const level = 35 + 60 * random();
    return Array.from({ length: 78 }, (_, w) => {
      const percent = round(Math.max(2, Math.min(100, level * (0.75 + w / 225) + 14 * Math.sin(w / 9 + g) + 8 * random())));
      return [group, site, day(Date.UTC(2026, 0, 5) + w * 7 * kDay), round(12 * percent), 1200, percent, percent === 100 ? 210.5 : 0];
    });
  }));

table("cost_waterfall", "Cost of a good piece", 2, ["item", "step", "usd [US$ per good piece]", "kind"],
  [["AI5 board, foundry A", 1], ["AI5 board, foundry B", 0.88], ["AI6 board", 1.3]].flatMap(([item, f]) => [["wafer", 212.4, "start"], ["wafer scrap", 6.2, "loss"], ["yield loss of dies", 74.8, "loss"], ["probe", 8.1, "add"], ["package", 31.5, "add"], ["panel scrap", 4.4, "loss"], ["final test", 9.7, "add"], ["board", 58.2, "add"], ["board scrap", 3.1, "loss"], ["transport and duty", 11.6, "add"], ["good board", 420, "total"]].map(([step, usd, kind]) => [item, step, round(usd * f), kind])));

table("outside", "Orders from outside", 3, ["supplier", "item", "quarter", "pieces [pieces]", "usd [USD]", "own_pieces [pieces]", "outside_percent [%]", "contract_minimum [pieces]"],
  [["RF supplier", "RF chip", 9e6, 0.8], ["PMIC supplier", "PMIC", 5e6, 1.1], ["outside packaging", "AI5 package", 4e5, 31]].flatMap(([supplier, item, first, usd]) => quarters.map((quarter, q) => {
    const pieces = Math.round(first * Math.max(0.1, 1 + 0.1 * q - 0.022 * q * q) * (0.95 + 0.1 * random()));
    const own = Math.round(first * Math.max(0, q - 3) * 0.22);
    return [supplier, item, quarter, pieces, round(pieces * usd), own, round((100 * pieces) / (pieces + own), 1), Math.round(first * 0.4)];
  })));

table("risk", "Outage of a site", 1, ["site", "region", "time_to_recover_w [weeks]", "time_to_survive_w [weeks]", "impact_usd [USD]", "lost_units [units]", "worst_programme", "safe", "cheapest_fix"], [
  ["foundry A", "Taiwan", 97, 41, 251000000, 610000, "cars", "no", "9 weeks of dies in the bank"], ["foundry B", "Texas", 97, 63, 131000000, 320000, "cars", "no", "5 weeks of dies in the bank"], ["FOPLP", "Texas", 60, 18, 197000000, 480000, "robots", "no", "outside packaging on call"], ["PCB", "Texas", 45, 52, 0, 0, "", "yes", ""], ["RF supplier", "Europe", 120, 70, 42000000, 2100000, "terminals", "no", "own line half a year earlier"],
]);

table("tornado", "One uncertainty at a time", 1, ["uncertainty", "low_percent [%]", "high_percent [%]", "value_low [MUSD]", "value_base [MUSD]", "value_high [MUSD]", "swing [MUSD]", "rank_correlation", "mark"],
  [["AI5 defect density", -30, 60, 9100000, 7020000, "claim"], ["dates of FOPLP tools", 0, 40, 8214000, 7450000, "claim"], ["demand of robots", -50, 100, 8420000, 7810000, "assumption"], ["qualification of foundry B", -25, 50, 8390000, 7900000, "assumption"], ["board yield", -5, 3, 7980000, 8300000, "assumption"], ["wafer price", -25, 25, 8230000, 8190000, "fact"]].map(([name, low, high, a, b, mark]) => [name, low, high, a, 8214000, b, Math.abs(a - b), round(-0.9 * random()), mark]));

const stores = [["AI5 wafer", "foundry A"], ["AI5 die", "die bank"], ["RF chip", "RF store"], ["AI5 panel", "FOPLP"], ["AI5 package", "package store"], ["AI5 board", "PCB"], ["AI5 board", "board store"], ["PMIC", "PMIC store"], ["AI6 wafer", "foundry B"], ["AI6 die", "die bank"], ["AI6 package", "package store"], ["AI6 board", "board store"], ["HW4 board", "board store"], ["terminal board", "board store"]];
table("stock", "Stock of each node", 2, ["node", "item", "site", "date", "planned [pieces]", "sim_p50 [pieces]", "sim_p10 [pieces]", "sim_p90 [pieces]", "floor [pieces]"],
  stores.flatMap(([item, site], s) => months.map((month, i) => {
    const p50 = Math.round((8000 + 1500 * s) * (1 + i / 12) * (0.8 + 0.4 * random()) * (1 + 0.4 * Math.sin(i / 5 + s)));
    return [`${item} at ${site}`, item, site, month, Math.round(p50 * (0.95 + 0.1 * random())), p50, Math.round(0.7 * p50), Math.round(1.3 * p50), 6000];
  })));

table("flows", "What goes from node to node", 2, ["from", "to", "item", "pieces [pieces]", "usd [USD]", "loss"], [
  ["foundry A", "die bank", "AI5 die", 6200000, "no"], ["foundry A", "lost: wafer scrap", "AI5 die", 210000, "yes"], ["foundry A", "lost: yield", "AI5 die", 1750000, "yes"],
  ["foundry B", "die bank", "AI5 die", 4900000, "no"], ["foundry B", "lost: wafer scrap", "AI5 die", 260000, "yes"], ["foundry B", "lost: yield", "AI5 die", 2300000, "yes"],
  ["own fab", "die bank", "AI5 die", 1400000, "no"], ["own fab", "lost: yield", "AI5 die", 620000, "yes"],
  ["die bank", "FOPLP", "AI5 die", 8100000, "no"], ["die bank", "outside packaging", "AI5 die", 4250000, "no"],
  ["FOPLP", "package store", "AI5 package", 7620000, "no"], ["FOPLP", "lost: panel scrap", "AI5 package", 480000, "yes"],
  ["outside packaging", "package store", "AI5 package", 4120000, "no"], ["outside packaging", "lost: assembly", "AI5 package", 130000, "yes"],
  ["package store", "PCB", "AI5 package", 11500000, "no"], ["PCB", "cars", "AI5 board", 7400000, "no"], ["PCB", "robots", "AI5 board", 1900000, "no"], ["PCB", "training", "AI5 board", 1960000, "no"], ["PCB", "lost: board scrap", "AI5 board", 240000, "yes"],
  ["RF supplier", "RF store", "RF chip", 61000000, "no"], ["RF store", "PCB", "RF chip", 59800000, "no"], ["PCB", "terminals", "terminal board", 240000, "no"],
  ["PCB", "package store", "returned package", 1000, "no"],
].map(([from, to, item, pieces, loss]) => [from, to, item, pieces, round(pieces / (item === "RF chip" ? 15000 : 85)), loss]));

table("late", "Why late or short", 2, ["programme", "quarter", "pieces_late [units]", "weeks_late [weeks]", "reason", "where", "price_usd [USD]", "fix"], [
  ["robots", "2027-Q2", 18400, 7, "RDL lithography at FOPLP is full in 2027-04 to 2027-06", "FOPLP", 212, "1 lithography tool more from 2027-03: 9.4 MUSD"],
  ["cars", "2027-Q3", 61200, 5, "foundry B is not qualified for cars before 2027-08-15", "foundry B", null, "begin the qualification 10 weeks earlier: 2.1 MUSD"],
  ["terminals", "2026-Q4", 240000, 12, "waits for RF chips: lead time of 26 weeks against 14 weeks of notice", "RF supplier", 0.8, "keep 8 weeks of safety stock: 5.6 MUSD"],
  ["training", "2027-Q4", 9000, 13, "lowest priority: gets what the others leave", "", null, ""],
]);

table("modules", "Capacity modules", 1, ["module", "resource", "decided", "live", "count", "capex_usd [USD]", "mark"], [
  ["FOPLP: RDL lithography tools", "RDL lithography, FOPLP", "2026-01-15", "2026-09-01", 2, 18800000, "assumption"], ["PCB: third SMT line", "SMT placers, PCB", "2026-08-01", "2027-02-01", 1, 12400000, "assumption"], ["Own fab: first 25,000 wafers", "wafer starts, own fab", "2026-03-01", "2028-10-01", 1, 5200000000, "claim"], ["Own fab: next 25,000 wafers", "wafer starts, own fab", "2027-03-01", "2029-04-01", 1, 4100000000, "claim"],
]);

table("assumptions", "Figures and their sources", 2, ["table", "row", "figures", "mark", "source"],
  Array.from({ length: 60 }, (_, i) => [["site", "process", "supplier", "demand"][i % 4], `row ${i}`, `${round(100 * random())} ${["d", "%", "USD", "units"][i % 4]}`, ["fact", "claim", "assumption"][(i * 7) % 3], `sample source ${i}`]));

table("orders", "Starts and call-offs", 3, ["activity", "site", "date", "starts [pieces]", "usd [USD]"],
  [["AI5 wafers", "foundry A"], ["AI5 wafers", "foundry B"], ["AI6 wafers", "foundry B"], ["AI5 panels", "FOPLP"], ["RF panels", "FOPLP"], ["AI5 boards", "PCB"], ["terminal boards", "PCB"]].flatMap(([activity, site], a) => months.map((month, i) => [activity, site, month, Math.round((400 + 90 * a) * (1 + i / 9) * (0.9 + 0.2 * random())), round(1e5 * random())])));

table("loop", "Plan and simulation", 1, ["round", "kind", "plan_musd [MUSD]", "sim_musd [MUSD]", "kept_percent [%]", "lead_change_percent [%]", "release_change_percent [%]", "best"], [
  [0, "naive", 39100, 44900, 71.4, null, null, "no"], [1, "plan", 40200, 42800, 88.9, 21.4, 14.1, "no"], [2, "plan", 40900, 41600, 93.1, 6.2, 4.4, "no"], [3, "plan", 41000, 41300, 95.2, 1.1, 0.9, "yes"], [4, "plan", 41100, 41500, 94.8, 0.6, 0.7, "no"],
]);

table("pooling", "Identical software", 1, ["family", "versions", "service_percent [%]", "dedicated_pieces [pieces]", "pooled_pieces [pieces]", "saved_pieces [pieces]", "saved_usd [USD]"], [["AI5", 2, 95, 184000, 131000, 53000, 18200000], ["AI6", 2, 95, 121000, 88000, 33000, 14900000]]);

table("operating_curve", "Cycle time against utilisation", 2, ["line", "starts_per_month [pieces]", "utilisation_percent [%]", "cycle_time_d [d]", "cycle_time_low_d [d]", "cycle_time_high_d [d]", "x_factor"],
  [["own fab", 38, 0.12], ["FOPLP", 6, 0.22], ["PCB", 4, 0.3]].flatMap(([line, raw, c]) => [50, 60, 70, 78, 84, 88, 91, 94, 96].map((u) => {
    const value = raw * (1 + (c * u) / (100 - u));
    return [line, u * 100, u, round(value), round(value * (0.99 - u / 3000)), round(value * (1.01 + u / 2500)), round(value / raw, 3)];
  })));

const steps = [["own fab", 62], ["transport", 4], ["FOPLP", 9], ["final test", 3], ["PCB", 6]];
table("lots", "A sample of lots", 2, ["activity", "lot", "from", "to", "pieces", "state"],
  Array.from({ length: 14 }, (_, l) => {
    let at = Date.UTC(2027, 0, 4) + l * 6 * kDay;
    return steps.map(([step, days], s) => {
      const start = at + Math.round(3 * random()) * kDay;
      at = start + days * (0.8 + 0.5 * random()) * kDay;
      return [step, `lot ${String(l + 1).padStart(3, "0")}`, day(start), day(at), 25, l > 11 && s > 2 ? "late" : "on time"];
    });
  }).flat());

const places = [];
for (let y = -6; y < 6; ++y) for (let x = -8; x < 8; ++x) {
  const [w, h] = [16.5, 26];
  const far = Math.max(...[x, x + 1].flatMap((a) => [y, y + 1].map((b) => Math.hypot(a * w, b * h))));
  if (far > 147) continue;
  const u = random() - 0.002 * Math.max(0, far - 90);
  places.push(["AI5 wafer of foundry A", "wafer", x * w, y * h, w, h, u > 0.32 ? "good" : u > 0.2 ? "slow bin" : u > 0.1 ? "one core off" : "bad"]);
}
for (let y = 0; y < 18; ++y) for (let x = 0; x < 18; ++x) places.push(["AI5 panel", "panel", 17 + x * 37, 17 + y * 37, 36, 36, random() > 0.07 ? "good" : random() > 0.5 ? "die shift" : "bad"]);
table("maps", "Places of a sample wafer and panel", 2, ["name", "kind", "x_mm [mm]", "y_mm [mm]", "width_mm [mm]", "height_mm [mm]", "bin"], places);

table("money", "Cost by kind", 1, ["kind", "planned_musd [MUSD]", "sim_mean_musd [MUSD]"], [["activities", 31200, 31400], ["transport", 800, 800], ["tariffs", 400, 400], ["holding", 600, 700], ["late", 100, 400], ["contracts", 300, 300], ["capital", 8100, 8100]]);

table("balance", "Balance of pieces", 1, ["item", "initial", "made", "bought", "consumed", "lost", "delivered", "in_transit", "under_way", "stock", "difference"], [["AI5 die", 0, 12500000, 0, 12350000, 0, 0, 20000, 0, 130000, 0], ["AI5 board", 0, 11500000, 0, 0, 240000, 11260000, 0, 0, 0, 0]]);

table("gaps", "Behind the plan", 2, ["programme", "date", "planned [pieces]", "behind [pieces]", "percent [%]", "why"], [["robots", "2027-03-01", 41000, 900, 2.2, "lots of whole panels wait for the last die"]]);

const report = {
  format: "chipchain-chain-1",
  meta: {
    title: "AI5 chain",
    scenario: "sample",
    note: "Made-up figures for the tests of this page: not a result.",
    start: "2025-11-01",
    end: "2029-12-31",
    model_hash: "0123456789abcdef",
    seed: "1",
    replications: 100,
    service_percent: 95,
    version: "0.1.0 (sample)",
    fingerprint: "fedcba9876543210",
    command: "chipchain run sample",
    bucket_dates: months,
    maps: [
      { name: "AI5 wafer of foundry A", kind: "wafer", width_mm: 300, height_mm: 300 },
      { name: "AI5 panel", kind: "panel", width_mm: 700, height_mm: 700 },
    ],
  },
  tables,
};
writeFileSync(new URL("sample.json", import.meta.url), JSON.stringify(report) + "\n");
