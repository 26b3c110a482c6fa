/** What a reload changes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type PlanOptions, planReload } from "../../../../src/kernel/reload/plan.ts";

type Graph = Readonly<Record<string, readonly string[]>>;

/** The plan from one graph of dependencies to another. */
function plan(
  previous: Graph,
  next: Graph,
  changed: readonly string[] = [],
  hasRead: PlanOptions["hasRead"] = () => false,
) {
  const version = (graph: Graph) => ({
    urns: Object.keys(graph),
    dependenciesOf: (urn: string) => graph[urn] ?? [],
  });
  const planned = planReload({
    previous: version(previous),
    next: version(next),
    isSame: (urn) => !changed.includes(urn),
    hasRead,
  });
  return Object.fromEntries(
    Object.entries(planned).map(([name, urns]) => [name, [...urns].sort().join(" ")]),
  );
}

const NOTHING = { added: "", removed: "", changed: "", dependent: "" };

test("nothing changes if nothing did", () => {
  assert.deepEqual(plan({ a: ["b"], b: [] }, { a: ["b"], b: [] }), NOTHING);
});

test("a change reaches what depends on it, and nothing else", () => {
  const graph = { server: ["api"], api: ["db"], db: [], other: ["cache"], cache: [] };
  assert.deepEqual(plan(graph, graph, ["db"]), {
    ...NOTHING,
    changed: "db",
    dependent: "api server",
  });
  assert.deepEqual(plan(graph, graph, ["server"]), { ...NOTHING, changed: "server" });
});

test("what is added or removed reaches what depends on it", () => {
  const [one, two] = [{ a: ["b"], b: [], c: [] }, { a: [], c: ["d"], d: [] }];
  assert.deepEqual(plan(one, two), {
    added: "d",
    removed: "b",
    changed: "",
    dependent: "a c",
  });
});

test("a change reaches what has looked at the resource, and what depends on that", () => {
  const graph = { user: ["reader"], reader: [], listed: [], other: [] };
  const hasRead = (urn: string, other: string) => urn === "reader" && other === "listed";
  assert.deepEqual(plan(graph, graph, ["listed"], hasRead), {
    ...NOTHING,
    changed: "listed",
    dependent: "reader user",
  });
  assert.deepEqual(plan(graph, graph, ["other"], hasRead), { ...NOTHING, changed: "other" });
  // What an instance looked at and did not find may exist now.
  assert.equal(
    plan({ reader: [] }, { reader: [], listed: [] }, [], hasRead)["dependent"],
    "reader",
  );
});

test("a long chain of dependencies is followed to its end", () => {
  const graph = Object.fromEntries(
    Array.from(
      { length: 20_000 },
      (_, index) => [`r${index}`, index === 0 ? [] : [`r${index - 1}`]],
    ),
  );
  assert.equal(plan(graph, graph, ["r0"])["dependent"]!.split(" ").length, 19_999);
});
