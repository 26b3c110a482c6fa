/** Standard streams. Output is written synchronously, so that an exit loses nothing. */
import { writeSync } from "node:fs";
import process from "node:process";
import { type DiglyError, fail, messageOf } from "../contract/errors.ts";
import type { Output } from "../contract/platform.ts";
import { isTerminal, terminalSize } from "./terminal.ts";

/** How long to wait, in milliseconds, before a full pipe is tried again. */
const RETRY_AFTER = 2;

/** The output stream behind a file descriptor. */
export function outputTo(descriptor: number): Output {
  let gone = false;
  return {
    isTerminal: isTerminal(descriptor),
    ...(descriptor === 1 ? { size: terminalSize } : {}),
    get isGone() {
      return gone;
    },
    write(content) {
      let rest: Uint8Array = typeof content === "string" ? Buffer.from(content) : content;
      while (rest.length > 0) {
        try {
          rest = rest.subarray(writeSync(descriptor, rest));
        } catch (error) {
          const { code } = error as NodeJS.ErrnoException;
          if (code === "EAGAIN") sleep(RETRY_AFTER);
          // A reader that has gone, or a stream closed from the start, wants nothing more;
          // that must not stop a server.
          else if (code === "EPIPE" || code === "EBADF") {
            gone = true;
            return;
          } else if (code === "EINTR") continue;
          else if (descriptor === 1) throw outputFailed(error);
          else return; // the error cannot be reported either
        }
      }
    },
  };
}

function outputFailed(error: unknown): DiglyError {
  const isFull = (error as NodeJS.ErrnoException).code === "ENOSPC";
  const reason = isFull ? "no space is left on the device" : messageOf(error);
  return fail("ERR_OUTPUT_FAILED", { problem: `Standard output cannot be written: ${reason}` }, {
    help: isFull ? "Make space, or send the output elsewhere" : undefined,
    cause: error,
  });
}

/** The bytes of standard input, one more than `limit` at most. */
export async function readStdin(limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > limit) break;
  }
  return Buffer.concat(chunks, Math.min(size, limit + 1));
}

/** The chunks of standard input. */
export function readInput(): AsyncIterable<Uint8Array> {
  return process.stdin as AsyncIterable<Uint8Array>;
}

/** Sends everything but {@link outputTo} to standard error: the console, and Node's own stream. */
export async function redirectConsole(): Promise<void> {
  // Loading it takes longer than the start of a small app.
  const { Console } = await import("node:console");
  globalThis.console = new Console(process.stderr, process.stderr) as typeof console;
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;
}

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
