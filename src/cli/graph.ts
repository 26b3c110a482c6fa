/** `digly graph`: shows the resources of an app and why they are connected. */
import type { CodeTrust } from "../contract/code.ts";
import type { ResourceGraph } from "../contract/graph.ts";
import type { GRAPH_FORMATS } from "./graph_formats.ts";
import type { CliHost, CommonOptions } from "./host.ts";
import { openSession } from "./session.ts";

/** The options of `graph`. */
export interface GraphOptions extends CommonOptions {
  readonly format: (typeof GRAPH_FORMATS)[number];
}

/** Prints the graph of the app at `path`; resolves with the exit code. */
export async function graph(host: CliHost, path: string, options: GraphOptions): Promise<number> {
  const { kernel, platform: { stdout }, report } = await openSession(host, options, {});
  let found: ResourceGraph;
  try {
    await kernel.load(path);
    await kernel.verify();
    found = await kernel.graph();
  } catch (error) {
    report(error);
    return 1;
  }
  const write: Readonly<Record<GraphOptions["format"], (graph: ResourceGraph) => string>> = {
    text: asText,
    mermaid: asMermaid,
    dot: asDot,
    json: (graph) => JSON.stringify(graph, undefined, stdout.isTerminal ? 2 : undefined) + "\n",
  };
  stdout.write(write[options.format](found));
  return 0;
}

function label({ why, field }: ResourceGraph["connections"][number]): string {
  return field === "" ? why : `${why}, ${field}`;
}

/** A resource with what runs its code, unless that is trusted as most code is. */
function named(urn: string, code: CodeTrust | undefined): string {
  return code === undefined || code === "trusted" ? urn : `${urn} [${code}]`;
}

/** Each resource with what it is connected to below it. */
function asText({ resources, connections }: ResourceGraph): string {
  return resources.map(({ urn, code }) => {
    const own = connections.filter(({ from }) => from === urn);
    return [named(urn, code), ...own.map((one) => `  -> ${one.to} (${label(one)})`)].join("\n") +
      "\n";
  }).join("");
}

function asMermaid({ resources, connections }: ResourceGraph): string {
  const ids = new Map(resources.map(({ urn }, index) => [urn, `r${index}`]));
  // In a label, quotes end it, and a hash begins an entity.
  const quoted = (text: string) => `"${text.replaceAll("#", "#35;").replaceAll('"', "#quot;")}"`;
  return [
    "flowchart LR",
    ...resources.map(({ urn, code }) => `  ${ids.get(urn)}[${quoted(named(urn, code))}]`),
    ...connections.map((one) =>
      `  ${ids.get(one.from)} -->|${quoted(label(one))}| ${ids.get(one.to)}`
    ),
  ].join("\n") + "\n";
}

function asDot({ resources, connections }: ResourceGraph): string {
  const quoted = (text: string) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  return [
    "digraph app {",
    "  rankdir=LR;",
    "  node [shape=box];",
    ...resources.map(({ urn, code }) =>
      code === undefined || code === "trusted"
        ? `  ${quoted(urn)};`
        : `  ${quoted(urn)} [label=${quoted(named(urn, code))}];`
    ),
    ...connections.map((one) =>
      `  ${quoted(one.from)} -> ${quoted(one.to)} [label=${quoted(label(one))}];`
    ),
    "}",
  ].join("\n") + "\n";
}
