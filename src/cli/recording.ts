/** Keeps what the load of an app reads, so that it can travel. */
import type { BundledFiles, RecordedAnswer } from "../contract/bundle.ts";
import type { DirectoryEntry, Platform } from "../contract/platform.ts";

/** A platform that remembers what was asked of it. */
export interface Recording {
  readonly platform: Platform;
  /** URLs of all files that were read. */
  read(): string[];
  /** What was read, each URL as the place that `placeOf` gives it, if it does. */
  bundle(placeOf: (url: string) => string | undefined): BundledFiles;
}

/** Makes a platform that remembers. */
export function record(machine: Platform): Recording {
  const texts = new Map<string, string>();
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
          texts.set(url, decode(bytes));
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
    read: () => [...texts.keys()],
    bundle: (placeOf) => ({
      texts: placed(texts, placeOf),
      folders: placed(folders, placeOf),
      links: placed(new Map([...links].map(([url, real]) => [url, placeOf(real)])), placeOf),
      answers,
    }),
  };
}

/** The body as it comes; `keep` is given its text at its end. */
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

/** The load refuses what is not UTF-8, and a bundle that was refused is never made. */
function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

/** The values by place, without those that have none. */
function placed<Value>(
  values: ReadonlyMap<string, Value | undefined>,
  placeOf: (url: string) => string | undefined,
): Record<string, Value> {
  const found: [string, Value][] = [];
  for (const [url, value] of values) {
    const place = placeOf(url);
    if (place !== undefined && value !== undefined) found.push([place, value]);
  }
  return Object.fromEntries(found);
}
