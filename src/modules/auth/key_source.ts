/** Loads JSON Web Key Sets from URLs and files, bounded in size and time. */
import { readFile, stat } from "node:fs/promises";
import type { KeySource } from "./key_set.ts";

const MAX_BYTES = 256 * 1024;
const TIMEOUT_MS = 5_000;

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
      return parse(await readBounded(response));
    },
  };
}

/** A key set in a file. */
export function fileSource(path: string): KeySource {
  return {
    name: path,
    async load() {
      const { size } = await stat(path);
      if (size > MAX_BYTES) throw tooLarge();
      return parse(await readFile(path, "utf8"));
    },
  };
}

async function send(url: string, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, {
      signal,
      redirect: "manual",
      headers: { accept: "application/jwk-set+json, application/json" },
    });
  } catch (cause) {
    const isLate = (cause as { name?: unknown }).name === "TimeoutError";
    const reason = isLate ? `did not answer within ${TIMEOUT_MS / 1_000} s` : "cannot be reached";
    throw new Error(`the server ${reason}`, { cause });
  }
}

async function readBounded({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_BYTES) throw tooLarge();
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

function tooLarge(): Error {
  return new Error(`it is larger than ${MAX_BYTES / 1_024} KiB`);
}
