// Lots (or tools) on lanes over time. Drawn on canvas, so that tens of thousands of bars stay quick. Wheel or + and -
// zoom, dragging or the arrow keys move, Home shows all; pointing at a bar says what it is.
import { makeCanvas } from "../canvas";
import type { CardSpec, Chosen, Context } from "../card";
import { kFont } from "../echart";
import { formatNumber, isoDay, timeOf } from "../format";
import type { Table } from "../table";
import { timeTicks } from "./axes";
import { shortened } from "./dates";
import { legendOf } from "./legend";
import { Tip } from "./tips";

export interface Bar {
  lane: number;
  from: number; // ms
  to: number;
  row: number;
}

export interface Lanes {
  names: string[]; // "" for the further lanes of a line
  bars: Bar[]; // by lane, then by start
  more: number; // lanes that are not drawn
  first: number;
  last: number;
}

const kMostLanes = 150; // a canvas must not be taller than a browser can draw

// The column that says where a lot is.
export const placeColumn = (view: Table): string => (view.has("line") ? "line" : "activity");

// One lane per lot, or as few lanes per line as hold its lots without overlap.
export function lanesOf(view: Table, byLot: boolean): Lanes {
  const place = placeColumn(view);
  const rows = view.rows
    .map((_, row) => ({ row, from: timeOf(view.text(row, "from")), to: timeOf(view.text(row, "to")), group: view.text(row, byLot ? "lot" : place) }))
    .filter((one): one is { row: number; from: number; to: number; group: string } => one.from !== null && one.to !== null);
  rows.sort((a, b) => a.from - b.from || a.row - b.row);
  const names: string[] = [];
  const bars: Bar[] = [];
  const groups = new Map<string, typeof rows>(byLot ? [] : view.distinct(place).map((name) => [name, []]));
  for (const one of rows) {
    if (!groups.has(one.group)) groups.set(one.group, []);
    groups.get(one.group)!.push(one);
  }
  for (const [group, members] of groups) {
    if (members.length === 0) continue;
    const ends: number[] = []; // of the last bar of each lane of the group
    const first = names.length;
    for (const { row, from, to } of members) {
      let lane = byLot ? 0 : ends.findIndex((end) => end <= from);
      if (lane < 0) lane = ends.length;
      ends[lane] = Math.max(to, ends[lane] ?? to);
      bars.push({ lane: first + lane, from, to: Math.max(from, to), row });
    }
    ends.forEach((_, lane) => names.push(lane === 0 ? group : ""));
  }
  bars.sort((a, b) => a.lane - b.lane || a.from - b.from || a.row - b.row);
  const more = Math.max(0, names.length - kMostLanes);
  if (more) {
    names.length = kMostLanes;
    bars.length = bars.findIndex(({ lane }) => lane >= kMostLanes);
  }
  return { names, bars, more, first: Math.min(...bars.map((b) => b.from)), last: Math.max(...bars.map((b) => b.to)) };
}

const kLane = 18;
const kTop = 24;

