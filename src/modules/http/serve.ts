/** From a request to the route that answers it. */
import type { ModuleCreateContext } from "../../contract/module.ts";
import { type DiglyError, isDiglyError } from "../../contract/errors.ts";
import { describeError, RequestError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { createHandler, type RouteHandler } from "./handle.ts";
import type { RequestLimits } from "./limits.ts";
import { errorResponse, failureResponse, type ResponseClass } from "./respond.ts";
import { createRouter } from "./router.ts";
import type { MountedRoute } from "./routes.ts";

/** Answers requests; never rejects. Tells `exchange`, if there is one, what it did. */
export type Serve = (request: Request, exchange?: Exchange) => Promise<Response>;

/** A route as it was written, and what answers its requests. */
interface Answering {
  readonly path: string;
  readonly handle: RouteHandler;
}

/** Compiles the routes of a server. */
export async function createServe(
  routes: readonly MountedRoute[],
  limits: RequestLimits,
  Response: ResponseClass,
  ctx: ModuleCreateContext,
): Promise<Serve> {
  const find = createRouter<Answering>(
    await Promise.all(routes.map(async ({ method, path, pattern, names, fields }) => ({
      method,
      pattern,
      route: { path, handle: await createHandler(fields, { names, limits, Response, ctx }) },
    }))),
  );

  /** The answer of the route that matches. Throws a {@link RequestError} where none does. */
  function answer(request: Request, exchange: Exchange | undefined): Promise<Response> {
    const { path, search } = split(request.url);
    const match = find(request.method, path);
    if (match === undefined) throw new RequestError(404, "NOT_FOUND", "Nothing is at this path");
    if ("allow" in match) {
      throw new RequestError(405, "METHOD_NOT_ALLOWED", "This path does not know this method", {
        headers: { allow: match.allow.join(", ") },
      });
    }
    if (exchange !== undefined) exchange.route = match.route.path;
    return match.route.handle(request, match.params, search, exchange);
  }

  return async (request, exchange) => {
    try {
      return await answer(request, exchange);
    } catch (error) {
      return error instanceof RequestError
        ? errorResponse(error, Response)
        : failure(error, request, Response, ctx);
    }
  };
}

/** The response to a server that is not, or no longer, able to answer. */
export function unavailable(Response: ResponseClass): Response {
  return errorResponse(
    new RequestError(503, "UNAVAILABLE", "The server is stopping", {
      headers: { "retry-after": "1" },
    }),
    Response,
  );
}

function failure(
  error: unknown,
  request: Request,
  Response: ResponseClass,
  ctx: ModuleCreateContext,
): Response {
  // Nobody is there to read an answer any more.
  if (request.signal.aborted) return failureResponse("", Response);
  if (isDiglyError(error) && error.code === "ERR_ABORTED" && ctx.signal.aborted) {
    return unavailable(Response);
  }
  const id = crypto.randomUUID();
  const { path } = split(request.url);
  const message = error instanceof Error ? error.message : "a value that is no error was thrown";
  ctx.log.error(`${request.method} ${path} failed: ${message}`, {
    id,
    method: request.method,
    path,
    ...(isDiglyError(error) ? { code: error.code, ...placeOf(error) } : {}),
    error: describeError(error),
  });
  return failureResponse(id, Response);
}

function placeOf({ origin }: DiglyError): { readonly at?: string } {
  return origin === undefined ? {} : { at: `${origin.file}:${origin.line}:${origin.column}` };
}

/** Path and query of an absolute URL, without parsing what is not needed. */
export function split(url: string): { readonly path: string; readonly search: string } {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  const query = url.indexOf("?", start);
  if (query === -1) return { path: url.slice(start), search: "" };
  return { path: url.slice(start, query), search: url.slice(query + 1) };
}
