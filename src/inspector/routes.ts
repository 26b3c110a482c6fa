/** The paths of the API and who answers them. */
import { eventMatcher } from "../observe/event_reader.ts";
import { didYouMean } from "../diagnostics/nearest.ts";
import type {
  ClusterStatusView,
  LogItem,
  ResourceSnapshotView,
  RoutesView,
  SnapshotsView,
} from "./api.ts";
import { describeJob, describeJobs, execute, sendRequest } from "./actions.ts";
import { capture } from "./capture.ts";
import { describeExecution, findRecording } from "./describe_execution.ts";
import { describeResource } from "./describe_resource.ts";
import { badRequest, notFound, RequestProblem } from "./errors.ts";
import type { InspectedApp } from "./inspected_app.ts";
import { asSaveTestRequest } from "./request_bodies.ts";
import { routesOf } from "./servers.ts";
import { saveTest } from "./test_file.ts";

const LEVELS = ["debug", "info", "warn", "error"] as const;

const DEFAULT_LIMIT = 100;
const LARGEST_LIMIT = 2_000;

/** How long the `snapshot()` of a resource may take, in milliseconds. */
const SNAPSHOT_MS = 2_000;

/** A request to the API. */
export interface ApiRequest {
  readonly method: string;
  /** Below `/api/v1/`, decoded. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  /** Reads the body as JSON. */
  readonly readBody: () => Promise<unknown>;
}

type Answer = (app: InspectedApp, request: ApiRequest) => unknown;

/** The word of a path that `:` matched. */
function wordOf([, word = ""]: readonly string[]): string {
  return word;
}

/** `:` in a path matches any word. */
export const ROUTES: readonly (readonly [method: string, path: string, answer: Answer])[] = [
  ["GET", "resources", listResources],
  ["GET", "resources/:", (app, { path }) => describeResource(app, wordOf(path))],
  ["GET", "graph", describeGraph],
  ["GET", "routes", (app, { query }) => {
    allow(query);
    return { items: routesOf(app) } satisfies RoutesView;
  }],
  ["GET", "executions", listExecutions],
  ["POST", "executions", async (app, { readBody }) => execute(app, await readBody())],
  [
    "GET",
    "executions/:",
    (app, { path }) => describeExecution(app, findRecording(app, wordOf(path))),
  ],
  [
    "POST",
    "executions/:/test",
    async (app, { path, readBody }) =>
      await saveTest(findRecording(app, wordOf(path)), asSaveTestRequest(await readBody()), {
        ...app,
        manifest: app.run.kernel.inspect().manifest.url,
      }),
  ],
  ["POST", "requests", async (app, { readBody }) => sendRequest(app, await readBody())],
  ["GET", "events", listEvents],
  ["GET", "logs", listLogs],
  ["GET", "snapshots", listSnapshots],
  ["GET", "jobs", (app, { query }) => describeJobs(app, limitOf(query))],
  ["GET", "jobs/:", (app, { path }) => describeJob(app, wordOf(path))],
  ["POST", "jobs/:/retry", (app, { path }) => describeJob(app, wordOf(path), "retry")],
  ["POST", "jobs/:/cancel", (app, { path }) => describeJob(app, wordOf(path), "cancel")],
  ["GET", "cluster", describeCluster],
  ["GET", "reloads", ({ history }, { query }) => {
    allow(query, "after", "limit");
    return history.reloads.page({ after: afterOf(query), limit: limitOf(query) });
  }],
];

/** Paths that the server itself answers. */
const OF_SERVER = ["app", "stream"];

/** Answers a request. Throws a {@link RequestProblem} for one that cannot be answered. */
export async function answer(app: InspectedApp, request: ApiRequest): Promise<unknown> {
  const fitting = ROUTES.filter(([, path]) => matches(path, request.path));
  const route = fitting.find(([method]) => method === request.method);
  if (route !== undefined) return await route[2](app, request);
  const path = request.path.join("/");
  if (fitting.length === 0) {
    const names = [...new Set([...ROUTES.map(([, one]) => one.split("/")[0] ?? ""), ...OF_SERVER])];
    throw notFound(`There is no path /api/v1/${path}`, didYouMean(request.path[0] ?? "", names));
  }
  throw new RequestProblem(
    405,
    "METHOD_NOT_ALLOWED",
    `/api/v1/${path} cannot be used with ${request.method}`,
    `Use ${fitting.map(([method]) => method).join(" or ")}`,
  );
}

function matches(pattern: string, path: readonly string[]): boolean {
  const words = pattern.split("/");
  return words.length === path.length &&
    words.every((word, index) => word === ":" || word === path[index]);
}

