// The chain as a Sankey diagram: stages as bars, what they hand on as bands, losses as grey side flows that end in the next
// column, below everything that goes on. Layout by d3-sankey, drawing by us.
import { sankey, sankeyJustify, sankeyLinkHorizontal, type SankeyNode } from "d3-sankey";
import type { CardSpec, Chosen, Context } from "../card";
import { svg } from "../dom";
import { formatNumber, formatShort, withUnit } from "../format";
import { shortened } from "./dates";
import { withAlpha } from "../palette";
import type { Table } from "../table";

interface Node {
  name: string;
  loss: boolean;
  order: number;
}
interface Link {
  source: number;
  target: number;
  value: number;
  loss: boolean;
  order: number;
  rows: number[]; // of the table
}

export interface Graph {
  nodes: Node[];
  links: Link[];
  backward: number;
}

// The nodes and links of the flow table; rows of the same two nodes are one band, rows without a positive quantity are
// left out, and so are bands that would close a circle (`backward` counts them). A loss belongs to its stage: two stages
// that scrap panels have two nodes.
export function graphOf(view: Table, quantity: string): Graph {
  const nodes: Node[] = [];
  const places = new Map<string, number>();
  const node = (name: string, lossOf: string | null): number => {
    const key = JSON.stringify([name, lossOf]);
    let place = places.get(key);
    if (place === undefined) {
      places.set(key, (place = nodes.length));
      nodes.push({ name: lossOf === null ? name : name.replace(/^lost: /, "").replace(/^lost in .*/, "lost"), loss: lossOf !== null, order: place });
    }
    return place;
  };
  const links = new Map<string, Link>();
  const after = new Map<number, Set<number>>();
  const reaches = (from: number, to: number): boolean => from === to || [...(after.get(from) ?? [])].some((next) => reaches(next, to));
  let backward = 0;
  view.rows.forEach((_, row) => {
    const value = view.number(row, quantity);
    if (value === null || value <= 0) return;
    const loss = view.text(row, "loss") === "yes";
    const from = view.text(row, "from");
    const source = node(from, null);
    const target = node(view.text(row, "to"), loss ? from : null);
    const key = `${source} ${target}`;
    const known = links.get(key);
    if (known) {
      known.value += value;
      known.rows.push(row);
      return;
    }
    if (reaches(target, source)) {
      ++backward;
      return;
    }
    if (!after.has(source)) after.set(source, new Set());
    after.get(source)!.add(target);
    links.set(key, { source, target, value, loss, order: row, rows: [row] });
  });
  return { nodes, links: [...links.values()], backward };
}

// Losses stay beside their stage, in the next column.
const align = (node: SankeyNode<Node, Link>, columns: number): number => (node.loss ? (node.depth ?? 0) : sankeyJustify(node, columns));

// d3-sankey orders each column by what lies before and after; losses would pull that order apart, so it is found without
// them first, and losses go below.
function layoutOf(graph: Graph, width: number, height: number) {
  const run = (nodes: Node[], links: Link[], sort?: (a: Node, b: Node) => number) => {
    // a node without a band has no place
    const used = new Set(links.flatMap(({ source, target }) => [source, target]));
    const kept = nodes.filter(({ order }) => used.has(order));
    const places = new Map(kept.map(({ order }, place) => [order, place]));
    const layout = sankey<Node, Link>()
      .nodeWidth(12)
      .nodePadding(16)
      .nodeAlign(align)
      .extent([
        [4, 10],
        [width - 4, height - 10],
      ]);
    if (sort) layout.nodeSort(sort);
    return layout({ nodes: kept.map((node) => ({ ...node })), links: links.map((link) => ({ ...link, source: places.get(link.source)!, target: places.get(link.target)! })) });
  };
  const flows = run(graph.nodes, graph.links.filter(({ loss }) => !loss));
  const heights = new Map(flows.nodes.map(({ order, y0 = 0 }) => [order, y0]));
  for (const { source, target, loss } of graph.links) if (loss) heights.set(target, heights.get(source) ?? 0);
  const at = ({ order }: Node) => heights.get(order) ?? 0;
  return run(graph.nodes, graph.links, (a, b) => Number(a.loss) - Number(b.loss) || at(a) - at(b) || a.order - b.order);
}

