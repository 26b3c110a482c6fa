/**
 * From text to registry: what templating costs, beside parsing alone. Every case runs
 * interleaved with `js-yaml` and `yaml` reading the same text, so that the ratios hold on a
 * machine whose speed changes. `jsonnet` makes the same resources where it is installed.
 */
import { spawnSync } from "node:child_process";
import { loadAll } from "js-yaml";
import { parseAllDocuments } from "yaml";
import { Kernel } from "../src/kernel/kernel.ts";
import { memoryPlatform } from "../src/platform/memory.ts";
import { type Case, computed, interleave, perItem, type Table, timed } from "./measure.ts";

const DEFINITION =
  "kind: Runtime.Definition\nmetadata: { name: Route, resourceKind: Route, module: Shop }\n";
const MANIFEST = "name: App\ndefinitions: [route.yaml]\n---\n";
const FIELDS = ["host", "path", "owner", "team", "region"];

/** A document with ten interpolations. */
function interpolated(index: number): string {
  const lines = FIELDS.map((field) => `${field}: "\${name}-${field}-\${n + 1}"`);
  return `kind: Shop.Route\nmetadata: { name: r${index} }\n$let: { n: ${index}, name: "'r'" }\n${
    lines.join("\n")
  }\n`;
}

/** A document without expressions, of about 200 bytes. */
function plain(index: number): string {
  return `kind: Shop.Route
metadata:
  name: route-${index}
  team: shop
path: /v1/items/${index}
method: GET
port: ${8000 + index % 1000}
tags: [public, cached]
limits:
  rate: 100
  burst: 20
  perUser: true
description: "Item ${index} of the shop"
`;
}

/** One template and one instance that generate `count` resources. */
function template(count: number): string {
  return `kind: TemplateDefinition
metadata: { name: Routes }
schema: { type: object, properties: { count: { type: integer } }, required: [count] }
resources:
  - for: i in range(count)
    kind: Shop.Route
    metadata: { name: "route-\${{ i }}" }
    path: "/v1/items/\${{ i }}"
    method: GET
    port: \${{ 8000 + i % 1000 }}
    tags: [public, cached]
    limits: { rate: 100, burst: 20 }
    description: "Item \${{ i }} of \${{ count }}"
---
kind: App.Routes
metadata: { name: All }
count: ${count}
`;
}

// Strings are joined by `+`: jsonnet's own `%` takes a hundred times as long.
const JSONNET = `[{ kind: 'Shop.Route', metadata: { name: 'route-' + i },
  path: '/v1/items/' + i, method: 'GET', port: 8000 + i % 1000, tags: ['public', 'cached'],
  limits: { rate: 100, burst: 20 }, description: 'Item ' + i + ' of 10000' }
  for i in std.range(0, 9999)]`;

/** Loads an app up to its frozen registry. */
async function load(text: string, resources: number): Promise<void> {
  const platform = memoryPlatform({
    files: { "/app/runtime.yaml": MANIFEST + text, "/app/route.yaml": DEFINITION },
  });
  const kernel = new Kernel({
    platform,
    builtins: { files: {}, controllers: {} },
    limits: { manifestBytes: 1e9 },
  });
  await kernel.load("/app/runtime.yaml");
  const loaded = kernel.resources().filter(({ kind }) => kind === "Shop.Route").length;
  if (loaded !== resources) throw new Error(`${loaded} resources instead of ${resources}`);
}

function documents(count: number, make: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => make(index)).join("---\n");
}

function parsing(text: string): Case[] {
  return [
    computed("js-yaml, parsing alone", () => loadAll(text)),
    computed("yaml, parsing alone", () => parseAllDocuments(text).map((one) => one.toJS())),
  ];
}

/** Measures this question. */
export async function measure(quick: boolean): Promise<Table[]> {
  const rounds = quick ? 3 : 7;
  const many = documents(10_000, interpolated);
  const large = documents(10_000, plain);
  const hasJsonnet = spawnSync("jsonnet", ["--version"]).status === 0;
  const [small, big] = await interleave([
    computed("10,000", () => load(template(10_000), 10_000)),
    computed("100,000", () => load(template(100_000), 100_000)),
  ], 3);
  return [
    {
      title: "10,000 documents with ten expressions each, from text to registry",
      unit: "ms",
      rows: await interleave(
        [computed("digly", () => load(many, 10_000)), ...parsing(many)],
        rounds,
      ),
    },
    {
      title: `${(large.length / 1e6).toFixed(1)} MB of plain documents, from text to registry`,
      unit: "ms",
      rows: await interleave(
        [computed("digly", () => load(large, 10_000)), ...parsing(large)],
        rounds,
      ),
      goals: [
        { against: "js-yaml, parsing alone", atMost: 2.5 },
        { against: "yaml, parsing alone", atMost: 1 },
      ],
    },
    {
      title: "10,000 resources from one template",
      unit: "ms",
      rows: await interleave([
        // The CPU time of another process is not known here, so both are timed.
        timed("digly", () => load(template(10_000), 10_000)),
        ...(hasJsonnet ? [timed("jsonnet", () => spawnSync("jsonnet", ["-e", JSONNET]))] : []),
      ], rounds),
      note: hasJsonnet
        ? "jsonnet is a process of its own and makes the same objects, without kinds and schemas."
        : "jsonnet is not installed here, so it is not compared.",
    },
    {
      title: "One resource from a template, of 100,000 and of 10,000",
      unit: "µs",
      rows: [perItem(big!, 100_000), perItem(small!, 10_000)],
      goals: [{ against: "10,000", atMost: 1.3 }],
    },
  ];
}
