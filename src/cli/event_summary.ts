/** The summary of an event stream: counts by type, boot times and the slowest resources. */
import type { EventRecord, ExecutionPayload } from "../contract/events.ts";
import { type Paint, visible } from "../diagnostics/style.ts";
import { columnWidths } from "./columns.ts";

/** The summary. Times are in milliseconds. */
export interface Summary {
  readonly events: number;
  readonly first: string;
  readonly last: string;
  readonly types: Readonly<Record<string, number>>;
  readonly boot: readonly { readonly phase: string; readonly duration: number }[];
  /** Sorted by total time, longest first. */
  readonly resources: readonly ResourceTime[];
}

/** The times of one resource, in milliseconds. */
export interface ResourceTime {
  readonly resource: string;
  /** The time of `create` and `init`. */
  readonly boot: number;
  readonly executions: number;
  readonly failed: number;
  readonly mean: number;
  readonly longest: number;
  readonly total: number;
}

interface Times {
  boot: number;
  executions: number;
  failed: number;
  executing: number;
  longest: number;
}

/** How many resources a summary lists. */
const MAX_RESOURCES = 10;

/** Collects events, which must be added in order. */
export function createSummary(): { add(record: EventRecord): void; result(): Summary } {
  const types = new Map<string, number>();
  const times = new Map<string, Times>();
  const boot = createBootTimes();
  let first: string | undefined;
  let last = "";

  function timesOf(resource: string): Times {
    let entry = times.get(resource);
    if (entry === undefined) {
      entry = { boot: 0, executions: 0, failed: 0, executing: 0, longest: 0 };
      times.set(resource, entry);
    }
    return entry;
  }

  return {
    add(record) {
      const { event, timestamp, resource, kind } = record;
      first ??= timestamp;
      last = timestamp;
      types.set(event, (types.get(event) ?? 0) + 1);
      const bootTime = boot.add(record);
      if (resource === undefined || kind === undefined) return;
      if (bootTime !== undefined) timesOf(resource).boot = bootTime;
      const failed = event === `${kind}.Failed`;
      const { duration } = (record.payload ?? {}) as Partial<ExecutionPayload>;
      if (typeof duration !== "number" || !(failed || event === `${kind}.Executed`)) return;
      const entry = timesOf(resource);
      entry.executions++;
      if (failed) entry.failed++;
      entry.executing += duration;
      entry.longest = Math.max(entry.longest, duration);
    },
    result() {
      const byCount = [...types].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
      const resources = Array.from(times, ([resource, entry]): ResourceTime => ({
        resource,
        boot: entry.boot,
        executions: entry.executions,
        failed: entry.failed,
        mean: rounded(entry.executions === 0 ? 0 : entry.executing / entry.executions),
        longest: entry.longest,
        total: rounded(entry.boot + entry.executing),
      }));
      const slowest = resources.filter(({ total }) => total > 0)
        .sort((a, b) => b.total - a.total).slice(0, MAX_RESOURCES);
      return {
        events: byCount.reduce((sum, [, count]) => sum + count, 0),
        first: first ?? "",
        last,
        types: Object.fromEntries(byCount),
        boot: boot.phases(),
        resources: slowest,
      };
    },
  };
}

/** Measures the phases of a boot by the events that end them. */
function createBootTimes(): {
  /** Returns the boot time of a resource if this event reports that it is initialized. */
  add(record: EventRecord): number | undefined;
  phases(): Summary["boot"];
} {
  const phases = new Map<string, number>();
  let previous: { readonly phase: string; readonly time: number } | undefined;
  let ended = false;

  function phaseOf(event: string, isInitialized: boolean): string | undefined {
    if (event === "Module.Registered") return REGISTER_MODULES;
    if (event === "Resource.Registered") {
      return previous?.phase === REGISTER_MODULES ? "expand templates" : "register resources";
    }
    if (event === "Runtime.Starting") return RESOLVE;
    if (!isInitialized && event !== "Runtime.Started") return undefined;
    return previous?.phase === RESOLVE
      ? "start controllers and the first resource"
      : "start the other resources";
  }

  return {
    add({ event, timestamp, kind }) {
      const isInitialized = event === `${kind}.Initialized`;
      const phase = ended ? undefined : phaseOf(event, isInitialized);
      if (phase === undefined) return undefined;
      const before = previous;
      const time = Date.parse(timestamp);
      const duration = time - (before?.time ?? time);
      phases.set(phase, (phases.get(phase) ?? 0) + duration);
      previous = { phase, time };
      ended = event === "Runtime.Started";
      return isInitialized && before?.phase !== RESOLVE ? duration : undefined;
    },
    phases: () => Array.from(phases, ([phase, duration]) => ({ phase, duration })),
  };
}

const REGISTER_MODULES = "register modules";
const RESOLVE = "resolve and check";

/** The summary as text. */
export function summaryText(summary: Summary, paint: Paint): string {
  const { events, first, last, types, boot, resources } = summary;
  const sections = [
    `${events} event${events === 1 ? "" : "s"} from ${visible(first)} to ${visible(last)}\n`,
    table(["Count", "Event"], Object.entries(types).map(([type, count]) => [count, type]), paint),
  ];
  if (boot.length > 0) {
    const total = boot.reduce((sum, { duration }) => sum + duration, 0);
    const rows = [...boot, { phase: "total since the first event", duration: total }];
    sections.push(
      table(["Time", "Boot"], rows.map(({ phase, duration }) => [time(duration), phase]), paint),
    );
  }
  if (resources.length > 0) {
    sections.push(table(
      ["Total", "Boot", "Executions", "Failed", "Mean", "Longest", "Slowest resources"],
      resources.map(({ resource, boot, executions, failed, mean, longest, total }) => {
        const executed = executions === 0 ? ["", "", "", ""] : [
          executions,
          failed,
          time(mean),
          time(longest),
        ];
        return [time(total), time(boot), ...executed, resource];
      }),
      paint,
    ));
  }
  return sections.join("\n");
}

/** Right-aligns every column but the last. */
function table(
  titles: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  paint: Paint,
): string {
  const cells = [titles, ...rows].map((row) => row.map((cell) => visible(String(cell))));
  const widths = columnWidths(cells);
  const last = titles.length - 1;
  return cells.map((row, index) => {
    const line = row.map((cell, column) =>
      column === last ? cell : cell.padStart(widths[column] ?? 0)
    )
      .join("  ");
    return (index === 0 ? paint("bold", line) : line) + "\n";
  }).join("");
}

function time(milliseconds: number): string {
  if (milliseconds >= 10_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${rounded(milliseconds)} ms`;
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