function draw(host: HTMLElement, view: Table, { palette, colors }: Context, chosen: Chosen): () => void {
  const width = host.clientWidth;
  const height = host.clientHeight;
  const quantity = measureOf(chosen);
  const layout = layoutOf(graphOf(view, quantity), width, height);
  const color = (node: Node) => (node.loss ? palette.loss : colors.color(node.name, palette));
  const path = sankeyLinkHorizontal();
  const root = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, class: "sankey" });
  for (const link of layout.links) {
    const source = link.source as unknown as Node;
    const target = link.target as unknown as Node;
    const unit = view.unit(quantity) || "pieces";
    root.append(
      svg(
        "path",
        { d: path(link as never), fill: "none", stroke: withAlpha(link.loss ? palette.loss : color(source), link.loss ? 0.45 : 0.32), "stroke-width": Math.max(1, link.width ?? 1) },
        svg("title", {}, [`${source.name} to ${target.name}: ${withUnit(formatNumber(link.value), unit)}`, ...link.rows.map((row) => `${view.text(row, "item")}: ${withUnit(formatNumber(view.number(row, "pieces")), "pieces")}`)].join("\n")),
      ),
    );
  }
  // a label ends where the next column begins
  const columns = new Set(layout.nodes.map(({ x0 }) => x0)).size;
  const room = (width - 8) / Math.max(1, columns - 1) - 22;
  for (const node of layout.nodes) {
    const { x0 = 0, x1 = 0, y0 = 0, y1 = 0 } = node;
    const right = x1 < width - 20;
    const figure = formatShort(node.value ?? 0);
    const both = (node.name.length + figure.length + 1) * 6.6 <= room;
    root.append(
      svg("rect", { x: x0, y: y0, width: x1 - x0, height: Math.max(1, y1 - y0), fill: color(node), rx: 2 }),
      svg("text", { x: right ? x1 + 6 : x0 - 6, y: (y0 + y1) / 2, dy: "0.35em", "text-anchor": right ? "start" : "end", fill: node.loss ? palette.quiet : palette.ink, "font-size": node.loss ? 11 : 12, class: "halo" }, svg("title", {}, `${node.name}: ${figure}`), both ? node.name : shortened(node.name, room), both ? svg("tspan", { fill: palette.faint, dx: 5, "font-size": 11 }, figure) : null),
    );
  }
  host.append(root);
  return () => root.remove();
}

// what the width can stand for; the first that the table has comes first
const kMeasures = ["usd", "wafers_equivalent", "pieces"];
const kWords: Record<string, string> = { usd: "cost so far", wafers_equivalent: "wafer equivalents", pieces: "pieces" };
const measureOf = (chosen: Chosen): string => chosen["measure"] ?? "pieces";

// Room for the fullest column: stages and losses that leave one place.
function heightFor(view: Table): number {
  const { nodes } = graphOf(view, kMeasures.find((measure) => view.has(measure)) ?? "pieces");
  return Math.max(360, Math.min(900, 120 + 21 * nodes.length));
}

export const chainCard: CardSpec = {
  id: "chain-flow",
  title: "Chain with losses",
  help: "What each stage hands on to the next, and what is lost on the way.",
  needs: [{ table: "flows", columns: ["from", "to", "item", "pieces", "loss"] }],
  wide: true,
  height: heightFor,
  choices: (tables) => [{ id: "measure", label: "Measure", options: kMeasures.filter((c) => tables.table("flows").has(c)), words: (c) => kWords[c]! }],
  view: (tables) => tables.table("flows"),
  caption: (view, _, chosen) => {
    const { backward } = graphOf(view, measureOf(chosen));
    return `Width: ${kWords[measureOf(chosen)]}${view.unit(measureOf(chosen)) ? `, ${view.unit(measureOf(chosen))},` : ""} over the whole horizon; grey bands are losses.${backward ? ` Flows back to an earlier node (${backward}) are in the table only.` : ""}`;
  },
  draw,
};
