/** What the graph of the inspector shows, and where. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { EdgeReason } from "../../../src/inspector/api.ts";
import { type Box, layOut } from "../../../inspector/graph/layout.ts";
import { edgePath, placeLabels, pointOn } from "../../../inspector/graph/lines.ts";
import {
  COLLAPSE_ABOVE,
  type Filters,
  type GraphEdge,
  type GraphResource,
  kindGroup,
  moduleGroup,
  viewGraph,
} from "../../../inspector/graph/model.ts";
import {
  boxAt,
  centre,
  fitAll,
  fitReadable,
  isVisible,
  neighbourOf,
  reveal,
  zoomAt,
} from "../../../inspector/graph/viewport.ts";

const ALL: Filters = {
  query: "",
  inState: undefined,
  kind: undefined,
  hidden: new Set(),
  neighbours: true,
  open: new Set(),
};

function resource(kind: string, name: string): GraphResource {
  return { urn: `${kind}.${name}`, kind, name, module: kind.split(".")[0]! };
}

function edge(from: string, to: string, ...reasons: EdgeReason[]): GraphEdge {
  return { from, to, reasons: reasons.length === 0 ? ["execution"] : reasons };
}

function many(kind: string, count: number): GraphResource[] {
  return Array.from({ length: count }, (_, index) => resource(kind, `N${index}`));
}

const ids = ({ nodes }: { readonly nodes: readonly { readonly id: string }[] }) =>
  nodes.map(({ id }) => id);

const RESOURCES = [
  resource("Http.Route", "Add"),
  resource("Sql.Query", "Add"),
  resource("Sql.Query", "List"),
  resource("Sql.Connection", "Main"),
];
const EDGES = [
  edge("Http.Route.Add", "Sql.Query.Add"),
  edge("Sql.Query.Add", "Sql.Connection.Main", "ready", "reference"),
  edge("Sql.Query.List", "Sql.Connection.Main", "ready"),
];

describe("the boxes of the graph", () => {
  test("are all resources where they are few", () => {
    const graph = viewGraph(RESOURCES, EDGES, ALL);
    assert.deepEqual(ids(graph), RESOURCES.map(({ urn }) => urn));
    assert.equal(graph.matches, 4);
    assert.equal(graph.isGrouped, false);
  });

  test("are those that match, with their neighbours as context", () => {
    const graph = viewGraph(RESOURCES, EDGES, { ...ALL, query: " sql.query.A" });
    assert.deepEqual(
      graph.nodes.map(({ id, isContext }) => [id, isContext]),
      [["Http.Route.Add", true], ["Sql.Query.Add", false], ["Sql.Connection.Main", true]],
    );
    assert.equal(graph.matches, 1);
    const alone = viewGraph(RESOURCES, EDGES, { ...ALL, query: "query.add", neighbours: false });
    assert.deepEqual(ids(alone), ["Sql.Query.Add"]);
    assert.deepEqual(alone.edges, []);
  });

  test("are filtered by kind, state and module", () => {
    const only = { ...ALL, neighbours: false };
    assert.deepEqual(ids(viewGraph(RESOURCES, EDGES, { ...only, kind: "Sql.Query" })), [
      "Sql.Query.Add",
      "Sql.Query.List",
    ]);
    const inState = new Set(["Sql.Query.List"]);
    assert.deepEqual(ids(viewGraph(RESOURCES, EDGES, { ...only, inState })), ["Sql.Query.List"]);
    assert.deepEqual(ids(viewGraph(RESOURCES, EDGES, { ...only, query: "http" })), [
      "Http.Route.Add",
    ]);
  });

  test("are modules, then kinds, then resources where they are many", () => {
    const resources = [
      ...many("Http.Route", 10),
      ...many("Sql.Query", COLLAPSE_ABOVE),
      resource("Sql.Connection", "Main"),
    ];
    const edges = resources.slice(10, -1).map(({ urn }) => edge(urn, "Sql.Connection.Main"));
    edges.push(edge("Http.Route.N0", "Sql.Query.N0"), edge("Http.Route.N1", "Sql.Query.N1"));
    const closed = viewGraph(resources, edges, ALL);
    assert.deepEqual(closed.nodes.map(({ label, sublabel }) => `${label}: ${sublabel}`), [
      "Http: 10 resources",
      "Sql: 301 resources",
    ]);
    assert.deepEqual(closed.edges.map(({ from, to, members }) => [from, to, members.length]), [
      [moduleGroup("Http"), moduleGroup("Sql"), 2],
    ]);
    const open = new Set([moduleGroup("Sql")]);
    assert.deepEqual(ids(viewGraph(resources, edges, { ...ALL, open })), [
      moduleGroup("Http"),
      kindGroup("Sql", "Sql.Query"),
      kindGroup("Sql", "Sql.Connection"),
    ]);
    open.add(kindGroup("Sql", "Sql.Query"));
    assert.equal(viewGraph(resources, edges, { ...ALL, open }).nodes.length, 302);
    // A group of one resource would say less than the resource.
    const one = viewGraph([...resources, resource("Cache.Store", "Main")], [], ALL);
    assert.deepEqual(ids(one).at(-1), "Cache.Store.Main");
    assert.deepEqual(one.nodes.at(-1)!.sublabel, "Store");
    // A search that finds few resources shows them without groups.
    const found = viewGraph(resources, edges, { ...ALL, query: "route.n1", neighbours: false });
    assert.deepEqual(ids(found), ["Http.Route.N1"]);
  });

  test("are kinds at once if there is one module", () => {
    const graph = viewGraph(many("Sql.Query", 400), [], ALL);
    assert.deepEqual(ids(graph), [kindGroup("Sql", "Sql.Query")]);
  });
});

describe("the lines of the graph", () => {
  test("have the reason that says most and is not hidden", () => {
    const reasons = (hidden: EdgeReason[]) =>
      viewGraph(RESOURCES, EDGES, { ...ALL, hidden: new Set(hidden) })
        .edges.map(({ reason }) => reason);
    assert.deepEqual(reasons([]), ["execution", "reference", "ready"]);
    assert.deepEqual(reasons(["reference"]), ["execution", "ready", "ready"]);
    assert.deepEqual(reasons(["reference", "ready"]), ["execution"]);
  });
});

describe("the layout", () => {
  const graphOf = (resources: readonly GraphResource[], edges: readonly GraphEdge[]) => ({
    aspect: 1.7,
    nodes: resources.map(({ urn, module }) => ({ id: urn, module })),
    edges,
  });

  function overlapping(boxes: readonly Box[]): number {
    let count = 0;
    for (const [index, a] of boxes.entries()) {
      for (const b of boxes.slice(index + 1)) {
        const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y ||
          b.y + b.height <= a.y;
        if (!apart) count++;
      }
    }
    return count;
  }

  const inside = (inner: Box, outer: Box) =>
    inner.x >= outer.x && inner.y >= outer.y && inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height;

  test("has a frame for each module, and nothing overlaps", () => {
    const { nodes, frames, width, height } = layOut(graphOf(RESOURCES, EDGES));
    assert.deepEqual([...frames.keys()], ["Http", "Sql"]);
    for (const { urn, module } of RESOURCES) {
      assert.ok(inside(nodes.get(urn)!, frames.get(module)!), urn);
    }
    assert.equal(overlapping([...nodes.values()]), 0);
    assert.equal(overlapping([...frames.values()]), 0);
    assert.ok(inside(frames.get("Sql")!, { x: 0, y: 0, width, height }));
    // Lines go from left to right.
    assert.ok(nodes.get("Sql.Query.Add")!.x < nodes.get("Sql.Connection.Main")!.x);
  });

  test("keeps frames apart however modules are connected", () => {
    let seed = 7;
    const random = (below: number) => (seed = (seed * 16_807) % 2_147_483_647) % below;
    for (let round = 0; round < 60; round++) {
      const sizes = Array.from({ length: 3 + random(7) }, () => 1 + random(9));
      const resources = sizes.flatMap((size, index) =>
        // The module of the runtime itself has no name.
        many(index === 0 ? ".Kind" : `M${index}.Kind`, size)
      );
      const anyUrn = () => resources[random(resources.length)]!.urn;
      const edges = resources.map(() => edge(anyUrn(), anyUrn()));
      for (const aspect of [1.7, 0.55]) {
        const { nodes, frames } = layOut({ ...graphOf(resources, edges), aspect });
        assert.equal(overlapping([...frames.values()]), 0, `round ${round}`);
        assert.equal(overlapping([...nodes.values()]), 0, `round ${round}`);
      }
    }
  });

  test("has no frame for a module that is a single box", () => {
    const { nodes, frames } = layOut({
      aspect: 1,
      nodes: [
        { id: moduleGroup("Http"), module: "Http", isModule: true },
        { id: "Sql.Query.A", module: "Sql" },
      ],
      edges: [{ from: moduleGroup("Http"), to: "Sql.Query.A" }],
    });
    assert.deepEqual([...frames.keys()], ["Sql"]);
    assert.equal(overlapping([...frames.values(), nodes.get(moduleGroup("Http"))!]), 0);
  });

  test("is wide on a wide screen and high on a high one", () => {
    const resources = ["A", "B", "C", "D", "E"].map((kind) => resource(`${kind}.Kind`, "Main"));
    const chain = resources.slice(1).map(({ urn }, index) => edge(resources[index]!.urn, urn));
    const wide = layOut({ ...graphOf(resources, chain), aspect: 3 });
    const high = layOut({ ...graphOf(resources, chain), aspect: 0.3 });
    assert.ok(wide.width > wide.height);
    assert.ok(high.width < high.height);
  });

  test("stacks small modules next to a large one, so that text stays large", () => {
    const kinds = ["A", "B", "C", "D", "E"];
    const resources = [
      ...many("Sql.Query", 11),
      ...kinds.map((kind) => resource(`${kind}.K`, "M")),
    ];
    const edges = kinds.map((kind, index) => edge(`${kind}.K.M`, `Sql.Query.N${index}`));
    const chain = kinds.slice(1).map((kind, index) => edge(`${kinds[index]}.K.M`, `${kind}.K.M`));
    const { frames, ...size } = layOut({
      ...graphOf(resources, [...edges, ...chain]),
      aspect: 1.8,
    });
    assert.equal(overlapping([...frames.values()]), 0);
    assert.ok(fitAll(size, { width: 1280, height: 700 }).scale > 0.8, JSON.stringify(size));
  });

  test("is the same for the same graph", () => {
    assert.deepEqual(layOut(graphOf(RESOURCES, EDGES)), layOut(graphOf(RESOURCES, EDGES)));
  });

  test("of nothing is empty", () => {
    assert.deepEqual(layOut({ aspect: 1, nodes: [], edges: [] }).nodes.size, 0);
  });

  test("places cycles and many boxes", () => {
    const resources = many("Sql.Query", 1000);
    const edges = resources.slice(0, 600).map(({ urn }, index) =>
      edge(urn, `Sql.Query.N${(index * 7 + 1) % 600}`)
    );
    const { nodes } = layOut(graphOf(resources, edges));
    assert.equal(nodes.size, 1000);
    assert.equal(overlapping([...nodes.values()]), 0);
  });

  test("of 5,000 boxes takes a moment only", () => {
    const resources = many("Sql.Query", 5000);
    const edges = resources.map(({ urn }, index) => edge(urn, `Sql.Query.N${index >> 1}`));
    const start = performance.now();
    const { nodes } = layOut(graphOf(resources, edges));
    assert.equal(nodes.size, 5000);
    // It takes about 50 ms; a quadratic one would take minutes.
    assert.ok(performance.now() - start < 10_000);
  });
});

describe("the line between two boxes", () => {
  const box = (x: number, y: number): Box => ({ x, y, width: 100, height: 40 });
  const ends = (from: Box, to: Box) => [pointOn(from, to, 0), pointOn(from, to, 1)];

  test("leaves and reaches the sides that face each other", () => {
    const from = box(200, 200);
    for (
      const [to, start, end] of [
        [box(500, 100), { x: 300, y: 220 }, { x: 500, y: 120 }],
        [box(0, 300), { x: 200, y: 220 }, { x: 100, y: 320 }],
        [box(220, 280), { x: 250, y: 240 }, { x: 270, y: 280 }],
        [box(220, 120), { x: 250, y: 200 }, { x: 270, y: 160 }],
        // Beside what may be between them.
        [box(220, 600), { x: 300, y: 220 }, { x: 320, y: 620 }],
      ] as const
    ) assert.deepEqual(ends(from, to), [start, end]);
    assert.equal(edgePath(from, box(500, 100)), "M300 220C400 220 400 120 500 120");
    assert.ok(pointOn(from, box(220, 600), 0.5).x > 340);
  });

  test("has its label beside boxes, titles and other labels, where there is room", () => {
    const line = { text: "12/s", from: box(0, 0), to: box(500, 0) };
    assert.deepEqual(placeLabels([line], []), [{ x: 300, y: 20 }]);
    const [first, second] = placeLabels([line, line], [box(250, 0)]);
    assert.ok(first!.x + 12 < 250 || first!.x - 12 > 350, JSON.stringify(first));
    assert.ok(Math.abs(first!.x - second!.x) > 24);
    assert.deepEqual(placeLabels([line], [{ x: 0, y: 0, width: 600, height: 40 }]), [
      { x: 300, y: 20 },
    ]);
  });
});

describe("the viewport", () => {
  const screen = { width: 1000, height: 500 };
  const boxes = new Map([
    ["a", { x: 0, y: 0, width: 100, height: 40 }],
    ["b", { x: 200, y: 10, width: 100, height: 40 }],
    ["c", { x: 200, y: 300, width: 100, height: 40 }],
  ]);

  test("fits everything, at its natural size at most", () => {
    assert.equal(fitAll({ width: 100, height: 100 }, screen).scale, 1);
    const view = fitAll({ width: 10_000, height: 100 }, screen);
    assert.ok(isVisible({ x: 9_990, y: 50, width: 10, height: 10 }, view, screen));
  });

  test("begins with a part of what could not be read as a whole", () => {
    const small = { width: 900, height: 300 };
    assert.deepEqual(fitReadable(small, screen), fitAll(small, screen));
    // A little smaller is better than a part.
    const larger = { width: (screen.width - 40) / 0.75, height: 300 };
    assert.equal(fitReadable(larger, screen).scale, 0.75);
    assert.deepEqual(fitReadable({ width: 10_000, height: 100 }, screen), {
      x: 20,
      y: 210,
      scale: 0.8,
    });
  });

  test("keeps the point below the pointer while it zooms, within limits", () => {
    const view = zoomAt({ x: 10, y: 20, scale: 1 }, 2, 110, 220);
    assert.deepEqual(view, { x: -90, y: -180, scale: 2 });
    assert.equal(zoomAt(view, 1000, 0, 0).scale, 2.5);
    assert.equal(zoomAt(view, 0, 0, 0).scale, 0.01);
  });

  test("finds the box at a point and the next one in a direction", () => {
    const view = { x: 50, y: 50, scale: 2 };
    assert.equal(boxAt(boxes, view, 60, 60), "a");
    assert.equal(boxAt(boxes, view, 40, 60), undefined);
    assert.equal(neighbourOf(boxes, "a", "ArrowRight"), "b");
    assert.equal(neighbourOf(boxes, "b", "ArrowDown"), "c");
    assert.equal(neighbourOf(boxes, "c", "ArrowLeft"), "a");
    assert.equal(neighbourOf(boxes, "a", "ArrowLeft"), undefined);
    assert.equal(neighbourOf(boxes, "", "ArrowRight"), "a");
  });

  test("moves only as far as needed", () => {
    const view = { x: 0, y: 0, scale: 1 };
    assert.equal(reveal(view, { x: 100, y: 100, width: 10, height: 10 }, screen), view);
    assert.deepEqual(reveal(view, { x: 1000, y: 100, width: 10, height: 10 }, screen), {
      x: -30,
      y: 0,
      scale: 1,
    });
    assert.deepEqual(centre({ ...view, scale: 0.1 }, boxes.get("c")!, screen), {
      x: 300,
      y: -6,
      scale: 0.8,
    });
  });
});
