/** Records the files and responses that loading an app reads, so that they can be embedded. */
import type { BundledFiles, RecordedAnswer } from "../contract/bundle.ts";
import type { DirectoryEntry, Platform } from "../contract/platform.ts";
import { toBase64 } from "./base64.ts";

/** A platform and what it has recorded. */
export interface Recording {
  readonly platform: Platform;
  /** URLs of all files that were read. */
  read(): string[];
  /** The recorded files by the path that `pathOf` gives; those without one are left out. */
  bundle(pathOf: (url: string) => string | undefined): BundledFiles;
}

/** Creates a platform that records. */
export function record(machine: Platform): Recording {
  const texts = new Map<string, string>();
  const binaries = new Map<string, string>();
  const folders = new Map<string, readonly DirectoryEntry[]>();
  const links = new Map<string, string>();
  const answers: Record<string, RecordedAnswer> = {};
  return {
    platform: {
      ...machine,
      files: {
        ...machine.files,
        readBytes(url, limit) {
          const bytes = machine.files.readBytes(url, limit);
          const text = textOf(bytes);
          if (text === undefined) binaries.set(url, toBase64(bytes));
          else texts.set(url, text);
          return bytes;
        },
        list(url) {
          const entries = machine.files.list(url);
          folders.set(url, entries);
          return entries;
        },
        realUrl(url) {
          const real = machine.files.realUrl(url);
          if (real !== url) links.set(url, real);
          return real;
        },
      },
      async fetch(url, signal) {
        const response = await machine.fetch(url, signal);
        const { status, location, contentType, body } = response;
        const keep = (text: string) =>
          answers[url] = {
            status,
            ...(location === undefined ? {} : { location }),
            ...(contentType === undefined ? {} : { contentType }),
            text,
          };
        keep("");
        return { ...response, body: recordBody(body, keep) };
      },
    },
    read: () => [...texts.keys(), ...binaries.keys()],
    bundle: (pathOf) => ({
      texts: byPath(texts, pathOf),
      binaries: byPath(binaries, pathOf),
      folders: byPath(folders, pathOf),
      links: byPath(new Map([...links].map(([url, real]) => [url, pathOf(real)])), pathOf),
      answers,
    }),
  };
}

/** Passes the body on and calls `keep` with its whole text at the end. */
async function* recordBody(
  body: AsyncIterable<Uint8Array>,
  keep: (text: string) => void,
): AsyncGenerator<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) {
    chunks.push(chunk);
    yield chunk;
  }
  keep(decode(joined(chunks)));
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** The text in `bytes`; `undefined` if they are not UTF-8. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Decodes without errors, because loading rejects text that is not UTF-8. */
function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

/** The values by path, without those that have none. */
function byPath<Value>(
  values: ReadonlyMap<string, Value | undefined>,
  pathOf: (url: string) => string | undefined,
): Record<string, Value> {
  const entries: [string, Value][] = [];
  for (const [url, value] of values) {
    const path = pathOf(url);
    if (path !== undefined && value !== undefined) entries.push([path, value]);
  }
  return Object.fromEntries(entries);
}
