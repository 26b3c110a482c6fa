/** `digly events`: prints, filters, follows and summarizes an event stream. */
import { durationMs } from "../contract/duration.ts";
import { fail, messageOf } from "../contract/errors.ts";
import type { EventRecord } from "../contract/events.ts";
import { didYouMean } from "../diagnostics/nearest.ts";
import type { Platform } from "../contract/platform.ts";
import { notAFile } from "../contract/read_file.ts";
import {
  type EventLine,
  eventMatcher,
  eventReader,
  followEvents,
} from "../observe/event_reader.ts";
import { type CliHost, EVENTS_FILE, type StartOptions } from "./host.ts";
import { createSummary, summaryText } from "./event_summary.ts";
import { fieldText } from "./log_format.ts";
import type { EventItem, EventsView } from "../inspector/api.ts";
import { addressFor, connect, followStream, isAddress } from "./inspector_client.ts";
import { hasColor, type Paint, paintFor, visible } from "../diagnostics/style.ts";

/** The options of `events`. */
export interface EventsOptions extends StartOptions {
  readonly type?: readonly string[];
  readonly resource?: string;
  readonly since?: string;
  readonly follow?: boolean;
  readonly summary?: boolean;
  readonly cluster?: boolean;
  readonly format: "text" | "json";
}

/** The most events that an inspector gives at once. */
const MOST_REMEMBERED = 2_000;

/** Width of the name column. */
const NAME_WIDTH = 34;

/** Longer payloads are truncated; `--format json` prints them in full. */
const MAX_PAYLOAD = 160;

/**
 * Prints the events of an app that is inspected, or those in a file; resolves with the exit code.
 * `place` is the app, the address of its inspector or the file.
 */
export async function events(
  host: CliHost,
  place: string | undefined,
  options: EventsOptions,
): Promise<number> {
  const { platform } = host;
  if (options.cluster) return await ofCluster(host, place, options);
  const address = await addressOf(place, options, platform);
  const path = place ?? EVENTS_FILE;
  if (address !== undefined) return await ofInspector(platform, address, options);
  if (options.follow && options.summary) {
    throw fail("ERR_USAGE", { problem: "--follow and --summary cannot be combined" }, {
      help: "A summary covers the events so far; remove --follow",
    });
  }
  const read = open(path, platform);
  const matches = createFilter(options);
  if (options.follow) return await follow(read, matches, platform, options);

  const { stdout, stderr } = platform;
  const show = printerFor(platform, options);
  const summary = createSummary();
  const seen = { types: new Set<string>(), resources: new Set<string>() };
  let shown = 0;
  for (const line of read()) {
    const { record } = line;
    seen.types.add(record.event);
    if (record.resource !== undefined) seen.resources.add(record.resource);
    if (!matches(record)) continue;
    shown++;
    if (options.summary) summary.add(record);
    else show(line);
    if (stdout.isGone) return 0;
  }
  if (shown === 0) stderr.write(noEventsMessage(options, seen) + "\n");
  else if (options.summary && options.format === "json") {
    stdout.write(JSON.stringify(summary.result(), undefined, stdout.isTerminal ? 2 : 0) + "\n");
  } else if (options.summary) {
    stdout.write(summaryText(summary.result(), paintFor(hasColor(stdout, platform.env))));
  }
  return 0;
}

/** Prints the events of all processes of the app at `place` as they happen. */
async function ofCluster(
  host: CliHost,
  place: string | undefined,
  options: EventsOptions,
): Promise<number> {
  if (options.summary) {
    throw fail("ERR_USAGE", { problem: "--cluster and --summary cannot be combined" }, {
      help: "Write the events with --format json, and summarize them",
    });
  }
  const matches = createFilter(options);
  const show = printerFor(host.platform, options);
  const { clusterEvents } = await import("./cluster.ts");
  return await clusterEvents(host, place, options, (record) => {
    if (matches(record)) show({ record, text: JSON.stringify(record) });
  });
}

/**
 * The address of the inspector to read: the one that is given, that of the app at a path, or without
 * a path that of the app in this folder. `undefined` to read a file.
 */
async function addressOf(
  path: string | undefined,
  { summary }: EventsOptions,
  platform: Platform,
): Promise<string | undefined> {
  const { files, toUrl } = platform;
  if (path !== undefined) {
    if (isAddress(path)) return path;
    const isApp = /\.ya?ml$/.test(path) || files.stat(toUrl(path))?.kind === "directory";
    return isApp ? addressFor(path, platform) : undefined;
  }
  const address = summary ? undefined : addressFor(undefined, platform);
  // A process that was killed has left its address.
  const isStale = address !== undefined && files.stat(toUrl(EVENTS_FILE)) !== undefined &&
    await connect(address, platform).get("app").then(() => false, () => true);
  return isStale ? undefined : address;
}

/** Prints the events that an inspector remembers, and with `follow` those to come. */
async function ofInspector(
  platform: Platform,
  address: string,
  options: EventsOptions,
): Promise<number> {
  if (options.summary) {
    throw fail("ERR_USAGE", { problem: "--summary needs a file of events" }, {
      help: "Write the events with --format json, and summarize them",
    });
  }
  const client = connect(address, platform);
  const matches = createFilter(options);
  const show = printerFor(platform, options);
  const print = ({ seq: _, ...record }: EventItem) => {
    if (matches(record)) show({ record, text: JSON.stringify(record) });
  };
  const { items } = await client.get<EventsView>(`events?limit=${MOST_REMEMBERED}`);
  items.forEach(print);
  if (!options.follow) return 0;
  await followStream(platform, client, "events", print);
  return 0;
}

