/** Handles a request that matched a route, up to its response. */
import { formOf, isThenable, type ModuleCreateContext, sizeBytes } from "../../contract/author.ts";
import type { ClientIp } from "./client_ip.ts";
import type { Exchange } from "./exchange.ts";
import { logBreak } from "./failure_log.ts";
import { failureResponse } from "./failure_response.ts";
import { forgetHeaders } from "./forget_headers.ts";
import { HandledCall } from "./handled_call.ts";
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

/** Answers a request that matched the route; never rejects, but throws if the server is busy. */
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
      maxBodyBytes: sizeBytes(route.maxBodyBytes ?? limits.maxBodyBytes) ?? 0,
      maxBodyNesting: limits.maxBodyNesting,
      clientIp,
      untilRead: limits.untilRead,
      needs: needsOf(fieldsRead(route, ctx)),
    },
    ctx,
  );
  const urn = handler === undefined ? undefined : urnOf(handler);
  const isObserved = ctx.observeWork !== undefined;
  const respond = await createResponder(response, urn ?? "the route", Response, ctx);
  if (handler === undefined || urn === undefined) {
    return (request, target, params, _exchange, passage) => {
      const count = passage ?? limits;
      count.enter();
      const fail = (error: unknown) => {
        count.leave();
        return failureResponse(error, request, target, Response, ctx);
      };
      return read(request, target, names, params, passage?.provided, (view) => {
        if (isObserved) noteBody(request, view.body);
        try {
          const answer = respond({ request: view, result: null }, NOTHING);
          count.leave();
          // An inspector describes requests later.
          if (!isObserved) forgetHeaders(request);
          return answer;
        } catch (error) {
          return fail(error);
        }
      }, fail);
    };
  }
  const executedUrn = urn;
  const answerError = errors && await createErrorAnswers(errors, urn, Response, ctx);
  const inputs = typeof handler === "object" && "inputs" in handler
    ? ctx.template(handler.inputs)
    : undefined;
  const patienceMs = route.timeout === undefined ? undefined : timeoutMs(route.timeout);

  /** Executes the handler and answers with its result: at once, unless it is a promise. */
  function execute(view: RequestView, call: HandledCall): Response | Promise<Response> {
    const { request, target, passage } = call;
    if (isObserved) noteBody(request, view.body);
    const input = inputs === undefined ? plain(view, passage?.provided) : inputs({ request: view });
    const leftMs = passage?.left(patienceMs) ?? patienceMs;
    const deadline = limits.handlerDeadline(leftMs);
    if (deadline !== undefined) call.deadline = deadline;
    if (isObserved) call.caller = caller;
    let result: unknown;
    try {
      result = ctx.dispatch(executedUrn, input, call);
    } catch (error) {
      return fail(error, view, call);
    }
    if (!isThenable(result)) return succeed(result, view, call);
    return limits.untilHandled(
      result as Promise<unknown>,
      executedUrn,
      request.method,
      target.path,
      patienceMs,
      leftMs,
    ).then((value) => succeed(value, view, call), (error) => fail(error, view, call));
  }

  function succeed(result: unknown, view: RequestView, call: HandledCall): Response {
    const scope = { request: view, result };
    if (formOf(result) === "data") return ended(respond(scope, { content: result }), call);
    const { request, target, client } = call;
    try {
      const answer = respond(scope, { content: result }, {
        request,
        urn: executedUrn,
        format: route.stream,
        client,
        limits,
        onFailure: (error) => logBreak(error, request.method, target.path, ctx),
        onEnd: () => call.end(),
      });
      return isStreaming(answer) ? answer : ended(answer, call);
    } catch (error) {
      discard(result);
      throw error;
    }
  }

  function fail(error: unknown, view: RequestView, call: HandledCall): Response {
    if (answerError === undefined) throw error;
    return ended(answerError(error, view, call.target.path), call);
  }

  function refuse(error: unknown, call: HandledCall): Response {
    return ended(failureResponse(error, call.request, call.target, Response, ctx), call);
  }

  return (request, target, params, exchange, passage) => {
    const count = passage ?? limits;
    count.enter();
    const call = new HandledCall(request, target, exchange, passage, count);
    const refuseError = (error: unknown) => refuse(error, call);
    return read(request, target, names, params, passage?.provided, (view) => {
      try {
        const answer = execute(view, call);
        return answer instanceof Promise ? answer.catch(refuseError) : answer;
      } catch (error) {
        return refuse(error, call);
      }
    }, refuseError);
  };
}

/** The response of a call that ends with it: of any but a stream, which is still being sent. */
function ended(response: Response, call: HandledCall): Response {
  call.end();
  return response;
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
