/**
 * Reads an event stream: one JSON object per line, possibly still growing, its last line
 * possibly torn. Rules: specification §11.1, decision D-28.
 */
import { fail } from "../contract/errors.ts";
import type { EventRecord } from "../contract/events.ts";
import type { Files } from "../contract/platform.ts";

/** One event and the line it was read from, without the line break. */
export interface EventLine {
  readonly record: EventRecord;
  readonly text: string;
}

/** Bytes read at once. */
const PART = 1 << 18;

/** As many bytes as tell one stream from the next: the first event's time is among them. */
const HEAD = 64;

const LINE_FEED = 10;

/**
 * A function that gives the events which were added since it was last called. It begins anew
 * when the file does. The events themselves throw `ERR_USAGE` where a line is no event.
 */
export function eventReader(
  files: Files,
  url: string,
  path: string,
): () => Generator<EventLine, void> {
  let head: Uint8Array = new Uint8Array();
  let rest: Uint8Array = new Uint8Array();
  let offset = 0;
  let line = 0;

  function restartIfReplaced(): void {
    const now = files.readPart(url, 0, HEAD);
    if (head.some((byte, index) => now[index] !== byte)) {
      rest = new Uint8Array();
      offset = line = 0;
    }
    head = now;
  }

  function* lines(bytes: Uint8Array): Generator<EventLine, void> {
    for (const text of new TextDecoder().decode(bytes).split("\n")) {
      line++;
      if (text.trim() === "") continue;
      const record = parseEvent(text);
      if (record === undefined) throw noEvent(path, line, text);
      yield { record, text };
    }
  }

  return function* () {
    restartIfReplaced();
    for (;;) {
      const part = files.readPart(url, offset, PART);
      if (part.length === 0) break;
      offset += part.length;
      const end = part.lastIndexOf(LINE_FEED);
      if (end < 0) {
        rest = join(rest, part);
        continue;
      }
      const whole = join(rest, part.subarray(0, end));
      rest = part.slice(end + 1);
      yield* lines(whole);
    }
    // Torn, unless someone only left out the line break.
    const text = new TextDecoder().decode(rest);
    const record = parseEvent(text);
    if (record === undefined) return;
    rest = new Uint8Array();
    yield { record, text };
  };
}

/** How often a file that is followed is looked at, in milliseconds. */
const LOOK_EVERY_MS = 50;

/** Every event, and then those to come, until `ended` says so and nothing is left. */
export async function* followEvents(
  read: () => Iterable<EventLine>,
  ended: () => boolean,
): AsyncGenerator<EventLine, void> {
  for (;;) {
    const last = ended();
    yield* read();
    if (last) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** True for an event's name that fits `pattern`, in which `*` stands for any text. */
export function eventMatcher(pattern: string): (event: string) => boolean {
  if (!pattern.includes("*")) return (event) => event === pattern;
  const source = pattern.split("*").map((part) => part.replace(/[^\w\s]/g, "\\$&")).join(".*");
  const fits = new RegExp(`^${source}$`, "s");
  return (event) => fits.test(event);
}

function parseEvent(text: string): EventRecord | undefined {
  try {
    const value = JSON.parse(text) as Partial<EventRecord> | null;
    const isEvent = typeof value?.event === "string" && typeof value.timestamp === "string";
    return isEvent ? value as EventRecord : undefined;
  } catch {
    return undefined;
  }
}

function noEvent(path: string, line: number, text: string): Error {
  const start = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return fail("ERR_USAGE", {
    problem: `${path} is no event stream: line ${line} is no event, ${JSON.stringify(start)}`,
  }, { help: 'Name a file that --debug wrote; each line is one JSON object with "event"' });
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b.slice();
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
