/** Finds the route of a request and answers with it. */
import type { ModuleCreateContext, ObserveWork } from "../../contract/author.ts";
import { methodNotAllowed, RequestError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { failureResponse } from "./failure_response.ts";
import { createHandler, type HandlerOptions, type RouteHandler } from "./handle.ts";
import { timeoutMs } from "./limits.ts";
import type { Around } from "./middleware.ts";
import { errorResponse } from "./respond.ts";
import type { ResponseClass } from "./response_class.ts";
import { observeAnswer } from "./observe_answer.ts";
import type { Passage } from "./passage.ts";
import { createRouter, type Match } from "./router.ts";
import type { Mounted, MountedRoute } from "./routes.ts";
import { routesOfMembers } from "./member_routes.ts";
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
  /** The middleware around its 405: that of the server, and what only adds headers of the rest. */
  readonly aroundOtherMethods?: Around | undefined;
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
  aroundOf: (route: MountedRoute) => Pick<ServedRoute, "around" | "aroundOtherMethods">,
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
    return { mounted, handle, ...aroundOf(mounted), timeoutMs: limit };
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
  const find = createRouter(routesOfMembers(members, owners));
  const [first] = members as [ServingMember, ...ServingMember[]];
  // Reading a header takes Deno 1.3 µs. Without WebSockets there is nobody to open one, and the
  // header is ignored, as HTTP allows.
  const hasSockets = members.some(({ routes }) => routes.some((route) => route.acceptsSockets));

  /** The route whose middleware a request passes: for a preflight, that of the actual request. */
  function findAround({ method, headers }: Request, { path }: Target): Matched | undefined {
    const asked = method === "OPTIONS" ? headers.get("access-control-request-method") : null;
    const match = asked === null ? undefined : find(asked, path);
    return match !== undefined && "route" in match ? match : undefined;
  }

  /** The middleware of a request that matches no route. */
  function aroundRefusal({ path }: Target, match: Match<ServedRoute> | undefined) {
    const [method] = match !== undefined && "allow" in match ? match.allow : [];
    const other = method === undefined ? undefined : find(method, path);
    return (other as Matched | undefined)?.route.aroundOtherMethods ?? first.around;
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
      if (hasSockets && route.acceptsSockets !== true && asksForSocket(request)) {
        throw new RequestError(400, "BAD_REQUEST", "This path does not accept WebSockets");
      }
      return route.handle(request, target, params, exchange, passage);
    } catch (error) {
      return failureResponse(error, request, target, Response, member.ctx);
    }
  }

  /** Answers with the route and what is around it. */
  function handleAround(
    request: Request,
    target: Target,
    match: Match<ServedRoute> | undefined,
    member: ServingMember,
    around: Around | undefined,
  ): Response | Promise<Response> {
    const found = match !== undefined && "route" in match ? match : undefined;
    const path = found?.route.mounted.path;
    const answer = (exchange?: Exchange) => {
      if (exchange !== undefined && path !== undefined) exchange.route = path;
      if (around === undefined) return handle(request, target, match, member, exchange);
      return around({
        request,
        target,
        exchange,
        route: path,
        timeoutMs: found?.route.timeoutMs,
        answer: (passage) => handle(request, target, match, member, exchange, passage),
        onError: (error) => failureResponse(error, request, target, Response, member.ctx),
      });
    };
    return member.watch.isActive() ? member.watch.observe(request, target, answer) : answer();
  }

  /** Answers, observed by an inspector. */
  function handleObserved(
    observeWork: ObserveWork,
    request: Request,
    target: Target,
    match: Matched,
    member: ServingMember,
    around: Around | undefined,
  ): Response | Promise<Response> {
    const respond = around === undefined && !member.watch.isActive()
      ? () => handle(request, target, match, member)
      : () => handleAround(request, target, match, member, around);
    return observeAnswer(observeWork, match.route.mounted.urn, request, target, respond);
  }

  return {
    // Most requests need nothing but the route, and no function for each of them.
    answer(request, target) {
      const match = find(request.method, target.path);
      const found = match !== undefined && "route" in match ? match : undefined;
      const { route } = found ?? findAround(request, target) ?? {};
      // Every route belongs to a member.
      const member = route === undefined ? first : owners.get(route)!;
      const around = route === undefined ? aroundRefusal(target, match) : route.around;
      const { observeWork } = member.ctx;
      if (found !== undefined && observeWork !== undefined) {
        return handleObserved(observeWork, request, target, found, member, around);
      }
      return around === undefined && !member.watch.isActive()
        ? handle(request, target, match, member)
        : handleAround(request, target, match, member, around);
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
        onError: (thrown) => failureResponse(thrown, request, target, Response, ctx),
      });
    },
  };
}
