/** The transport over standard input and output: one message in each line. */
import process from "node:process";
import { answer, cancelledId, failure, idOf, type Offer, PARSE_ERROR } from "./protocol.ts";

/** Options of {@link serveStdio}. */
export interface StdioOptions {
  readonly maxMessageBytes: number;
  readonly write: (text: string) => void;
  /** Called when the client has closed its end, and everything is answered. */
  readonly onEnd: () => void;
}

/** A conversation over standard input and output. */
export interface Conversation {
  /** Reads no more messages; resolves when those that were read are answered. */
  drain(): Promise<void>;
}

const NEWLINE = 10;

/**
 * What scripts and packages print goes to standard error, because standard output belongs to the
 * protocol. It stays so until the process ends.
 */
export function keepOthersOffStdout(): void {
  for (const name of ["log", "info", "debug", "dir", "table"] as const) {
    console[name] = (...values: unknown[]) => console.error(...values);
  }
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;
}

/** Answers messages until standard input ends. */
export function serveStdio(offer: Offer, options: StdioOptions): Conversation {
  const running = new Map<unknown, AbortController>();
  const pending = new Set<Promise<void>>();
  const lines = createLineReader(options.maxMessageBytes, receive);

  function send(message: object): void {
    options.write(`${JSON.stringify(message)}\n`);
  }

  function receive(line: string | undefined): void {
    if (line === undefined) {
      const problem = `The message is larger than ${options.maxMessageBytes} bytes`;
      return send(failure(null, PARSE_ERROR, problem));
    }
    if (line.trim() === "") return;
    let message: unknown;
    try {
      message = JSON.parse(line);
    } catch {
      return send(failure(null, PARSE_ERROR, "The message is not valid JSON"));
    }
    const work = handle(message).finally(() => pending.delete(work));
    pending.add(work);
  }

  async function handle(message: unknown): Promise<void> {
    running.get(cancelledId(message))?.abort();
    const controller = new AbortController();
    const id = idOf(message);
    if (id !== null) running.set(id, controller);
    const { signal } = controller;
    const response = await answer(message, offer, { caller: null, signal });
    if (running.get(id) === controller) running.delete(id);
    // A request that was cancelled has no response.
    if (response !== undefined && !signal.aborted) send(response);
  }

  async function untilAnswered(): Promise<void> {
    while (pending.size > 0) await Promise.all(pending);
  }

  const onData = (chunk: Uint8Array) => lines.add(chunk);
  const onEnd = () => {
    lines.end();
    void untilAnswered().then(options.onEnd);
  };
  process.stdin.on("data", onData).once("end", onEnd).once("error", onEnd);
  return {
    async drain() {
      process.stdin.off("data", onData).off("end", onEnd).off("error", onEnd);
      process.stdin.pause();
      process.stdin.unref?.();
      await untilAnswered();
    },
  };
}

/** Takes bytes as they come. */
export interface LineReader {
  add(chunk: Uint8Array): void;
  /** The last line may have no line break. */
  end(): void;
}

/** Splits bytes into lines; a line is `undefined` if it is longer than `maxBytes`. */
export function createLineReader(
  maxBytes: number,
  onLine: (line: string | undefined) => void,
): LineReader {
  let parts: Uint8Array[] = [];
  let size = 0;

  function keep(part: Uint8Array): void {
    size += part.length;
    // What is too long is not kept.
    if (size > maxBytes) parts = [];
    // The chunk may be a part of a buffer that is used again.
    else if (part.length > 0) parts.push(part.slice());
  }

  function end(): void {
    const line = size > maxBytes ? undefined : decode(parts, size);
    parts = [];
    size = 0;
    onLine(line);
  }

  return {
    end,
    add(chunk) {
      let rest = chunk;
      for (let at = rest.indexOf(NEWLINE); at >= 0; at = rest.indexOf(NEWLINE)) {
        keep(rest.subarray(0, at));
        end();
        rest = rest.subarray(at + 1);
      }
      keep(rest);
    },
  };
}

function decode(parts: readonly Uint8Array[], size: number): string {
  const all = new Uint8Array(size);
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return new TextDecoder().decode(all);
}
