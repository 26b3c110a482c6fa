/** What a resource of any module provides so that an `Http.Server` can mount it. */
import type { ExecutionOptions } from "./execution.ts";
import type { HttpUsedMiddleware } from "./http_middleware.ts";
import type { Path } from "./resource.ts";

/**
 * The `api` of a resource that an `Http.Server` can mount. The definition of its kind says
 * `implements: [Http.Mount]`.
 *
 * @example
 * const page: HttpMount = {
 *   paths: ["/hello"],
 *   methods: ["GET"],
 *   fetch: (_request, { mount }) => new Response(`Hello from ${mount}`),
 * };
 */
export interface HttpMount {
  /**
   * The paths below the mount that it answers, as those of routes: `/docs`, `/files/*`. Without
   * them, everything below the mount. A route with a more specific path takes precedence.
   */
  readonly paths?: readonly string[];
  /**
   * The methods that it answers; all without it. `GET` includes `HEAD`. The server answers others
   * with 405, or with another route that has them.
   */
  readonly methods?: readonly string[];
  /** How long `fetch` may take, in milliseconds; `timeouts.handler` of the server without it. */
  readonly timeoutMs?: number;
  /** Middleware around it, the outermost first, inside that of the server. */
  readonly use?: readonly HttpUsedMiddleware[];
  /** Answers a request. What it throws is answered like errors of handlers. */
  fetch(request: Request, info: HttpMountInfo): Response | Promise<Response>;
}

/**
 * What the check of a kind says of an `HttpMount`, so that the check of a server finds two resources
 * that answer the same requests.
 *
 * @example
 * export const check: Check = ({ path }, ctx) => {
 *   const offer: HttpMountOffer = { paths: [{ path: String(path), at: ["path"] }], methods: ["GET"] };
 *   ctx.offer("Http.Mount", offer);
 * };
 */
export interface HttpMountOffer {
  /** Its paths below the mount, and the fields that they come from; without them, all. */
  readonly paths?: readonly { readonly path: string; readonly at: Path }[];
  /** Its methods; all without it. */
  readonly methods?: readonly string[];
  /** The URNs of its middleware, the outermost first, so that its expressions may use what they provide. */
  readonly use?: readonly string[];
}

/**
 * What a server knows of a request to a mounted resource.
 *
 * @example
 * async function answer(request: Request, info: HttpMountInfo): Promise<Response> {
 *   const body = await info.readBody();
 *   const result = await ctx.execute("JavaScript.Script.Answer", body, info.execution);
 *   return Response.json({ method: request.method, path: info.path, result });
 * }
 */
export interface HttpMountInfo {
  /** The path of the mount, without a slash at its end: `/v1`, or `""`. */
  readonly mount: string;
  /** The path below the mount, percent-encoded and resolved: `/docs`. */
  readonly path: string;
  /** `request` as the expressions of a route see it, with the parameters of its path, without a body. */
  readonly request: Readonly<Record<string, unknown>>;
  /** Options for executions on behalf of the request: its signal, deadline and trace. */
  readonly execution: ExecutionOptions;
  /**
   * Reads the body within the limits of the server: parsed if it is JSON or a form, text otherwise,
   * null if there is none. The server answers what it throws.
   */
  readBody(): Promise<unknown>;
  /**
   * The body while it arrives; null if there is none. It fails if it takes longer than
   * `timeouts.body` of the server, or is larger than `maxBytes`, which is unlimited by default; the
   * server answers that error if `fetch` throws it.
   */
  streamBody(maxBytes?: number): ReadableStream<Uint8Array> | null;
  /** What to tell a service behind this one about the client. */
  readonly forwarded: HttpForwarded;
  /** The routes of the server, in the order in which they are mounted. */
  routes(): readonly HttpRouteDescription[];
}

/**
 * The client of a request, as `X-Forwarded-For` and similar headers describe it.
 *
 * @example
 * function headersFor({ for: addresses, proto, host }: HttpForwarded): Record<string, string> {
 *   return { "x-forwarded-for": addresses, "x-forwarded-proto": proto, "x-forwarded-host": host };
 * }
 */
export interface HttpForwarded {
  /** The addresses of the client and the proxies, in the order of the request. */
  readonly for: string;
  readonly proto: string;
  readonly host: string;
  /** True if the headers of the request are those of a proxy that `trustProxy` includes. */
  readonly isTrusted: boolean;
}

/**
 * A route of a server, for documentation. Schemas are JSON Schema; undefined means anything.
 *
 * @example
 * function list(routes: readonly HttpRouteDescription[]): string[] {
 *   return routes.map(({ method, path, summary }) => `${method} ${path} ${summary ?? ""}`);
 * }
 */
export interface HttpRouteDescription {
  /** The resource that contains it: an `Http.Route` or `Http.Api`. */
  readonly resource: string;
  /** True if the resource is a group of routes. */
  readonly isGroup: boolean;
  readonly method: string;
  /** The whole path, as the manifests write it: `/v1/orders/:customer`. */
  readonly path: string;
  readonly summary?: string | undefined;
  readonly description?: string | undefined;
  readonly tags: readonly string[];
  readonly request: {
    readonly params?: unknown;
    readonly query?: unknown;
    readonly headers?: unknown;
    readonly body?: unknown;
  };
  /** How a client proves who it is; it has to do all of them. */
  readonly security: readonly HttpSecurityDescription[];
  /** The input of the handler is validated, so that a request may be answered with 400. */
  readonly validatesInput: boolean;
  readonly response: HttpResponseDescription;
  /** The errors of the handler that have a status, by code. */
  readonly errors: Readonly<Record<string, HttpErrorDescription>>;
}

/**
 * A way in which clients prove who they are.
 *
 * @example
 * const security: HttpSecurityDescription = {
 *   resource: "Auth.Bearer.Users",
 *   scheme: { type: "http", scheme: "bearer" },
 * };
 */
export interface HttpSecurityDescription {
  /** The resource that demands it. */
  readonly resource: string;
  /** A Security Scheme Object of OpenAPI, such as `{ type: http, scheme: bearer }`. */
  readonly scheme: Readonly<Record<string, unknown>>;
}

/**
 * A response of a route.
 *
 * @example
 * const created: HttpResponseDescription = { status: 201, hasBody: true, schema: { type: "object" } };
 */
export interface HttpResponseDescription {
  /** Undefined if an expression computes it. */
  readonly status: number | undefined;
  readonly description?: string | undefined;
  /** The `content-type` header, if it is written in the manifest. */
  readonly contentType?: string | undefined;
  /** False for a response without a body. */
  readonly hasBody: boolean;
  readonly schema?: unknown;
}

/**
 * A response to an error.
 *
 * @example
 * const missing: HttpErrorDescription = { status: 404, isReplaced: false };
 */
export interface HttpErrorDescription {
  readonly status: number | undefined;
  readonly description?: string | undefined;
  /** The schema of the body, if the route replaces the usual one. */
  readonly schema?: unknown;
  readonly isReplaced: boolean;
}
