/** Finds the route of a request and answers with it. */
import { isDiglyError, type ModuleCreateContext } from "../../contract/author.ts";
import { methodNotAllowed, RequestError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { logFailure } from "./failure_log.ts";
import { createHandler, type HandlerOptions, type RouteHandler } from "./handle.ts";
import { timeoutMs } from "./limits.ts";
import type { Around } from "./middleware.ts";
import { publicError } from "./public_error.ts";
import { errorResponse } from "./respond.ts";
import type { ResponseClass } from "./response_class.ts";
import { noteFailure, observeAnswer } from "./observe_answer.ts";
import type { Passage } from "./passage.ts";
import { createRouter, type Match, type Routable } from "./router.ts";
import { describeConflict, type Mounted, type MountedRoute, placeOf } from "./routes.ts";
import { asksForSocket } from "./socket_upgrade.ts";
import type { Target } from "./target.ts";
import type { Watch } from "./watch.ts";

/** Answers requests; never rejects. */
export interface Serve {
  answer(request: Request, target: Target): Response | Promise<Response>;
  /** Answers a request whose target is malformed, with the middleware of the first server. */
  refuse(error: RequestError, request: Request, target: Target): Promise<Response>;
}

/** A server at an address, with its compiled routes. */
export interface ServingMember {
  readonly ctx: ModuleCreateContext;
  readonly watch: Watch;
  readonly routes: readonly ServedRoute[];
  /** Its middleware, for requests that match no route. */
  readonly around: Around | undefined;
}

/** A route that is ready to answer. */
export interface ServedRoute {
  readonly mounted: Mounted;
  readonly handle: RouteHandler;
  /** The middleware of the server, the api and the route. */
  readonly around: Around | undefined;
  /** How long it may take, in milliseconds, instead of `timeouts.handler` of the server. */
  readonly timeoutMs: number | undefined;
  /** True if it answers requests for WebSockets. */
  readonly acceptsSockets?: boolean;
}

/** A route that was found for a request. */
type Matched = Extract<Match<ServedRoute>, { readonly route: ServedRoute }>;

/** Compiles the routes of a server. */
export function compileRoutes(
  routes: readonly MountedRoute[],
  aroundOf: (route: MountedRoute) => Around | undefined,
  options: Omit<HandlerOptions, "caller" | "names">,
): Promise<ServedRoute[]> {
  return Promise.all(routes.map(async (mounted) => {
    const handle = await createHandler(mounted.source, {
      ...options,
      caller: mounted.urn,
      names: mounted.names,
    });
    const { timeout } = mounted.source;
    const limit = timeout === undefined ? undefined : timeoutMs(timeout);
    return { mounted, handle, around: aroundOf(mounted), timeoutMs: limit };
  }));
}

/**
 * Serves the routes of servers that answer for the same hosts. The first server answers requests
 * that match no route. Throws an `Error` if two of the routes answer the same requests.
 */
export function createServe(
  members: readonly ServingMember[],
  Response: ResponseClass,
): Serve {
  const owners = new Map<ServedRoute, ServingMember>();
  const find = createRouter(routesOf(members, owners));
  const [first] = members as [ServingMember, ...ServingMember[]];

  /** The route whose middleware a request passes: for a preflight, that of the actual request. */
  function findAround({ method, headers }: Request, { path }: Target): Matched | undefined {
    const asked = method === "OPTIONS" ? headers.get("access-control-request-method") : null;
    const match = asked === null ? undefined : find(asked, path);
    return match !== undefined && "route" in match ? match : undefined;
  }

  function onError(
    error: unknown,
    request: Request,
    target: Target,
    { ctx }: ServingMember,
  ): Response {
    if (error instanceof RequestError) return errorResponse(error, Response);
    const response = failure(error, request, target, Response, ctx);
    return ctx.observeWork === undefined ? response : noteFailure(response, error);
  }

  /** Answers with the route, if there is one; never rejects. */
  function handle(
    request: Request,
    target: Target,
    match: Match<ServedRoute> | undefined,
    member: ServingMember,
    exchange?: Exchange,
    passage?: Passage,
  ): Response | Promise<Response> {
    try {
      if (match === undefined || !("route" in match)) {
        throw match === undefined
          ? new RequestError(404, "NOT_FOUND", "Not found")
          : methodNotAllowed(match.allow.join(", "));
      }
      const { route, params } = match;
      if (route.acceptsSockets !== true && asksForSocket(request)) {
        throw new RequestError(400, "BAD_REQUEST", "This path does not accept WebSockets");
      }
      const response = route.handle(request, target, params, exchange, passage);
      if (!(response instanceof Promise)) return response;
      return response.catch((error) => onError(error, request, target, member));
    } catch (error) {
      return onError(error, request, target, member);
    }
  }

  return {
    answer(request, target) {
      const match = find(request.method, target.path);
      const found = match !== undefined && "route" in match ? match : undefined;
      const { route } = found ?? findAround(request, target) ?? {};
      const member = route === undefined ? first : owners.get(route)!;
      const around = route === undefined ? member.around : route.around;
      const isWatched = member.watch.isActive();
      const { observeWork } = member.ctx;
      // Most requests need nothing but the route, and no function for each of them.
      if (around === undefined && !isWatched && observeWork === undefined) {
        return handle(request, target, match, member);
      }

      const answer = (exchange?: Exchange) => {
        const path = found?.route.mounted.path;
        if (exchange !== undefined && path !== undefined) exchange.route = path;
        if (around === undefined) return handle(request, target, match, member, exchange);
        return around({
          request,
          target,
          exchange,
          route: path,
          timeoutMs: found?.route.timeoutMs,
          answer: (passage) => handle(request, target, match, member, exchange, passage),
          onError: (error) => onError(error, request, target, member),
        });
      };
      const respond = () => isWatched ? member.watch.observe(request, target, answer) : answer();
      return found === undefined || observeWork === undefined
        ? respond()
        : observeAnswer(observeWork, found.route.mounted.urn, request, target, respond);
    },
    async refuse(error, request, target) {
      const refused = errorResponse(error, Response);
      const { around, ctx } = first;
      return around === undefined ? refused : await around({
        request,
        target,
        exchange: undefined,
        route: undefined,
        timeoutMs: undefined,
        answer: () => refused,
        onError: (thrown) => failure(thrown, request, target, Response, ctx),
      });
    },
  };
}

/** The routes of all members; a route that several members mount is served by the first. */
function routesOf(
  members: readonly ServingMember[],
  owners: Map<ServedRoute, ServingMember>,
): Routable<ServedRoute>[] {
  const taken = new Map<string, ServedRoute>();
  for (const member of members) {
    for (const route of member.routes) {
      const place = placeOf(route.mounted);
      const other = taken.get(place);
      if (other === undefined) {
        taken.set(place, route);
        owners.set(route, member);
      } else if (other.mounted.source !== route.mounted.source) {
        throw new Error(describeConflict(other.mounted, route.mounted));
      }
    }
  }
  checkMounts(taken);
  return Array.from(taken.values(), (route) => {
    const { method, pattern } = route.mounted;
    return { method, pattern, route };
  });
}

/** Throws if a resource answers every method at a path that has a route, too. */
function checkMounts(taken: ReadonlyMap<string, ServedRoute>): void {
  const patterns = new Map<string, ServedRoute>();
  for (const route of taken.values()) {
    const { pattern } = route.mounted;
    const other = patterns.get(pattern);
    if (other === undefined) patterns.set(pattern, route);
    else if (other.mounted.method === "*" || route.mounted.method === "*") {
      throw new Error(describeConflict(other.mounted, route.mounted));
    }
  }
}

/** The response of a server that is stopping. */
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
  { path }: Target,
  Response: ResponseClass,
  ctx: ModuleCreateContext,
): Response {
  // The client has disconnected, so this response is never sent.
  if (request.signal.aborted) return errorResponse(publicError(undefined), Response);
  const known = ctx.redact(publicError(error));
  const isStopping = isDiglyError(error) && error.code === "ERR_ABORTED" && ctx.signal.aborted;
  if (isStopping && known.status !== 504) return unavailable(Response);
  const id = known.status < 500 ? undefined : logFailure(error, request.method, path, ctx);
  try {
    return errorResponse(known, Response, id);
  } catch (cause) {
    // The data of an error may be anything, such as a BigInt.
    const failed = new Error("The data of the error cannot be sent", { cause });
    return errorResponse(
      publicError(undefined),
      Response,
      logFailure(failed, request.method, path, ctx),
    );
  }
}
