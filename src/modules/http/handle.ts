/** Handles a request that matched a route, up to its response. */
import { type ExecutionOptions, formOf, type ModuleCreateContext } from "../../contract/author.ts";
import type { ClientIp } from "./client_ip.ts";
import { clientSignal } from "./client_signal.ts";
import type { Exchange } from "./exchange.ts";
import { logBreak } from "./failure_log.ts";
import { type RequestLimits, timeoutMs } from "./limits.ts";
import { noteBody } from "./observe_answer.ts";
import type { Passage } from "./passage.ts";
import { createReader, needsOf, type ProvidedValues, type RequestView } from "./request.ts";
import { createErrorAnswers } from "./route_errors.ts";
import { type RouteFields, urnOf } from "./resources.ts";
import { createResponder } from "./respond.ts";
import type { ResponseClass } from "./response_class.ts";
import { discard, isStreaming } from "./send.ts";
import type { Target } from "./target.ts";

/** Answers a request that matched the route. */
export type RouteHandler = (
  request: Request,
  target: Target,
  params: readonly string[],
  exchange: Exchange | undefined,
  /** Undefined for a request without middleware. */
  passage?: Passage,
) => Response | Promise<Response>;

/** Options of {@link createHandler}. */
export interface HandlerOptions {
  /** The URN of the resource with the route. */
  readonly caller: string;
  /** Names of the path's parameters. */
  readonly names: readonly string[];
  /** The limits of the server; a route may override `maxBodyBytes`. */
  readonly limits: RequestLimits;
  readonly clientIp: ClientIp;
  readonly Response: ResponseClass;
  readonly ctx: ModuleCreateContext;
}

/** The result of a route without a handler. */
const NOTHING = { content: null };

/** Compiles everything that a route needs, so that nothing is compiled during a request. */
export async function createHandler(
  route: RouteFields,
  { caller, names, limits, clientIp, Response, ctx }: HandlerOptions,
): Promise<RouteHandler> {
  const { request: { schema = {}, query }, handler, response = {}, errors } = route;
  const read = await createReader(
    { ...schema, query: schema.query ?? query },
    {
      maxBodyBytes: route.maxBodyBytes ?? limits.maxBodyBytes,
      maxBodyNesting: limits.maxBodyNesting,
      clientIp,
      needs: needsOf(fieldsRead(route, ctx)),
    },
    ctx,
  );
  const urn = handler === undefined ? undefined : urnOf(handler);
  const isObserved = ctx.observeWork !== undefined;
  const respond = await createResponder(response, urn ?? "the route", Response, ctx);
  const readInTime = (
    request: Request,
    target: Target,
    params: readonly string[],
    provided: ProvidedValues | undefined,
  ) => {
    const reading = read(request, target, names, params, provided);
    const view = reading instanceof Promise ? limits.untilRead(reading) : reading;
    return isObserved ? observed(request, view) : view;
  };
  if (handler === undefined || urn === undefined) {
    return (request, target, params, _exchange, passage) => {
      const count = passage ?? limits;
      count.enter();
      let reading: Promise<Response> | undefined;
      try {
        const view = readInTime(request, target, params, passage?.provided);
        if (!(view instanceof Promise)) return respond({ request: view, result: null }, NOTHING);
        reading = view.then((read) => respond({ request: read, result: null }, NOTHING));
        return reading.finally(count.leave);
      } finally {
        // Without a body the answer is ready at once.
        if (reading === undefined) count.leave();
      }
    };
  }
  const answerError = errors && await createErrorAnswers(errors, urn, Response, ctx);
  const inputs = typeof handler === "object" && "inputs" in handler
    ? ctx.template(handler.inputs)
    : undefined;
  const patienceMs = route.timeout === undefined ? undefined : timeoutMs(route.timeout);
  return async (request, target, params, exchange, passage) => {
    const provided = passage?.provided;
    const count = passage ?? limits;
    count.enter();
    const client = clientSignal(request);
    const end = () => {
      client.release();
      count.leave();
    };
    let answer: Response | undefined;
    try {
      const read = readInTime(request, target, params, provided);
      const view = read instanceof Promise ? await read : read;
      const input = inputs === undefined ? plain(view, provided) : inputs({ request: view });
      const leftMs = passage?.left(patienceMs) ?? patienceMs;
      const deadline = limits.handlerDeadline(leftMs);
      const options = {
        ...optionsOf(request, client.signal, deadline, exchange),
        ...(isObserved ? { caller } : {}),
      };
      let result: unknown;
      try {
        const handling = ctx.execute(urn, input, options);
        result = await limits.untilHandled(
          handling,
          urn,
          request.method,
          target.path,
          patienceMs,
          leftMs,
        );
      } catch (error) {
        if (answerError === undefined) throw error;
        return answerError(error, view, target.path);
      }
      const scope = { request: view, result };
      if (formOf(result) === "data") return respond(scope, { content: result });
      try {
        return answer = respond(scope, { content: result }, {
          request,
          urn,
          format: route.stream,
          client,
          limits,
          onFailure: (error) => logBreak(error, request.method, target.path, ctx),
          onEnd: end,
        });
      } catch (error) {
        discard(result);
        throw error;
      }
    } finally {
      // A stream is still being sent.
      if (answer === undefined || !isStreaming(answer)) end();
    }
  };
}

/** Notes the body of a request for whoever observes it. */
function observed(
  request: Request,
  reading: RequestView | Promise<RequestView>,
): RequestView | Promise<RequestView> {
  if (reading instanceof Promise) return reading.then((view) => observed(request, view));
  noteBody(request, reading.body);
  return reading;
}

/**
 * Copies the request, since its handler may keep it longer than the request exists. Whoever is
 * interested in the address of a client asks for it in an expression.
 */
function plain(
  { params, query, headers, body, method, url }: RequestView,
  provided: ProvidedValues | undefined,
): Omit<RequestView, "ip"> {
  return { params, query, headers, body, method, url, ...provided };
}

/** The fields of its requests that a route reads; `undefined` if it may read any. */
function fieldsRead(
  { handler, response, errors }: RouteFields,
  ctx: ModuleCreateContext,
): ReadonlySet<string> | undefined {
  const inputs = typeof handler === "object" && "inputs" in handler ? handler.inputs : undefined;
  // A handler without inputs gets the whole request.
  if (handler !== undefined && inputs === undefined) return undefined;
  return ctx.fieldsRead([inputs, response, errors], "request");
}

/** Asks for the errors of streams to be completed; what a stream fails with is logged then. */
function rethrow(error: unknown): never {
  throw error;
}

/** Options for executions on behalf of a request. */
export function optionsOf(
  request: Request,
  signal: () => AbortSignal,
  deadline: number | undefined,
  exchange: Exchange | undefined,
): ExecutionOptions {
  const traceparent = exchange?.traceparent ?? request.headers.get("traceparent");
  const options = { signal, onError: rethrow, ...(deadline === undefined ? {} : { deadline }) };
  return traceparent === null ? options : { ...options, traceparent };
}