async function follow(
  read: () => Iterable<EventLine>,
  matches: (record: EventRecord) => boolean,
  platform: Platform,
  options: EventsOptions,
): Promise<number> {
  const show = printerFor(platform, options);
  let ended = false;
  const offSignal = platform.onSignal(() => ended = true);
  try {
    for await (const line of followEvents(read, () => ended)) {
      if (matches(line.record)) show(line);
      if (platform.stdout.isGone) break;
    }
  } finally {
    offSignal();
  }
  return 0;
}

/** Opens the file for reading. Throws `ERR_USAGE` if it cannot be read. */
function open(path: string, { files, toUrl, toPath }: Platform): () => Generator<EventLine, void> {
  const url = toUrl(path);
  const kind = files.stat(url)?.kind;
  if (kind === undefined) {
    throw fail("ERR_USAGE", { problem: `There is no event stream at ${toPath(url)}` }, {
      help: "Run the app with --debug in this folder first, or pass the path of the file",
    });
  }
  if (kind === "directory") {
    throw fail("ERR_USAGE", { problem: `${toPath(url)} is a folder` }, {
      help: `Pass the event stream in it: ${path.replace(/\/*$/, "/")}events.jsonl`,
    });
  }
  const reason = notAFile(kind);
  if (reason !== undefined) throw fail("ERR_USAGE", { problem: `${toPath(url)} ${reason}` });
  const read = eventReader(files, url, toPath(url));
  return function* () {
    // The file is missing for a moment while it is replaced.
    if (files.stat(url) === undefined) return;
    try {
      yield* read();
    } catch (error) {
      if (error instanceof Error && "code" in error && /^E[A-Z]+$/.test(String(error.code))) {
        throw fail("ERR_USAGE", {
          problem: `${toPath(url)} cannot be read: ${messageOf(error)}`,
        }, { cause: error });
      }
      throw error;
    }
  };
}

function createFilter({ type, resource, since }: EventsOptions): (record: EventRecord) => boolean {
  const types = type?.map(eventMatcher);
  const earliest = since === undefined ? undefined : parseTime(since);
  return (record) =>
    (types === undefined || types.some((fits) => fits(record.event))) &&
    (resource === undefined || record.resource === resource) &&
    (earliest === undefined || Date.parse(record.timestamp) >= earliest);
}

/** A point in time, or a duration before now, in milliseconds since the epoch. */
function parseTime(since: string): number {
  const duration = durationMs(since);
  if (duration !== undefined) return Date.now() - duration;
  const time = Date.parse(since);
  if (!Number.isNaN(time)) return time;
  throw fail("ERR_USAGE", { problem: `"${since}" is not a valid value of --since` }, {
    help: "Write a duration such as 30s, 5m or 2h, or a time such as 2026-02-01T12:00:00Z",
  });
}

function printerFor(
  { stdout, env }: Platform,
  { format }: EventsOptions,
): (line: EventLine) => void {
  if (format === "json") return ({ text }) => stdout.write(text + "\n");
  const paint = paintFor(hasColor(stdout, env));
  return ({ record }) => stdout.write(lineOf(record, paint) + "\n");
}

function lineOf(record: EventRecord, paint: Paint): string {
  const { timestamp, event, payload, name, module, traceId, node } = record;
  const failed = event.endsWith(".Failed");
  const subject = name ?? (payload === undefined ? module ?? "" : "");
  const details = visible(payloadText(payload)).replace(/[\n\t]/g, " ");
  // The payload of an execution has it already.
  const isInPayload = (payload as { readonly traceId?: unknown } | undefined)?.traceId === traceId;
  const columns = [
    paint("grey", visible(timestamp)),
    paint(failed ? "red" : "cyan", visible(event).padEnd(NAME_WIDTH)),
    visible(subject),
    details.length > MAX_PAYLOAD ? `${details.slice(0, MAX_PAYLOAD)}…` : details,
    traceId === undefined || isInPayload ? "" : `traceId=${visible(traceId)}`,
    node === undefined ? "" : `node=${visible(node)}`,
  ];
  return columns.filter((text) => text !== "").join("  ").trimEnd();
}

function payloadText(payload: unknown): string {
  if (payload === undefined) return "";
  if (typeof payload !== "object" || payload === null || Array.isArray(payload)) {
    return JSON.stringify(payload);
  }
  return Object.entries(payload).map(([key, value]) => `${key}=${fieldText(value)}`).join(" ");
}

function noEventsMessage(
  { type, resource }: EventsOptions,
  seen: { readonly types: ReadonlySet<string>; readonly resources: ReadonlySet<string> },
): string {
  if (seen.types.size === 0) return "The event stream is empty";
  const help =
    (resource !== undefined && !seen.resources.has(resource)
      ? didYouMean(resource, seen.resources)
      : undefined) ??
      type?.filter((name) => !seen.types.has(name)).map((name) => didYouMean(name, seen.types))
        .find((found) => found !== undefined);
  return `No event matches${help === undefined ? "" : `. ${help}`}`;
}
