/**
 * The event stream: every event as a line of a file, there when `emit` returns.
 * Rules: specification §11.1, decisions D-28 and D-32.
 */
import { wrongArgument } from "../contract/arguments.ts";
import { fail, messageOf } from "../contract/errors.ts";
import type { EventRecord } from "../contract/events.ts";
import type { AppendFile, Platform } from "../contract/platform.ts";
import { eventMatcher, eventReader, followEvents } from "./event_reader.ts";
import { plain } from "./plain.ts";

/** The events written so far, and those to come. */
export interface EventStream extends AsyncIterable<EventRecord> {
  /** Absolute path of the file. */
  readonly path: string;
  /** Every event in the file. */
  readAll(): Promise<EventRecord[]>;
  /** The events of that name, in which `*` stands for any text: `Http.*`, `*.Failed`. */
  getEventsByType(type: string): Promise<EventRecord[]>;
  /** Every event in the file and then those to come; ends when the kernel has stopped. */
  [Symbol.asyncIterator](): AsyncGenerator<EventRecord, void>;
}

/** How a stream is written. */
export interface EventStreamOptions {
  /** Waits for the device after each event, so that a power cut loses none either. False by default. */
  readonly sync?: boolean;
}

/** The writing side. */
export interface EventWriter {
  readonly stream: EventStream;
  /** Writes one event; never throws. */
  write(record: EventRecord): void;
  /** Ends the stream; an event that still comes is written all the same. */
  close(): void;
}

/** What a stream needs of the kernel. */
export interface EventStreamParts {
  readonly platform: Platform;
  readonly redact: <T>(value: T) => T;
  /** Told once, when the file cannot be written any more. */
  readonly onFailure: (problem: string) => void;
}

/** Empties the file at `path` and opens it. Throws `ERR_USAGE` where that is not possible. */
export function openEventStream(
  path: string,
  { platform: { files, toUrl, toPath }, redact, onFailure }: EventStreamParts,
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
      // Everything is in the file already.
    }
  }

  const reader = () => eventReader(files, url, absolute);
  const stream: EventStream = {
    path: absolute,
    readAll: () => Promise.resolve().then(() => Array.from(reader()(), ({ record }) => record)),
    async getEventsByType(type) {
      if (typeof type !== "string") throw wrongArgument("type", "the name of an event", type);
      const fits = eventMatcher(type);
      return (await stream.readAll()).filter(({ event }) => fits(event));
    },
    async *[Symbol.asyncIterator]() {
      for await (const { record } of followEvents(reader(), () => closed)) yield record;
    },
  };
  return {
    stream,
    close,
    write(record) {
      if (failed) return;
      try {
        const open = file ?? files.openAppend(url, "keep");
        open.write(JSON.stringify(redact(plain(record))) + "\n");
        if (sync) open.sync();
        if (file === undefined) open.close();
      } catch (error) {
        failed = true;
        close();
        onFailure(`The event stream ${absolute} ends here: ${messageOf(error)}`);
      }
    },
  };
}
