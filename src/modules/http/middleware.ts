/** Middleware: what runs around the routes of a server, composed once. */
import {
  type ControllerContext,
  type HttpMiddleware,
  type HttpMiddlewareInfo,
  type HttpUsedMiddleware,
  isThenable,
  type ModuleCreateContext,
} from "../../contract/author.ts";
import type { ClientIp } from "./client_ip.ts";
import { ClientSignal } from "./client_signal.ts";
import type { Exchange } from "./exchange.ts";
import { logBreak } from "./failure_log.ts";
import { optionsOf } from "./handled_call.ts";
import type { RequestLimits } from "./limits.ts";
import { type Passage, Steps } from "./passage.ts";
import { viewOf } from "./request.ts";
import { errorResponse } from "./respond.ts";
import type { ResponseClass } from "./response_class.ts";
import { forwardResponse, isStreaming, markStreaming, ownBodyOf } from "./send.ts";
import type { Target } from "./target.ts";

/** A request on its way through middleware. */
export interface Passing {
  readonly request: Request;
  readonly target: Target;
  readonly exchange: Exchange | undefined;
  /** The path of the route, if there is one. */
  readonly route: string | undefined;
  /** How long the route may take, if it has a limit of its own. */
  readonly timeoutMs: number | undefined;
  /** Answers with the route; never rejects. */
  readonly answer: (passage: Passage) => Response | Promise<Response>;
  /** The response to an error of a middleware. */
  readonly onError: (error: unknown) => Response;
}

/** Answers a request with middleware around it; never throws or rejects. */
export type Around = (passing: Passing) => Response | Promise<Response>;

/** What the middleware of a server works with. */
export interface MiddlewareOptions {
  readonly clientIp: ClientIp;
  readonly limits: RequestLimits;
  readonly Response: ResponseClass;
  readonly ctx: ControllerContext;
}

/** The names that requests have themselves. */
const REQUEST_NAMES = ["params", "query", "headers", "body", "method", "url", "ip"];

const SWITCHING_PROTOCOLS = 101;

/** Finds middleware by URN. Throws an error about a resource that is not one. */
export function createMiddlewareFinder(
  ctx: ModuleCreateContext,
): (urns: readonly string[]) => readonly HttpUsedMiddleware[] {
  const found = new Map<string, HttpUsedMiddleware>();
  return (urns) =>
    urns.map((urn) => {
      let named = found.get(urn);
      if (named === undefined) {
        const api = ctx.use<HttpMiddleware>(urn);
        if (typeof api.middleware !== "function") {
          throw ctx.problem(
            [],
            `${urn} cannot be used as middleware: its \`api\` has no function \`middleware\``,
          );
        }
        found.set(urn, named = { urn, api });
      }
      return named;
    });
}

/** Composes middleware, the outermost first; `undefined` if there is none. */
export function composeMiddleware(
  list: readonly HttpUsedMiddleware[],
  options: MiddlewareOptions,
): Around | undefined {
  if (list.length === 0) return undefined;
  const whenBusy = list.filter(({ api }) => api.runsWhenBusy === true);
  return (passing) => {
    try {
      options.limits.enter();
    } catch (error) {
      const refused = passing.onError(error);
      return pass(
        whenBusy,
        { ...passing, answer: () => refused },
        options,
        () => {},
      );
    }
    return pass(list, passing, options, options.limits.leave);
  };
}

