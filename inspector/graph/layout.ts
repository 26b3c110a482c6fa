/**
 * Where the boxes of the graph go. Each module has a frame with its own layout, and the frames are
 * laid out as boxes themselves, so that modules stay apart.
 */
import { Graph, layout as dagreLayout } from "@dagrejs/dagre";
import { extent, type Placed, placeInFullColumns } from "./columns.ts";

export const NODE_WIDTH = 190;
export const NODE_HEIGHT = 46;
const GAP = 16;
const RANK_GAP = 56;
const PADDING = 14;
const TITLE = 22;

/** Above this number of boxes in a frame they are placed in columns, which takes linear time. */
const DAGRE_LIMIT = 300;

/** How much larger columns must be shown than ranks, because more of their lines cross. */
const WORTH = 1.2;

/** What is laid out. */
export interface LayoutInput {
  /** The width of the screen divided by its height. */
  readonly aspect: number;
  readonly nodes: readonly {
    readonly id: string;
    readonly module: string;
    /** True for a box that represents all of its module, which needs no frame. */
    readonly isModule?: boolean;
  }[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

/** A rectangle; `x` and `y` are its upper left corner. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Where everything is. */
export interface Layout {
  readonly nodes: ReadonlyMap<string, Box>;
  /** The frame of each module that is not a single box. */
  readonly frames: ReadonlyMap<string, Box>;
  readonly width: number;
  readonly height: number;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

type Link = readonly [from: string, to: string];

/** Lays out a graph; the result does not depend on anything but the input. */
export function layOut({ aspect, nodes, edges }: LayoutInput): Layout {
  const closed = new Set(nodes.flatMap(({ module, isModule }) => isModule ? [module] : []));
  const moduleOf = new Map(nodes.map(({ id, module }) => [id, module]));
  const inside = new Map<string, { sizes: Map<string, Size>; links: Link[] }>();
  for (const { id, module } of nodes) {
    const frame = inside.get(module) ?? { sizes: new Map(), links: [] };
    inside.set(module, frame);
    frame.sizes.set(id, { width: NODE_WIDTH, height: NODE_HEIGHT });
  }
  const between = new Map<string, Link>();
  for (const { from, to } of edges) {
    const source = moduleOf.get(from);
    const target = moduleOf.get(to);
    if (source === undefined || target === undefined || from === to) continue;
    if (source === target) inside.get(source)?.links.push([from, to]);
    else between.set(`${source}\n${target}`, [source, target]);
  }
  const placed = new Map(
    Array.from(
      inside,
      ([module, { sizes, links }]) => [module, place(sizes, links, aspect)] as const,
    ),
  );
  const frameSizes = new Map(
    Array.from(placed, ([module, { width, height }]) => [
      module,
      closed.has(module)
        ? { width, height }
        : { width: width + 2 * PADDING, height: height + 2 * PADDING + TITLE },
    ]),
  );
  const frames = placeFrames(frameSizes, [...between.values()], aspect);
  const boxes = new Map<string, Box>();
  for (const [module, { boxes: own }] of placed) {
    const frame = frames.boxes.get(module);
    if (frame === undefined) continue;
    const [left, top] = closed.has(module) ? [0, 0] : [PADDING, PADDING + TITLE];
    for (const [id, box] of own) {
      boxes.set(id, { ...box, x: frame.x + left + box.x, y: frame.y + top + box.y });
    }
  }
  return {
    nodes: boxes,
    frames: new Map([...frames.boxes].filter(([module]) => !closed.has(module))),
    width: frames.width,
    height: frames.height,
  };
}

/** Of both directions and of columns, what fits the screen at the largest scale. */
function placeFrames(
  sizes: ReadonlyMap<string, Size>,
  links: readonly Link[],
  aspect: number,
): Placed {
  const across = place(sizes, links, aspect, "LR");
  const ordered = [...sizes].sort(([one], [other]) => {
    // Everything with a size has been placed.
    const [a, b] = [across.boxes.get(one)!, across.boxes.get(other)!];
    return a.x - b.x || a.y - b.y;
  });
  const ranked = [across, place(sizes, links, aspect, "TB")]
    .reduce((best, one) => extent(one, aspect) < extent(best, aspect) ? one : best);
  const gaps = { between: RANK_GAP, within: GAP * 2 };
  const columns = placeInFullColumns(ordered, aspect, gaps);
  return extent(columns, aspect) * WORTH < extent(ranked, aspect) ? columns : ranked;
}

/** Connected boxes in ranks, and those without a connection in a grid below. */
function place(
  sizes: ReadonlyMap<string, Size>,
  links: readonly Link[],
  aspect: number,
  direction: "LR" | "TB" = "LR",
): Placed {
  const connected = new Set(links.flat());
  const ranked = [...sizes].filter(([id]) => connected.has(id));
  const alone = [...sizes].filter(([id]) => !connected.has(id));
  const upper = ranked.length > DAGRE_LIMIT || links.length > DAGRE_LIMIT * 4
    ? placeInColumns(ranked, links)
    : placeWithDagre(ranked, links, direction);
  if (alone.length === 0) return upper;
  const lower = placeInGrid(alone, upper.width, aspect);
  const top = upper.height === 0 ? 0 : upper.height + GAP * 2;
  return {
    boxes: new Map([
      ...upper.boxes,
      ...Array.from(lower.boxes, ([id, box]) => [id, { ...box, y: box.y + top }] as const),
    ]),
    width: Math.max(upper.width, lower.width),
    height: top + lower.height,
  };
}

function placeWithDagre(
  sizes: readonly (readonly [string, Size])[],
  links: readonly Link[],
  direction: "LR" | "TB",
): Placed {
  if (sizes.length === 0) return { boxes: new Map(), width: 0, height: 0 };
  const graph = new Graph();
  // To dagre an empty name, which the module of the runtime itself has, is the same as none.
  const nameOf = (id: string) => `#${id}`;
  graph.setGraph({ rankdir: direction, nodesep: GAP, ranksep: RANK_GAP, marginx: 0, marginy: 0 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const [id, { width, height }] of sizes) graph.setNode(nameOf(id), { width, height });
  for (const [from, to] of links) graph.setEdge(nameOf(from), nameOf(to));
  dagreLayout(graph);
  const boxes = new Map<string, Box>();
  let right = 0;
  let bottom = 0;
  for (const [id, { width, height }] of sizes) {
    const { x, y } = graph.node(nameOf(id)) as { readonly x: number; readonly y: number };
    boxes.set(id, { x: x - width / 2, y: y - height / 2, width, height });
    right = Math.max(right, x + width / 2);
    bottom = Math.max(bottom, y + height / 2);
  }
  return { boxes, width: right, height: bottom };
}

/** Boxes in rows; wide enough for the ratio of a screen, or as wide as what is above. */
function placeInGrid(
  sizes: readonly (readonly [string, Size])[],
  atLeast: number,
  aspect: number,
): Placed {
  const area = sizes.reduce(
    (sum, [, { width, height }]) => sum + (width + GAP) * (height + GAP),
    0,
  );
  const limit = Math.max(atLeast, Math.sqrt(area * aspect));
  const boxes = new Map<string, Box>();
  let x = 0;
  let y = 0;
  let row = 0;
  let right = 0;
  for (const [id, { width, height }] of sizes) {
    if (x > 0 && x + width > limit) {
      x = 0;
      y += row + GAP;
      row = 0;
    }
    boxes.set(id, { x, y, width, height });
    right = Math.max(right, x + width);
    row = Math.max(row, height);
    x += width + GAP;
  }
  return { boxes, width: right, height: y + row };
}

/** One block of columns for each rank, next to each other. */
function placeInColumns(
  sizes: readonly (readonly [string, Size])[],
  links: readonly Link[],
): Placed {
  const ranks = ranksOf(sizes.map(([id]) => id), links);
  const blocks: (readonly [string, Size])[][] = [];
  for (const entry of sizes) (blocks[ranks.get(entry[0]) ?? 0] ??= []).push(entry);
  const rows = Math.max(12, Math.ceil(Math.sqrt(sizes.length * 2)));
  const boxes = new Map<string, Box>();
  let left = 0;
  let bottom = 0;
  for (const block of blocks) {
    for (let start = 0; start < block.length; start += rows) {
      let y = 0;
      let widest = 0;
      for (const [id, { width, height }] of block.slice(start, start + rows)) {
        boxes.set(id, { x: left, y, width, height });
        y += height + GAP;
        widest = Math.max(widest, width);
      }
      bottom = Math.max(bottom, y - GAP);
      left += widest + GAP;
    }
    left += RANK_GAP - GAP;
  }
  return { boxes, width: left - RANK_GAP, height: bottom };
}

/** The length of the longest path to each node. Links that close a cycle do not count. */
function ranksOf(ids: readonly string[], links: readonly Link[]): ReadonlyMap<string, number> {
  const targets = new Map<string, string[]>(ids.map((id) => [id, []]));
  const open = new Map<string, number>(ids.map((id) => [id, 0]));
  for (const [from, to] of links) {
    targets.get(from)?.push(to);
    open.set(to, (open.get(to) ?? 0) + 1);
  }
  const ranks = new Map<string, number>(ids.map((id) => [id, 0]));
  const ready = ids.filter((id) => open.get(id) === 0);
  const done = new Set<string>();
  const rest = ids[Symbol.iterator]();
  while (done.size < ids.length) {
    let id = ready.pop();
    // In a cycle nothing is ready: it is entered at its first node.
    // One is left as long as not all are done.
    while (id === undefined || done.has(id)) id = ready.pop() ?? rest.next().value!;
    done.add(id);
    for (const target of targets.get(id) ?? []) {
      if (done.has(target)) continue;
      ranks.set(target, Math.max(ranks.get(target) ?? 0, (ranks.get(id) ?? 0) + 1));
      const left = (open.get(target) ?? 0) - 1;
      open.set(target, left);
      if (left === 0) ready.push(target);
    }
  }
  // Ranks that only nodes of cycles would have used are left out.
  const used = [...new Set(ranks.values())].sort((a, b) => a - b);
  const compact = new Map(used.map((rank, index) => [rank, index]));
  return new Map(Array.from(ranks, ([id, rank]) => [id, compact.get(rank) ?? 0]));
}