function draw(host: HTMLElement, view: Table, { palette, colors }: Context, chosen: Chosen): () => void {
  const byLot = chosen["lanes"] === kByLot;
  const lanes = lanesOf(view, byLot);
  const colored = byLot ? placeColumn(view) : "state";
  const legend = legendOf(view.distinct(colored).map((name) => ({ name, color: colors.color(name, palette) })));
  host.append(legend);
  const width = host.clientWidth;
  const height = kTop + kLane * lanes.names.length + 4;
  const left = Math.min(200, width * 0.3);
  const { canvas, pen } = makeCanvas(host, width, height, "Timeline");
  canvas.tabIndex = 0;
  const tip = new Tip(host);
  const whole = { from: lanes.first, to: Math.max(lanes.last, lanes.first + 86400e3) };
  let shown = { ...whole };
  const x = (ms: number) => left + ((ms - shown.from) / (shown.to - shown.from)) * (width - left - 6);

  const paint = () => {
    pen.clearRect(0, 0, width, height);
    pen.font = `11px ${kFont}`;
    pen.textBaseline = "middle";
    for (const { ms, label } of timeTicks(shown.from, shown.to, (width - left) / 80)) {
      pen.strokeStyle = palette.grid;
      pen.beginPath();
      pen.moveTo(Math.round(x(ms)) + 0.5, kTop - 6);
      pen.lineTo(Math.round(x(ms)) + 0.5, height);
      pen.stroke();
      pen.fillStyle = palette.quiet;
      pen.textAlign = "center";
      pen.fillText(label, Math.min(x(ms), width - 22), 9);
    }
    pen.textAlign = "left";
    lanes.names.forEach((name, i) => {
      pen.fillStyle = palette.ink;
      pen.fillText(shortened(name, left - 8), 0, kTop + (i + 0.5) * kLane);
      if (name !== "" && i > 0) {
        pen.fillStyle = palette.grid;
        pen.fillRect(0, kTop + i * kLane, width, 1);
      }
    });
    pen.save();
    pen.beginPath();
    pen.rect(left, kTop, width - left, height - kTop);
    pen.clip();
    for (const bar of lanes.bars) {
      if (bar.to < shown.from || bar.from > shown.to) continue;
      pen.fillStyle = colors.color(view.text(bar.row, colored), palette);
      pen.fillRect(x(bar.from), kTop + bar.lane * kLane + 3, Math.max(1.5, x(bar.to) - x(bar.from) - 0.5), kLane - 6);
    }
    pen.restore();
  };
  const zoom = (factor: number, at: number) => {
    const span = Math.max(3600e3, Math.min(whole.to - whole.from, (shown.to - shown.from) * factor));
    const share = (at - shown.from) / (shown.to - shown.from);
    const from = Math.max(whole.from, Math.min(whole.to - span, at - share * span));
    shown = { from, to: from + span };
    paint();
  };
  const move = (ms: number) => {
    const span = shown.to - shown.from;
    const from = Math.max(whole.from, Math.min(whole.to - span, shown.from + ms));
    shown = { from, to: from + span };
    paint();
  };
  const timeAt = (px: number) => shown.from + ((px - left) / (width - left - 6)) * (shown.to - shown.from);

  canvas.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && document.activeElement !== canvas) return; // let the page scroll until the chart is taken up
      event.preventDefault();
      zoom(event.deltaY > 0 ? 1.2 : 1 / 1.2, timeAt(event.offsetX));
    },
    { passive: false },
  );
  canvas.addEventListener("keydown", (event) => {
    const step = (shown.to - shown.from) / 8;
    const act: Record<string, () => void> = {
      ArrowLeft: () => move(-step),
      ArrowRight: () => move(step),
      "+": () => zoom(1 / 1.4, (shown.from + shown.to) / 2),
      "=": () => zoom(1 / 1.4, (shown.from + shown.to) / 2),
      "-": () => zoom(1.4, (shown.from + shown.to) / 2),
      Home: () => zoom(1e9, whole.from),
    };
    const action = act[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
  let dragged: number | null = null;
  canvas.addEventListener("pointerdown", (event) => {
    dragged = event.offsetX;
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointerup", () => (dragged = null));
  canvas.addEventListener("pointermove", (event) => {
    if (dragged !== null) {
      move(((dragged - event.offsetX) / (width - left - 6)) * (shown.to - shown.from));
      dragged = event.offsetX;
      return;
    }
    const lane = Math.floor((event.offsetY - kTop) / kLane);
    const at = timeAt(event.offsetX);
    const slack = ((shown.to - shown.from) / (width - left)) * 2;
    const bar = lanes.bars.find((b) => b.lane === lane && b.from - slack <= at && at <= b.to + slack);
    if (!bar || event.offsetX < left) return tip.hide();
    const rest = view.columns.filter((c) => !["lot", "from", "to", placeColumn(view)].includes(c.name)).map((c) => `${c.name} ${view.text(bar.row, c.name)}`);
    tip.show([`${view.text(bar.row, "lot")}: ${view.text(bar.row, placeColumn(view))}`, `${isoDay(bar.from)} to ${isoDay(bar.to)}`, `${formatNumber((bar.to - bar.from) / 86400e3, 1)} d`, ...rest], event.offsetX, event.offsetY + legend.offsetHeight);
  });
  canvas.addEventListener("pointerleave", () => tip.hide());
  paint();
  return () => {
    canvas.remove();
    legend.remove();
    tip.remove();
  };
}

const kByLine = "by line";
const kByLot = "by lot";

export const timelineCard: CardSpec = {
  id: "lots-chart",
  title: "Lot timeline",
  help: "A sample of lots and where they were. Drag or arrow keys move, + and - zoom, Home shows all.",
  needs: [{ table: "lots", columns: ["lot", "from", "to", "state"] }],
  wide: true,
  there: (tables) => tables.table("lots").has("line") || tables.table("lots").has("activity"),
  choices: () => [{ id: "lanes", label: "Lanes", options: [kByLine, kByLot] }],
  view: (tables) => tables.table("lots"),
  caption: (view, _, chosen) => {
    const { more } = lanesOf(view, chosen["lanes"] === kByLot);
    return `${formatNumber(view.distinct("lot").length)} lots of one replication${more ? `; ${formatNumber(more)} more lanes are in the table` : ""}. Drag or arrow keys move, + and − zoom, Home shows all.`;
  },
  draw,
};
