/** The HTTP server of the inspector: the page, the API and the stream. */
import type { Access } from "./access.ts";
import { createAccess } from "./access.ts";
import type { ApiProblem, AppView, StreamTopic } from "./api.ts";
import { describeError, RequestProblem } from "./errors.ts";
import type { InspectedApp } from "./inspected_app.ts";
import { DEFAULT_TOPICS, MOST_PAGES, type Pages, TOPICS } from "./pages.ts";
import { answer } from "./routes.ts";
import { didYouMean } from "../diagnostics/nearest.ts";
import { UNKNOWN } from "./places.ts";

/** The most bytes of a body. */
const MOST_BODY = 4 * 1_024 * 1_024;

const BASE = "/api/v1/";

const HEADERS: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
};

/** Listens on the loopback interface. */
export interface HttpAdapter {
  readonly Response: typeof Response;
  listen(options: {
    readonly host: string;
    readonly port: number;
    readonly fetch: (request: Request) => Promise<Response>;
    readonly warn: (message: string) => void;
  }): Promise<{ readonly port: number; close(): Promise<void> }>;
}

/** A file of the page. */
export interface PageFile {
  readonly type: string;
  readonly text: string;
  /** What it may load beside itself, as a content security policy. */
  readonly policy?: string;
}

/** What the server needs from the inspector. */
export interface ServerOptions {
  readonly adapter: HttpAdapter;
  readonly port: number;
  readonly token: string;
  readonly app: () => InspectedApp | undefined;
  readonly describeApp: () => AppView;
  readonly pages: Pages;
  /** The file of the page at a path such as `/`. */
  readonly pageFile: (path: string) => Promise<PageFile | undefined>;
  readonly warn: (message: string) => void;
}

/** A server that listens. */
export interface InspectorServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Starts the server. */
export async function startServer(options: ServerOptions): Promise<InspectorServer> {
  const { adapter, port, token, warn } = options;
  const own: { access?: Access } = {};
  const listening = await adapter.listen({
    host: "127.0.0.1",
    port,
    warn,
    async fetch(request) {
      // Until the port is known, nothing can be checked; it is known before the address is printed.
      if (own.access === undefined) return new adapter.Response(null, { status: 503 });
      try {
        return await respond(request, own.access, options);
      } catch (error) {
        return problem(error, request, options);
      }
    },
  });
  own.access = createAccess(token, listening.port);
  return listening;
}

async function respond(
  request: Request,
  access: Access,
  options: ServerOptions,
): Promise<Response> {
  const { adapter, pageFile } = options;
  access.checkSite(request);
  const { pathname, searchParams } = new URL(request.url);
  const { method } = request;
  const token = searchParams.get("token");
  if (token !== null && pathname === "/") {
    const cookie = access.cookieFor(token);
    if (cookie === undefined) throw unauthorized();
    const headers = { ...HEADERS, "set-cookie": cookie, location: "/" };
    return new adapter.Response(null, { status: 303, headers });
  }
  if (!access.isAllowed(request)) throw unauthorized();
  if (pathname.startsWith(BASE)) {
    return await respondApi(request, pathname.slice(BASE.length), searchParams, options);
  }
  if (method !== "GET" && method !== "HEAD") {
    throw new RequestProblem(405, "METHOD_NOT_ALLOWED", "Only GET is allowed here");
  }
  const file = await pageFile(pathname);
  if (file === undefined) {
    throw new RequestProblem(404, "NOT_FOUND", `There is no ${pathname.slice(0, 100)}`);
  }
  const headers = {
    ...HEADERS,
    "content-type": file.type,
    ...(file.policy === undefined ? {} : { "content-security-policy": file.policy }),
  };
  return new adapter.Response(method === "HEAD" ? null : file.text, { headers });
}

