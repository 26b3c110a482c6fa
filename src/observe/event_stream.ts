/** The event stream: every event is a line of a file, written before `emit` returns. */
import { wrongArgument } from "../contract/wrong_argument.ts";
import { fail, messageOf } from "../contract/errors.ts";
import type { EventRecord } from "../contract/events.ts";
import type { AppendFile, Platform } from "../contract/platform.ts";
import { eventMatcher, eventReader, followEvents } from "./event_reader.ts";
import { executionLine, type Line } from "./execution_line.ts";
import { plain } from "../contract/plain.ts";

/** The events written so far, and those to come. */
export interface EventStream extends AsyncIterable<EventRecord> {
  /** Absolute path of the file. */
  readonly path: string;
  /** Every event in the file. */
  readAll(): Promise<EventRecord[]>;
  /** The events with a name that matches; `*` matches any text: `Http.*`, `*.Failed`. */
  getEventsByType(type: string): Promise<EventRecord[]>;
  /** Every event in the file and those to come; ends when the kernel has stopped. */
  [Symbol.asyncIterator](): AsyncGenerator<EventRecord, void>;
}

/** Options of the event stream. */
export interface EventStreamOptions {
  /** Waits for the disk after each event, so that not even a power failure loses one. False by default. */
  readonly sync?: boolean;
}

/** What is known of a payload: nothing, that the kernel made it of plain data, or that it is an execution's. */
type PayloadForm = "any" | "plain" | "execution";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The writing side of an event stream. */
export interface EventWriter {
  readonly stream: EventStream;
  /** Writes one event; never throws. */
  write(record: EventRecord, form: PayloadForm): void;
  /** Ends the stream; later events are still written. */
  close(): void;
}

/** What hides sensitive values from an event stream. */
export interface StreamRedaction {
  /** The JSON of plain data with what is sensitive replaced. */
  json(value: object): string;
  /** True if something besides passwords in URLs is sensitive. */
  hasSecrets(): boolean;
  /** True if nothing in the JSON of data without URLs is sensitive. */
  isHarmless(json: string): boolean;
}

/** What an event stream needs from the kernel. */
export interface EventStreamParts {
  readonly platform: Platform;
  readonly redaction: StreamRedaction;
  /** Called once, when the file can no longer be written. */
  readonly onFailure: (problem: string) => void;
}

/** Empties the file at `path` and opens it. Throws `ERR_USAGE` if that fails. */
export function openEventStream(
  path: string,
  { platform: { files, toUrl, toPath }, redaction, onFailure }: EventStreamParts,
  { sync = false }: EventStreamOptions = {},
): EventWriter {
  const url = toUrl(path);
  const absolute = toPath(url);
  let file: AppendFile | undefined;
  let closed = false;
  let failed = false;
  try {
    file = files.openAppend(url, "empty");
  } catch (error) {
    throw fail("ERR_USAGE", {
      problem: `The event stream cannot be written to ${absolute}: ${messageOf(error)}`,
    }, { help: "Start the program in a folder it may write to", cause: error });
  }

  function lineOf(record: EventRecord, form: PayloadForm): Line {
    const line = form === "execution" ? executionLine(record) : undefined;
    if (line !== undefined && (!redaction.hasSecrets() || redaction.isHarmless(textOf(line)))) {
      return line;
    }
    // What a module emits is copied first, since it may be anything.
    const data = form === "any" ? plain(record) as object : record;
    const bytes = encoder.encode(redaction.json(data) + "\n");
    return { bytes, length: bytes.length };
  }

  function close(): void {
    closed = true;
    const open = file;
    file = undefined;
    try {
      open?.close();
    } catch {
      // Every event is in the file already.
    }
  }

  const reader = () => eventReader(files, url, absolute);
  const stream: EventStream = {
    path: absolute,
    readAll: () => Promise.resolve().then(() => Array.from(reader()(), ({ record }) => record)),
    async getEventsByType(type) {
      if (typeof type !== "string") throw wrongArgument("type", "the name of an event", type);
      const matches = eventMatcher(type);
      return (await stream.readAll()).filter(({ event }) => matches(event));
    },
    async *[Symbol.asyncIterator]() {
      for await (const { record } of followEvents(reader(), () => closed)) yield record;
    },
  };
  return {
    stream,
    close,
    write(record, form) {
      if (failed) return;
      try {
        const open = file ?? files.openAppend(url, "keep");
        const { bytes, length } = lineOf(record, form);
        open.write(bytes, length);
        if (sync) open.sync();
        if (file === undefined) open.close();
      } catch (error) {
        failed = true;
        close();
        onFailure(`The event stream ${absolute} ended: ${messageOf(error)}`);
      }
    },
  };
}

function textOf({ bytes, length }: Line): string {
  return decoder.decode(bytes.subarray(0, length));
}
