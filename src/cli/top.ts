/** `digly top`: shows what a running app does, from its inspector. */
import { hasColor, paintFor, visible } from "../diagnostics/style.ts";
import type { AppView, ResourceSummary, ResourcesView } from "../inspector/api.ts";
import type { CliHost } from "./host.ts";
import type { SORTS } from "./top_options.ts";
import { connect, type InspectorClient } from "./inspector_client.ts";
import { columnWidths } from "./columns.ts";

/** The options of `top`. */
export interface TopOptions {
  /** How many resources to show. */
  readonly count: number;
  /** What decides which ones. */
  readonly sort: (typeof SORTS)[number];
  readonly format: "text" | "json";
}

const PERIOD_MS = 1_000;

/** Clears the screen and goes to its beginning. */
const CLEAR = "\x1b[H\x1b[2J";

const KEYS: Readonly<Record<TopOptions["sort"], (resource: ResourceSummary) => number>> = {
  rate: ({ activity }) => activity.perSecond,
  errors: ({ activity }) => activity.errorsPerSecond + activity.errors / 1e9,
  time: ({ activity }) => activity.meanMs,
};

/** Shows a table, again and again on a terminal; resolves with the exit code. */
export async function top(
  { platform }: CliHost,
  target: string | undefined,
  options: TopOptions,
): Promise<number> {
  const { stdout } = platform;
  const client = connect(target, platform);
  const read = async () => {
    const [app, resources] = await Promise.all([client.get<AppView>("app"), readAll(client)]);
    return { app, resources: busiest(resources, options) };
  };
  if (!stdout.isTerminal || options.format === "json") {
    const { app, resources } = await read();
    stdout.write(
      options.format === "json"
        ? `${JSON.stringify({ app, resources })}\n`
        : table(app, resources, options, paintFor(hasColor(stdout, platform.env))),
    );
    return 0;
  }
  const ended = new AbortController();
  const offSignal = platform.onSignal(() => ended.abort());
  try {
    while (!ended.signal.aborted) {
      const { app, resources } = await read();
      stdout.write(
        CLEAR + table(app, resources, options, paintFor(hasColor(stdout, platform.env))),
      );
      await pause(PERIOD_MS, ended.signal);
    }
  } finally {
    offSignal();
  }
  return 0;
}

/** All resources, which the API lists in parts. */
async function readAll(client: InspectorClient): Promise<readonly ResourceSummary[]> {
  const all: ResourceSummary[] = [];
  let after: number | undefined = 0;
  while (after !== undefined) {
    const { items, next }: ResourcesView = await client.get(`resources?after=${after}`);
    all.push(...items);
    after = next;
  }
  return all;
}

function busiest(
  resources: readonly ResourceSummary[],
  { count, sort }: TopOptions,
): ResourceSummary[] {
  const key = KEYS[sort];
  return resources.filter(({ activity, executing }) => activity.executions > 0 || executing > 0)
    .sort((a, b) => key(b) - key(a) || b.activity.executions - a.activity.executions)
    .slice(0, count);
}

/** The table that is shown. */
export function table(
  app: AppView,
  resources: readonly ResourceSummary[],
  { sort }: Pick<TopOptions, "sort">,
  paint: ReturnType<typeof paintFor>,
): string {
  const { name, version, state, digly, host, holds } = app;
  const title = [
    paint("bold", visible(version === undefined ? name : `${name} ${version}`)),
    state,
    `Digly ${digly} on ${host.name} ${host.version}`,
    `${holds.length} ${holds.length === 1 ? "hold" : "holds"}`,
    `sorted by ${sort}`,
  ].join("  ");
  if (resources.length === 0) return `${title}\n\nNothing was executed yet\n`;
  const rows = [
    ["RESOURCE", "STATE", "RUNNING", "PER S", "ERRORS/S", "MEAN MS", "MAX MS", "TOTAL", "ERRORS"],
    ...resources.map(({ urn, state, executing, activity }) => [
      visible(urn),
      state,
      String(executing),
      activity.perSecond.toFixed(1),
      activity.errorsPerSecond.toFixed(1),
      activity.meanMs.toFixed(2),
      activity.maxMs.toFixed(2),
      String(activity.executions),
      String(activity.errors),
    ]),
  ];
  const widths = columnWidths(rows);
  const lines = rows.map((row, index) => {
    const line = row.map((cell, column) =>
      column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)
    ).join("  ").trimEnd();
    const hasErrors = index > 0 && (resources[index - 1]?.activity.errorsPerSecond ?? 0) > 0;
    return index === 0 ? paint("grey", line) : hasErrors ? paint("red", line) : line;
  });
  return `${title}\n\n${lines.join("\n")}\n`;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}