async function respondApi(
  request: Request,
  path: string,
  query: URLSearchParams,
  options: ServerOptions,
): Promise<Response> {
  const { adapter, app, describeApp } = options;
  const { method } = request;
  if (method === "POST") requireJson(request);
  if (path === "stream" && method === "GET") return openStream(query, options);
  if (path === "app" && method === "GET") return json(describeApp(), options);
  const inspected = app();
  if (inspected === undefined) {
    throw new RequestProblem(
      503,
      "NOT_LOADED",
      "The app is not loaded yet",
      "Try again in a moment",
    );
  }
  const words = path.split("/").map(decode);
  const value = await answer(inspected, {
    method,
    path: words,
    query,
    readBody: () => readJson(request),
  });
  const generation = describeApp().generation;
  const isView = path === "resources" || path === "graph";
  return json(isView ? { generation, ...value as object } : value, { adapter });
}

function openStream(
  query: URLSearchParams,
  { adapter, pages, describeApp }: ServerOptions,
): Response {
  const asked = query.get("topics")?.split(",") ?? DEFAULT_TOPICS;
  for (const topic of asked) {
    if ((TOPICS as readonly string[]).includes(topic)) continue;
    throw new RequestProblem(
      400,
      "BAD_REQUEST",
      `"${topic.slice(0, 40)}" is not a topic`,
      didYouMean(topic, TOPICS) ?? `The topics are ${TOPICS.join(", ")}`,
    );
  }
  // The state of the app comes first, also so that every runtime sends the headers at once.
  const topics = new Set(["app", ...asked] as StreamTopic[]);
  const body = pages.open(topics, () => ({ app: describeApp() }));
  if (body === undefined) {
    throw new RequestProblem(
      503,
      "TOO_MANY_PAGES",
      `There are ${MOST_PAGES} pages open already`,
      "Close one of them",
    );
  }
  return new adapter.Response(body, {
    headers: { ...HEADERS, "content-type": "text/event-stream" },
  });
}

function requireJson({ headers }: Request): void {
  const type = headers.get("content-type") ?? "";
  if (/^application\/json\s*(?:;|$)/i.test(type)) return;
  // A form of another site cannot have this type.
  throw new RequestProblem(
    415,
    "UNSUPPORTED_MEDIA_TYPE",
    "The body must be JSON",
    "Send content-type: application/json",
  );
}

async function readJson(request: Request): Promise<unknown> {
  const tooLarge = () =>
    new RequestProblem(413, "TOO_LARGE", `The body is larger than ${MOST_BODY} bytes`);
  if (Number(request.headers.get("content-length") ?? 0) > MOST_BODY) throw tooLarge();
  const reader = request.body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) {
    size += part.value.length;
    if (size > MOST_BODY) {
      await reader?.cancel().catch(() => {});
      throw tooLarge();
    }
    text += decoder.decode(part.value, { stream: true });
  }
  if (text.trim() === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new RequestProblem(400, "BAD_REQUEST", "The body is not valid JSON");
  }
}

function decode(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    throw new RequestProblem(400, "BAD_REQUEST", "The path has an invalid % in it");
  }
}

function unauthorized(): RequestProblem {
  return new RequestProblem(
    401,
    "WRONG_TOKEN",
    "The token is missing or wrong",
    "Open the address that the program has printed, or send Authorization: Bearer <token>",
  );
}

function json(value: unknown, { adapter }: Pick<ServerOptions, "adapter">, status = 200): Response {
  return new adapter.Response(JSON.stringify(value), {
    status,
    headers: { ...HEADERS, "content-type": "application/json" },
  });
}

function problem(error: unknown, request: Request, { adapter, app }: ServerOptions): Response {
  const inspected = app();
  const redact = inspected?.redact ?? (<T>(value: T) => value);
  const places = inspected?.places ?? { file: (path) => path, of: (origin) => origin ?? UNKNOWN };
  const described: ApiProblem = { error: describeError(error, redact, places) };
  const status = error instanceof RequestProblem ? error.status : 500;
  // A person who opens an old address reads the answer in a browser.
  if (request.headers.get("accept")?.includes("text/html")) {
    const { message, help } = described.error;
    const text = [message, ...(help === undefined ? [] : [help])].join(".\n") + ".\n";
    const headers = { ...HEADERS, "content-type": "text/plain; charset=utf-8" };
    return new adapter.Response(text, { status, headers });
  }
  return json(described, { adapter }, status);
}
