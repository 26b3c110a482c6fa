/** `Http.Proxy`: passes requests on to another service, and its responses back. */
import type { IncomingMessage } from "node:http";
import {
  type HttpMount,
  type HttpMountInfo,
  type ModuleCreateContext,
  type ResourceInstance,
  type RuntimeResource,
  sizeBytes,
} from "../../contract/author.ts";
import { leavesFolder } from "../shared/escaped_path.ts";
import { badRequest, RequestError } from "./errors.ts";
import { timeoutMs } from "./limits.ts";
import { createMiddlewareFinder } from "./middleware.ts";
import { type OutgoingHeaders, requestHeaders, responseHeaders } from "./proxy_headers.ts";
import type { RequestView } from "./request.ts";
import { toHeaders } from "./response_headers.ts";
import { responseWith } from "./send.ts";
import {
  ClientGone,
  createUpstream,
  type Outgoing,
  type Upstream,
  UpstreamTimeout,
} from "./upstream.ts";

/** The fields of an `Http.Proxy`. */
export interface ProxyFields {
  readonly upstream: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly timeout: string | number;
  readonly maxBodyBytes?: string | number;
  /** Middleware, the outermost first. */
  readonly use?: readonly string[];
}

/** Statuses whose responses have no body. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/** Passes requests on. */
export function create(
  resource: RuntimeResource<ProxyFields>,
  ctx: ModuleCreateContext,
): ResourceInstance<HttpMount> {
  const { upstream: written, timeout, use = [] } = resource;
  const maxBodyBytes = resource.maxBodyBytes === undefined
    ? undefined
    : sizeBytes(resource.maxBodyBytes);
  const url = new URL(written);
  const base = url.pathname.replace(/\/$/, "");
  const patienceMs = timeoutMs(timeout);
  const headers = resource.headers === undefined ? undefined : ctx.template(resource.headers);
  let upstream: Upstream | undefined;

  function prepare(request: Request, info: HttpMountInfo): Outgoing {
    const { method } = request;
    if (leavesFolder(info.path)) throw badRequest("The path leads out of the one that is served");
    const body = method === "GET" || method === "HEAD" ? null : info.streamBody(maxBodyBytes);
    const outgoing = requestHeaders(request, url.host, info.forwarded, body !== null);
    const { traceparent } = info.execution;
    if (traceparent !== undefined) outgoing["traceparent"] = traceparent;
    if (headers !== undefined) replaceHeaders(outgoing, headers, info.request);
    return { method, path: base + info.path + searchOf(info), headers: outgoing, body };
  }

  return {
    api: {
      // It has its own.
      timeoutMs: Infinity,
      use: createMiddlewareFinder(ctx)(use),
      async fetch(request, info) {
        const outgoing = prepare(request, info);
        const { signal } = info.execution;
        upstream ??= createUpstream(url, ctx.clock);
        try {
          const response = await upstream.send(outgoing, {
            // Requests that mounts get have a signal.
            signal: typeof signal === "function" ? signal() : signal!,
            timeoutMs: patienceMs,
          });
          return toResponse(response, outgoing.method);
        } catch (error) {
          throw publicError(error, outgoing, url, ctx);
        }
      },
    },
    teardown: () => upstream?.close(),
  };
}

function searchOf({ request }: HttpMountInfo): string {
  const url = String(request["url"]);
  const query = url.indexOf("?");
  return query < 0 ? "" : url.slice(query);
}

/** Sets the headers of the proxy; null removes one of the client. */
function replaceHeaders(
  outgoing: OutgoingHeaders,
  template: (scope: Readonly<Record<string, unknown>>) => unknown,
  request: HttpMountInfo["request"],
): void {
  const values = template({ request }) as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(values)) delete outgoing[name.toLowerCase()];
  // The request that mounts get is the view that expressions read.
  for (const [name, value] of toHeaders(values, request as unknown as RequestView)) {
    outgoing[name] = value;
  }
}

function toResponse(response: IncomingMessage, method: string): Response {
  const { statusCode: status = 0, statusMessage = "", rawHeaders } = response;
  if (status < 200 || status > 599) {
    response.destroy();
    throw new Error(`it responded with the status ${status}`);
  }
  const statusText = /^[\t\x20-\x7e]*$/.test(statusMessage) ? statusMessage : "";
  const init = { status, statusText, headers: responseHeaders(rawHeaders) };
  if (method !== "HEAD" && !WITHOUT_BODY.has(status)) return responseWith(response, init);
  response.resume();
  return new Response(null, init);
}

/** The error for the client, which the log explains. */
function publicError(
  error: unknown,
  { method, path }: Outgoing,
  { origin }: URL,
  ctx: ModuleCreateContext,
): unknown {
  if (error instanceof RequestError || error instanceof ClientGone) return error;
  const isLate = error instanceof UpstreamTimeout;
  const reason = isLate ? "it did not respond in time" : (error as Error).message;
  const [place = ""] = path.split("?", 1);
  ctx.log.warn(`${method} ${place}: ${origin} failed: ${reason}`, {
    method,
    path: place,
    upstream: origin,
    ...(isLate ? {} : { error }),
  });
  return isLate
    ? new RequestError(504, "GATEWAY_TIMEOUT", "The service behind this one did not answer in time")
    : new RequestError(502, "BAD_GATEWAY", "The service behind this one failed");
}
