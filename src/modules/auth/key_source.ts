/** Loads JSON Web Key Sets from URLs and files, bounded in size and time. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { decodedBody, UNDECODED } from "../shared/decoded_body.ts";
import type { KeySource } from "./key_set.ts";

const MAX_BYTES = 256 * 1024;
const TIMEOUT_MS = 5_000;

class TooLargeError extends Error {}

/** A key set that a server has. Redirects are not followed: they could lead anywhere. */
export function urlSource(url: string, stopping: AbortSignal): KeySource {
  return {
    name: new URL(url).origin + new URL(url).pathname,
    async load() {
      const signal = AbortSignal.any([stopping, AbortSignal.timeout(TIMEOUT_MS)]);
      const response = await send(url, signal);
      if (response.status !== 200) {
        await response.body?.cancel();
        throw new Error(`the server answered with ${response.status}`);
      }
      return parse(await readBody(response));
    },
  };
}

/** A key set in a file. */
export function fileSource(path: string): KeySource {
  return {
    name: path,
    async load() {
      // Reading a pipe waits for its writer, and a device may have no end.
      if (!(await stat(path)).isFile()) throw new Error("it is not a file");
      return parse(await readBounded(createReadStream(path, { end: MAX_BYTES })));
    },
  };
}

async function send(url: string, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, {
      ...UNDECODED,
      signal,
      redirect: "manual",
      headers: { accept: "application/jwk-set+json, application/json" },
    });
  } catch (cause) {
    throw failedServer(cause, "cannot be reached");
  }
}

async function readBody(response: Response): Promise<string> {
  try {
    return await readBounded(decodedBody(response));
  } catch (cause) {
    throw cause instanceof TooLargeError ? cause : failedServer(cause, "broke its answer off");
  }
}

/** Errors of runtimes name options of theirs, and URLs with the query. */
function failedServer(cause: unknown, problem: string): Error {
  const isLate = (cause as { name?: unknown }).name === "TimeoutError";
  const reason = isLate ? `did not answer within ${TIMEOUT_MS / 1_000} s` : problem;
  return new Error(`the server ${reason}`, { cause });
}

async function readBounded(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.byteLength;
    if (size > MAX_BYTES) throw new TooLargeError(`it is larger than ${MAX_BYTES / 1_024} KiB`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("it is not JSON");
  }
}
