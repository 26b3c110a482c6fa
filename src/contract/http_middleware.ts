/** What a resource of any module provides so that it can be used around HTTP routes. */
import type { ExecutionOptions } from "./execution.ts";

/**
 * The `api` of a resource that the `use` of an `Http.Server`, `Http.Api` or `Http.Route` names. The
 * definition of its kind says `implements: [Http.Middleware]`, and lists what it adds to `request`
 * in `provides`.
 *
 * @example
 * const timing: HttpMiddleware = {
 *   async middleware(_request, next) {
 *     const began = ctx.clock.now();
 *     const response = await next();
 *     response.headers.set("server-timing", `app;dur=${ctx.clock.now() - began}`);
 *     return response;
 *   },
 * };
 */
export interface HttpMiddleware {
  /**
   * Answers a request, or continues with `next` and returns or changes its response. Runs before
   * the body is read and the request is validated. What it throws is answered like errors of
   * handlers.
   */
  middleware(
    request: Request,
    next: HttpNext,
    info: HttpMiddlewareInfo,
  ): Response | Promise<Response>;
  /**
   * How clients prove who they are to it: a Security Scheme Object of OpenAPI, such as
   * `{ type: http, scheme: bearer }`.
   */
  readonly security?: Readonly<Record<string, unknown>>;
  /**
   * True if it also runs around the 503 of a server that has `maxInFlight` requests: it only adds
   * headers, and waits for nothing.
   */
  readonly runsWhenBusy?: boolean;
}

/**
 * A middleware that a resource uses, as `ctx.use` gives it.
 *
 * @example
 * const use: HttpUsedMiddleware[] = ["Auth.Bearer.Users"].map((urn) => ({
 *   urn,
 *   api: ctx.use<HttpMiddleware>(urn),
 * }));
 */
export interface HttpUsedMiddleware {
  readonly urn: string;
  readonly api: HttpMiddleware;
}

/**
 * Continues with the next middleware, and at last the route. Never rejects: errors of the route,
 * and paths that have none, are responses too. `values` are added to `request` in expressions.
 * May be called once.
 *
 * @example
 * const identify = (next: HttpNext, user: string): Promise<Response> => next({ user });
 */
export type HttpNext = (values?: Readonly<Record<string, unknown>>) => Promise<Response>;

/**
 * What a server knows of a request that reaches a middleware.
 *
 * @example
 * function who({ ip, path, route }: HttpMiddlewareInfo): string {
 *   return `${ip} asks for ${path}, which is ${route ?? "no route"}`;
 * }
 */
export interface HttpMiddlewareInfo {
  /** The address of the client, with regard to `trustProxy` of the server. */
  readonly ip: string;
  /** The resolved path, percent-encoded. */
  readonly path: string;
  /** The path of the route, as the manifests write it; `undefined` if no route matches. */
  readonly route: string | undefined;
  /** `request` as the expressions of a route see it, without a body. */
  readonly request: Readonly<Record<string, unknown>>;
  /** Options for executions on behalf of the request: its signal, deadline and trace. */
  readonly execution: ExecutionOptions;
  /** A response in the shape of all errors of the server. */
  refuse(refusal: HttpRefusal): Response;
}

/**
 * An error response.
 *
 * @example
 * const refusal: HttpRefusal = {
 *   status: 401,
 *   code: "UNAUTHORIZED",
 *   message: "Who are you?",
 *   headers: { "www-authenticate": "Bearer" },
 * };
 */
export interface HttpRefusal {
  readonly status: number;
  /** Such as `UNAUTHORIZED`. */
  readonly code: string;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON for the client. */
  readonly data?: unknown;
}
