/** The event stream: every event is a line of a file, written before `emit` returns. */
import { wrongArgument } from "../contract/wrong_argument.ts";
import { fail, messageOf } from "../contract/errors.ts";
import type { EventRecord } from "../contract/events.ts";
import type { AppendFile, Platform } from "../contract/platform.ts";
import { executionJson } from "./event_json.ts";
import { eventMatcher, eventReader, followEvents } from "./event_reader.ts";
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

/** The writing side of an event stream. */
export interface EventWriter {
  readonly stream: EventStream;
  /** Writes one event; never throws. */
  write(record: EventRecord, form: "any" | "plain" | "execution"): void;
  /** Ends the stream; later events are still written. */
  close(): void;
}

/** What an event stream needs from the kernel. */
export interface EventStreamParts {
  readonly platform: Platform;
  /**
   * The JSON of plain data with what is sensitive replaced. `json` is that of data without URLs, if it
   * is made already.
   */
  readonly toJson: (value: object, json?: string) => string;
  /** Called once, when the file can no longer be written. */
  readonly onFailure: (problem: string) => void;
}

/** Empties the file at `path` and opens it. Throws `ERR_USAGE` if that fails. */
export function openEventStream(
  path: string,
  { platform: { files, toUrl, toPath }, toJson, onFailure }: EventStreamParts,
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
        const json = form === "execution"
          ? toJson(record, executionJson(record))
          // What a module emits is copied first, since it may be anything.
          : toJson(form === "plain" ? record : plain(record) as object);
        open.write(json + "\n");
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