/** Answers a request, with `leave` called when it is no longer in flight. */
function pass(
  list: readonly HttpUsedMiddleware[],
  { request, target, exchange, route, timeoutMs, answer, onError }: Passing,
  { clientIp, limits, Response, ctx }: MiddlewareOptions,
  leave: () => void,
): Response | Promise<Response> {
  const provided: Record<string, unknown> = {};
  const client = new ClientSignal(request);
  const ms = timeoutMs === undefined || timeoutMs === Infinity ? limits.handlerMs : timeoutMs;
  let refused: Response | undefined;
  let users = 1;

  const passage: Passage = {
    provided,
    enter: () => void users++,
    leave() {
      if (--users > 0) return;
      client.release();
      leave();
    },
    left: (whole = limits.handlerMs) => Math.max(whole - steps.spent(), 0),
  };

  const steps = new Steps(ms, limits, {
    onLate(step) {
      cancelInner(step);
      // A step is a position in the list.
      return onError(limits.late(list[step]!.urn, request.method, target.path, ms));
    },
    // A stream is still being sent.
    onEnd: passage.leave,
    discard: cancelBody,
  });

  function cancelInner(step: number): void {
    const response = steps.answerOf(step + 1);
    if (response !== undefined) cancelBody(response);
  }

  /** Sends a body of a middleware's own as that of a handler: it ends with the client, and at a stop. */
  function forward(response: Response, urn: string): Response {
    const sent = forwardResponse(response, {
      request,
      urn,
      format: undefined,
      client,
      limits,
      onFailure: (error) => logBreak(error, request.method, target.path, ctx),
      onEnd: passage.leave,
    }, Response);
    if (isStreaming(sent)) passage.enter();
    return sent;
  }

  const info: HttpMiddlewareInfo = {
    path: target.path,
    route,
    get ip() {
      return clientIp(request, target);
    },
    get request() {
      return { ...viewOf(request, target, clientIp, provided) };
    },
    get execution() {
      return optionsOf(request, client, limits.handlerDeadline(steps.left()), exchange);
    },
    refuse: (refusal) => refused = errorResponse(refusal, Response),
  };

  function run(step: number): Response | Promise<Response> {
    const named = list[step];
    if (named !== undefined) return runMiddleware(named, step);
    steps.pause();
    return steps.run(step, () => answer(passage), asResponse, onError);
  }

  function runMiddleware({ urn, api }: HttpUsedMiddleware, step: number) {
    let isCalled = false;

    /** Rejects only for a mistake of the middleware itself. */
    function next(values?: Readonly<Record<string, unknown>>): Promise<Response> {
      try {
        if (isCalled) throw new Error(`${urn} called \`next\` twice`);
        isCalled = true;
        if (steps.isOver(step)) throw new Error("The request has been answered already");
        if (values !== undefined) addValues(provided, values, urn);
        return Promise.resolve(run(step + 1));
      } catch (error) {
        return Promise.reject(error);
      }
    }

    function finish(response: unknown): Response {
      try {
        if (!(response instanceof globalThis.Response)) {
          throw new Error(`\`middleware\` of ${urn} did not return a Response`);
        }
        // Nobody sends the response of a middleware that was late.
        if (steps.isOver(step)) return response;
        const inner = steps.answerOf(step + 1);
        return response === inner || response === refused
          ? response
          : replaceResponse(response, inner, (own) => forward(own, urn), Response);
      } catch (error) {
        return fail(error);
      }
    }

    function fail(error: unknown): Response {
      cancelInner(step);
      return steps.isOver(step) ? new Response(null) : onError(error);
    }

    return steps.run(
      step,
      () => {
        try {
          const answering: unknown = api.middleware(request, next, info);
          return isThenable(answering) ? Promise.resolve(answering) : finish(answering);
        } catch (error) {
          return fail(error);
        }
      },
      finish,
      fail,
    );
  }

  return run(0);
}

const asResponse = (response: unknown) => response as Response;

function addValues(
  provided: Record<string, unknown>,
  values: Readonly<Record<string, unknown>>,
  urn: string,
): void {
  for (const [name, value] of Object.entries(values)) {
    if (name === "__proto__" || REQUEST_NAMES.includes(name)) {
      throw new Error(`${urn} cannot provide \`request.${name}\`, which belongs to the request`);
    }
    provided[name] = value;
  }
}

/** The response of a middleware, which others around it can change and the server can send. */
function replaceResponse(
  response: Response,
  inner: Response | undefined,
  forward: (response: Response) => Response,
  Response: ResponseClass,
): Response {
  if (inner !== undefined) cancelBody(inner);
  const { status, statusText, headers } = response;
  if (status === SWITCHING_PROTOCOLS) return response;
  if (status < 200 || status > 599) throw new Error(`A response cannot have the status ${status}`);
  const own = ownBodyOf(response);
  const body = own instanceof Uint8Array
    ? own
    : response.body as ReadableStream<Uint8Array<ArrayBuffer>> | null;
  const isOfInner = inner !== undefined && isStreaming(inner);
  if (body !== null && !isOfInner) return forward(response);
  const copy = new Response(body, { status, statusText, headers: new Headers(headers) });
  // What it makes of the stream of another response ends with that.
  if (isOfInner) markStreaming(copy);
  return copy;
}

/** Stops the stream of a response that nobody sends; one that is read belongs to its reader. */
function cancelBody(response: Response): void {
  if (!isStreaming(response)) return;
  const { body } = response;
  if (body !== null && !body.locked) body.cancel().catch(() => {});
}
