/** `digly top`: shows what a running app does, from its inspector. */
import { hasColor, paintFor, visible } from "../diagnostics/style.ts";
import type { AppView, ResourceSummary, ResourcesView } from "../inspector/api.ts";
import type { CliHost } from "./host.ts";
import type { SORTS } from "./top_options.ts";
import { connect, type InspectorClient } from "./inspector_client.ts";
import { columnWidths } from "./columns.ts";
import type { Output } from "../contract/platform.ts";

/** The options of `top`. */
export interface TopOptions {
  /** How many resources to show. */
  readonly count: number;
  /** What decides which ones. */
  readonly sort: (typeof SORTS)[number];
  readonly format: "text" | "json";
}

const PERIOD_MS = 1_000;

/** Lines of a table that are not resources: the title, an empty line, the header, the cursor's. */
const OTHER_LINES = 4;

/** Between columns. */
const GAP = "  ";

/** What is always shown of the name of a resource, in characters. */
const SHORTEST_NAME = 16;

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
  const paint = paintFor(hasColor(stdout, platform.env));
  const client = connect(target, platform);
  const read = async () => {
    const [app, resources] = await Promise.all([client.get<AppView>("app"), readAll(client)]);
    return { app, resources: busiest(resources, options).slice(0, roomIn(stdout)) };
  };
  if (!stdout.isTerminal || options.format === "json") {
    const { app, resources } = await read();
    stdout.write(
      options.format === "json"
        ? `${JSON.stringify({ app, resources })}\n`
        : table(app, resources, options, paint),
    );
    return 0;
  }
  const ended = new AbortController();
  const offSignal = platform.onSignal(() => ended.abort());
  try {
    while (!ended.signal.aborted) {
      const { app, resources } = await read();
      stdout.write(CLEAR + table(app, resources, options, paint, stdout.size?.()?.columns));
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

/** How many resources a terminal has room for. */
function roomIn({ size }: Output): number {
  const rows = size?.()?.rows;
  return rows === undefined ? Infinity : Math.max(1, rows - OTHER_LINES);
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

/** The table that is shown, in lines of at most so many characters. */
export function table(
  app: AppView,
  resources: readonly ResourceSummary[],
  { sort }: Pick<TopOptions, "sort">,
  paint: ReturnType<typeof paintFor>,
  columns: number = Infinity,
): string {
  const { version, state, digly, host, holds } = app;
  const name = visible(version === undefined ? app.name : `${app.name} ${version}`);
  const rest = [
    "",
    state,
    `Digly ${digly} on ${host.name} ${host.version}`,
    `${holds.length} ${holds.length === 1 ? "hold" : "holds"}`,
    `sorted by ${sort}`,
  ].join("  ");
  const title = paint("bold", name.slice(0, columns)) +
    rest.slice(0, Math.max(0, columns - name.length));
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
  const [nameWidth = 0, ...widths] = columnWidths(rows);
  const room = columns - widths.reduce((sum, width) => sum + width + GAP.length, 0);
  const shownName = Math.min(nameWidth, Math.max(SHORTEST_NAME, room));
  const lines = rows.map(([urn = "", ...row], index) => {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)
    );
    const line = [shortened(urn, shownName).padEnd(shownName), ...cells].join(GAP)
      .trimEnd().slice(0, columns);
    const hasErrors = index > 0 && (resources[index - 1]?.activity.errorsPerSecond ?? 0) > 0;
    return index === 0 ? paint("grey", line) : hasErrors ? paint("red", line) : line;
  });
  return `${title}\n\n${lines.join("\n")}\n`;
}

/** The end of a name that is longer than `width`, since resources of one kind begin alike. */
function shortened(name: string, width: number): string {
  return name.length <= width ? name : `…${name.slice(1 - width)}`;
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