async function listResources({ run, now }: InspectedApp, { query }: ApiRequest): Promise<unknown> {
  allow(query, "after", "limit");
  const { resources } = await run.describe();
  const after = afterOf(query) ?? 0;
  const end = after + limitOf(query, LARGEST_LIMIT);
  return {
    total: resources.length,
    ...(end < resources.length ? { next: end } : {}),
    items: resources.slice(after, end).map(run.live(now())),
  };
}

async function describeGraph({ run, now }: InspectedApp, { query }: ApiRequest): Promise<unknown> {
  allow(query);
  const { resources } = await run.describe();
  const at = now();
  return { nodes: resources.map(run.live(at)), edges: await run.edges(at) };
}

function listExecutions({ executions }: InspectedApp, { query }: ApiRequest): unknown {
  allow(query, "resource", "trace", "failed", "after", "limit");
  const failed = query.get("failed");
  if (failed !== null && failed !== "true" && failed !== "false") {
    throw badRequest(`\`failed\` must be true or false, not "${failed}"`);
  }
  return executions.list({
    resource: query.get("resource") ?? undefined,
    trace: query.get("trace") ?? undefined,
    failed: failed === null ? undefined : failed === "true",
    after: afterOf(query),
    limit: limitOf(query),
  });
}

function listEvents({ history }: InspectedApp, { query }: ApiRequest): unknown {
  allow(query, "name", "resource", "kind", "trace", "after", "limit");
  const name = query.get("name");
  const [resource, kind, trace] = ["resource", "kind", "trace"].map((key) => query.get(key));
  const fits = name === null ? () => true : eventMatcher(name);
  return history.events.page({
    after: afterOf(query),
    limit: limitOf(query),
    matches: (item) =>
      fits(item.event) &&
      (resource === null || item.resource === resource || item.source === resource) &&
      (kind === null || item.kind === kind) &&
      (trace === null || item.traceId === trace),
  });
}

function listLogs({ history }: InspectedApp, { query }: ApiRequest): unknown {
  allow(query, "level", "owner", "trace", "text", "after", "limit");
  const level = query.get("level") ?? "debug";
  const least = LEVELS.indexOf(level as LogItem["level"]);
  if (least < 0) throw badRequest(`\`level\` must be one of ${LEVELS.join(", ")}, not "${level}"`);
  const [owner, trace] = ["owner", "trace"].map((key) => query.get(key));
  const text = query.get("text")?.toLowerCase();
  return history.logs.page({
    after: afterOf(query),
    limit: limitOf(query),
    matches: (item) =>
      LEVELS.indexOf(item.level) >= least &&
      (owner === null || item.owner === owner) &&
      (trace === null || item.traceId === trace) &&
      (text === undefined || item.message.toLowerCase().includes(text)),
  });
}

async function listSnapshots(
  { run, redact }: InspectedApp,
  { query }: ApiRequest,
): Promise<SnapshotsView> {
  allow(query, "kind");
  const kind = query.get("kind");
  const { byUrn } = await run.describe();
  const taken = await run.kernel.instanceSnapshots(SNAPSHOT_MS);
  const items: ResourceSnapshotView[] = [];
  for (const [urn, { snapshot, snapshotError }] of taken) {
    const resource = byUrn.get(urn);
    if (resource === undefined || (kind !== null && resource.kind !== kind)) continue;
    items.push({
      urn,
      kind: resource.kind,
      module: resource.module,
      ...(snapshot === undefined ? {} : { snapshot: capture(snapshot, redact).value }),
      ...(snapshotError === undefined ? {} : { error: redact(snapshotError) }),
    });
  }
  return { takenAt: new Date().toISOString(), items };
}

async function describeCluster(
  { run: { kernel }, redact }: InspectedApp,
  { query }: ApiRequest,
): Promise<ClusterStatusView> {
  allow(query);
  const status = await kernel.cluster?.status();
  return status === undefined ? { nodes: [] } : redact(status);
}

function afterOf(query: URLSearchParams): number | undefined {
  return numberOf(query, "after", Number.MAX_SAFE_INTEGER);
}

function limitOf(query: URLSearchParams, byDefault = DEFAULT_LIMIT): number {
  return Math.max(1, numberOf(query, "limit", LARGEST_LIMIT) ?? byDefault);
}

function numberOf(query: URLSearchParams, name: string, largest: number): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const number = Number(text);
  if (/^\d+$/.test(text) && number <= largest) return number;
  throw badRequest(
    `\`${name}\` must be a whole number up to ${largest}, not "${text.slice(0, 40)}"`,
  );
}

/** Rejects parameters that nobody reads, because they would seem to have no results. */
function allow(query: URLSearchParams, ...names: readonly string[]): void {
  for (const name of query.keys()) {
    if (names.includes(name)) continue;
    throw badRequest(`Unknown parameter "${name.slice(0, 40)}"`, didYouMean(name, names));
  }
}
