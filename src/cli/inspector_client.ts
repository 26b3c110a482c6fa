/** Reads the API of an inspector that runs in another process. */
import { fail, messageOf } from "../contract/errors.ts";
import type { Platform } from "../contract/platform.ts";
import { isMap } from "../contract/resource.ts";
import type { ApiProblem, StreamMessages, StreamTopic } from "../inspector/api.ts";
import { INSPECTOR_FILE } from "./host.ts";

/** The longest file with an address. */
const LONGEST_FILE = 64 * 1_024;

/** An inspector, and how to read it. */
export interface InspectorClient {
  get<View>(path: string): Promise<View>;
  post<View>(path: string, body: unknown): Promise<View>;
  /**
   * The messages of one topic as they happen, until `signal` is aborted. `onLost` is called with the
   * number of those that were read too slowly.
   */
  stream<Topic extends StreamTopic>(
    topic: Topic,
    signal: AbortSignal,
    onLost: (count: number) => void,
  ): AsyncGenerator<StreamMessages[Topic], void>;
}

/** True for the address of an inspector rather than a path. */
export function isAddress(target: string): boolean {
  return /^https?:\/\//i.test(target);
}

/**
 * Connects to the inspector at an address, or to the one of the app at a path, whose address is in a
 * file of the working directory or of the app's folder. Throws `ERR_USAGE` if there is none.
 */
export function connect(target: string | undefined, platform: Platform): InspectorClient {
  const address = target !== undefined && isAddress(target) ? target : addressFor(target, platform);
  if (address === undefined) {
    throw fail("ERR_USAGE", {
      problem: target === undefined
        ? "No app is inspected in this folder"
        : `No app is inspected at ${target}`,
    }, { help: "Run it with --inspect, or give the address that it prints then" });
  }
  return createClient(address);
}

/** The address of the inspector of the app at a path; `undefined` if there is none. */
export function addressFor(
  path: string | undefined,
  { files, toUrl }: Platform,
): string | undefined {
  const places = [toUrl(INSPECTOR_FILE)];
  if (path !== undefined) {
    const url = toUrl(path);
    const folder = files.stat(url)?.kind === "directory" ? url.replace(/\/*$/, "/") : url;
    places.push(new URL(INSPECTOR_FILE, folder).href);
  }
  for (const place of places) {
    if (files.stat(place)?.kind !== "file") continue;
    const bytes = files.readBytes(place, LONGEST_FILE);
    const written = parse(new TextDecoder().decode(bytes));
    const isFor = path === undefined || isSamePlace(written["path"], path, toUrl);
    if (isFor && typeof written["address"] === "string") return written["address"];
  }
  return undefined;
}

function isSamePlace(written: unknown, path: string, toUrl: Platform["toUrl"]): boolean {
  const folder = (text: string) => toUrl(text).replace(/\/(?:runtime\.ya?ml)?$/, "");
  return typeof written === "string" && folder(written) === folder(path);
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return isMap(value) ? value : {};
  } catch {
    return {};
  }
}

function createClient(address: string): InspectorClient {
  let url: URL;
  try {
    url = new URL(address);
  } catch (error) {
    throw fail("ERR_USAGE", { problem: `${address} is not an address` }, { cause: error });
  }
  const token = url.searchParams.get("token");
  const base = `${url.origin}/api/v1/`;
  if (token === null) {
    throw fail("ERR_USAGE", { problem: `The address ${url.origin} has no token` }, {
      help: "Copy the whole address that the program has printed, with ?token=…",
    });
  }
  // The token must not leave this machine.
  if (!["127.0.0.1", "localhost", "[::1]"].includes(url.hostname)) {
    throw fail("ERR_USAGE", { problem: `${url.hostname} is not this machine` }, {
      help: "An inspector is served on 127.0.0.1; forward its port to look at another machine",
    });
  }

  async function request(path: string, init: RequestInit): Promise<Response> {
    const headers = { ...init.headers, authorization: `Bearer ${token}` };
    let response: Response;
    try {
      response = await fetch(base + path, { ...init, headers, redirect: "error" });
    } catch (error) {
      if (init.signal?.aborted === true) throw error;
      throw fail("ERR_USAGE", {
        problem: `There is no inspector at ${url.origin}: ${messageOf(error)}`,
      }, { help: "The app may have ended; run it again with --inspect", cause: error });
    }
    if (response.ok) return response;
    const { error } = await response.json() as ApiProblem;
    throw fail("ERR_USAGE", { problem: error.message }, { help: error.help });
  }

  return {
    get: async (path) => await (await request(path, {})).json(),
    post: async (path, body) =>
      await (await request(path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      })).json(),
    async *stream(topic, signal, onLost) {
      const { body } = await request(`stream?topics=${topic}`, { signal });
      try {
        // The answer to a request for a stream has a body.
        for await (const { name, data } of serverSentEvents(body!, signal)) {
          if (name === topic) yield JSON.parse(data);
          else if (name === "lost") {
            const lost = JSON.parse(data) as StreamMessages["lost"];
            if (lost[topic] !== undefined) onLost(lost[topic]);
          }
        }
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
  };
}

/** Gives `take` the messages of a topic until a signal comes, or nobody reads the output any more. */
export async function followStream<Topic extends StreamTopic>(
  { onSignal, stdout, stderr }: Platform,
  client: InspectorClient,
  topic: Topic,
  take: (message: StreamMessages[Topic]) => void,
): Promise<void> {
  const ended = new AbortController();
  const offSignal = onSignal(() => ended.abort());
  const onLost = (count: number) =>
    stderr.write(`${count} events were lost, because they were not read fast enough\n`);
  try {
    for await (const message of client.stream(topic, ended.signal, onLost)) {
      take(message);
      if (stdout.isGone) break;
    }
  } finally {
    offSignal();
    ended.abort();
  }
}

/** The messages of a stream. */
async function* serverSentEvents(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<{ readonly name: string; readonly data: string }> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  signal.addEventListener("abort", () => void reader.cancel().catch(() => {}), { once: true });
  let rest = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const messages = (rest + decoder.decode(part.value, { stream: true })).split("\n\n");
    rest = messages.pop() ?? "";
    for (const message of messages) {
      const [, name, data] = /^event: (.*)\ndata: (.*)$/s.exec(message) ?? [];
      if (name !== undefined && data !== undefined) yield { name, data };
    }
  }
}
