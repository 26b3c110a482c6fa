/**
 * Reads an event stream: one JSON object per line. The file may still grow, and its last line may
 * be incomplete.
 */
import { fail } from "../contract/errors.ts";
import type { EventRecord } from "../contract/events.ts";
import type { Files } from "../contract/platform.ts";

/** An event, and the line it was read from without the line break. */
export interface EventLine {
  readonly record: EventRecord;
  readonly text: string;
}

/** How many bytes are read at once. */
const CHUNK_SIZE = 1 << 18;

/** Enough bytes to tell two streams apart, as they include the time of the first event. */
const HEAD_SIZE = 64;

const LINE_FEED = 10;

/**
 * Creates a function that yields the events added since its last call. It starts over when the
 * file is replaced. Iterating throws `ERR_USAGE` for a line that is not an event.
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
    const currentHead = files.readPart(url, 0, HEAD_SIZE);
    if (head.some((byte, index) => currentHead[index] !== byte)) {
      rest = new Uint8Array();
      offset = line = 0;
    }
    head = currentHead;
  }

  function* lines(bytes: Uint8Array): Generator<EventLine, void> {
    for (const text of new TextDecoder().decode(bytes).split("\n")) {
      line++;
      if (text.trim() === "") continue;
      const record = parseEvent(text);
      if (record === undefined) throw notAnEvent(path, line, text);
      yield { record, text };
    }
  }

  return function* () {
    restartIfReplaced();
    for (;;) {
      const part = files.readPart(url, offset, CHUNK_SIZE);
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
    // An incomplete line, unless only the line break is missing.
    const text = new TextDecoder().decode(rest);
    const record = parseEvent(text);
    if (record === undefined) return;
    rest = new Uint8Array();
    yield { record, text };
  };
}

/** How often a followed file is read, in milliseconds. */
const POLL_INTERVAL_MS = 50;

/** Yields every event and those to come, until `ended` returns true and nothing is left. */
export async function* followEvents(
  read: () => Iterable<EventLine>,
  ended: () => boolean,
): AsyncGenerator<EventLine, void> {
  for (;;) {
    const isLastRead = ended();
    yield* read();
    if (isLastRead) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
  }
}

/** Creates a filter for event names; `*` in `pattern` matches any text. */
export function eventMatcher(pattern: string): (event: string) => boolean {
  if (!pattern.includes("*")) return (event) => event === pattern;
  const source = pattern.split("*").map((part) => part.replace(/[^\w\s]/g, "\\$&")).join(".*");
  const regExp = new RegExp(`^${source}$`, "s");
  return (event) => regExp.test(event);
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

function notAnEvent(path: string, line: number, text: string): Error {
  const start = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return fail("ERR_USAGE", {
    problem: `${path} is not an event stream: line ${line} is not an event, ${
      JSON.stringify(start)
    }`,
  }, { help: 'Name a file that --debug wrote; each line is one JSON object with "event"' });
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b.slice();
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
