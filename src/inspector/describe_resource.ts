/** Everything about one resource. */
import { didYouMean } from "../diagnostics/nearest.ts";
import type { RegistryEntry } from "../load/registry/registry.ts";
import type { FieldOrigin, ResourceView } from "./api.ts";
import { capture } from "./capture.ts";
import { notFound } from "./errors.ts";
import { originsOf } from "./field_origins.ts";
import type { InspectedApp } from "./inspected_app.ts";
import { routesOf } from "./servers.ts";

/** How many executions and log lines are shown with a resource. */
const LATEST = 20;

/** The longest source of a resource, in lines. */
const MOST_LINES = 500;

/** How long its `snapshot()` may take, in milliseconds. */
const SNAPSHOT_MS = 2_000;

/** Describes the resource `urn`. */
export async function describeResource(app: InspectedApp, urn: string): Promise<ResourceView> {
  const { run, redact, places, executions, history, now } = app;
  const { byUrn } = await run.describe();
  const fixed = byUrn.get(urn);
  const entry = run.entry(urn);
  if (fixed === undefined || entry === undefined) {
    throw notFound(`There is no resource "${urn}"`, didYouMean(urn, [...byUrn.keys()]));
  }
  const { kernel } = run;
  const { kind: _kind, metadata, ...fields } = entry.resource;
  const described = kernel.inspect().describe(urn);
  const edges = (await run.edges(now())).filter(({ from, to }) => from === urn || to === urn);
  return {
    ...run.live(now())(fixed),
    source: sourceOf(entry, app),
    fields: capture(fields, redact).value as Readonly<Record<string, unknown>>,
    metadata: capture(metadata, redact).value as Readonly<Record<string, unknown>>,
    origins: originsOf(entry, fixed.instanceOf, places) satisfies FieldOrigin[],
    documentation: await documentationOf(app, entry.kind),
    ...(described?.input === undefined ? {} : { inputSchema: described.input }),
    ...(described?.output === undefined ? {} : { outputSchema: described.output }),
    ...await snapshotOf(app, urn),
    requests: routesOf(app, urn),
    edges,
    executions: executions.list({ resource: urn, limit: LATEST }).items,
    logs: history.logs.page({ limit: LATEST, matches: ({ owner }) => owner === urn }).items,
  };
}

/** The lines from the beginning of a resource to the next document. */
function sourceOf(
  { manifest }: RegistryEntry,
  { redact, places }: InspectedApp,
): ResourceView["source"] {
  const origin = manifest.originAt([]);
  const lines = (manifest.source.renamed?.original ?? manifest.source).text.split("\n");
  let first = origin.line - 1;
  // Comments above a resource are a part of it, and a resource in a list ends where its indent does.
  while (first > 0 && /^\s*#/.test(lines[first - 1] ?? "")) first--;
  const indent = Math.max(0, origin.column - 1);
  let end = origin.line;
  for (; end < lines.length && end - first < MOST_LINES; end++) {
    const line = lines[end] ?? "";
    if (/^(?:---|\.\.\.)(?:\s|$)/.test(line)) break;
    if (indent > 0 && line.trim() !== "" && line.search(/\S/) < indent) break;
  }
  while (end > origin.line && lines[end - 1]?.trim() === "") end--;
  return {
    file: places.file(origin.file),
    firstLine: first + 1,
    text: redact(lines.slice(first, end).join("\n")),
  };
}

async function documentationOf(
  { run: { kernel } }: InspectedApp,
  kind: string,
): Promise<ResourceView["documentation"]> {
  const described = (await kernel.kinds()).find((one) => one.kind === kind);
  if (described === undefined) return {};
  const { description, schema, example, definedIn } = described;
  return {
    ...(description === null ? {} : { description }),
    ...(schema === null ? {} : { schema }),
    ...(example === null ? {} : { example }),
    ...(definedIn === null ? {} : { definedIn }),
  };
}

async function snapshotOf(
  { run: { kernel }, redact }: InspectedApp,
  urn: string,
): Promise<Pick<ResourceView, "snapshot" | "snapshotError">> {
  const taken = (await kernel.instanceSnapshots(SNAPSHOT_MS, urn)).get(urn);
  if (taken?.snapshotError !== undefined) return { snapshotError: redact(taken.snapshotError) };
  return taken?.snapshot === undefined ? {} : { snapshot: capture(taken.snapshot, redact).value };
}
