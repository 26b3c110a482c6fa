/** Handles a request that matched a route, up to its response. */
import {
  type ExecutionOptions,
  formOf,
  isThenable,
  type ModuleCreateContext,
} from "../../contract/author.ts";
import type { ClientIp } from "./client_ip.ts";
import { ClientSignal } from "./client_signal.ts";
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
      untilRead: limits.untilRead,
      needs: needsOf(fieldsRead(route, ctx)),
    },
    ctx,
  );
  const urn = handler === undefined ? undefined : urnOf(handler);
  const isObserved = ctx.observeWork !== undefined;
  const respond = await createResponder(response, urn ?? "the route", Response, ctx);
  if (handler === undefined || urn === undefined) {
    const answer = (view: RequestView) => respond({ request: view, result: null }, NOTHING);
    return (request, target, params, _exchange, passage) => {
      const count = passage ?? limits;
      count.enter();
      let answering: Promise<Response> | undefined;
      try {
        const answered = read(request, target, names, params, passage?.provided, (view) => {
          if (isObserved) noteBody(request, view.body);
          return answer(view);
        });
        if (!(answered instanceof Promise)) return answered;
        answering = answered;
        return answering.finally(() => count.leave());
      } finally {
        // Without a body the answer is ready at once.
        if (answering === undefined) count.leave();
      }
    };
  }
  const answerError = errors && await createErrorAnswers(errors, urn, Response, ctx);
  const inputs = typeof handler === "object" && "inputs" in handler
    ? ctx.template(handler.inputs)
    : undefined;
  const patienceMs = route.timeout === undefined ? undefined : timeoutMs(route.timeout);

  /** Executes the handler and answers with its result: at once, unless it is a promise. */
  function execute(view: RequestView, call: HandledCall): Response | Promise<Response> {
    const { request, target, exchange, passage, client } = call;
    if (isObserved) noteBody(request, view.body);
    const input = inputs === undefined ? plain(view, passage?.provided) : inputs({ request: view });
    const leftMs = passage?.left(patienceMs) ?? patienceMs;
    const options = optionsOf(
      request,
      client,
      limits.handlerDeadline(leftMs),
      exchange,
      isObserved ? caller : undefined,
    );
    let result: unknown;
    try {
      result = ctx.dispatch(urn!, input, options);
    } catch (error) {
      return fail(error, view, call);
    }
    if (!isThenable(result)) return succeed(result, view, call);
    return limits.untilHandled(
      result as Promise<unknown>,
      urn!,
      request.method,
      target.path,
      patienceMs,
      leftMs,
    ).then((value) => succeed(value, view, call), (error) => fail(error, view, call));
  }

  function succeed(result: unknown, view: RequestView, call: HandledCall): Response {
    const scope = { request: view, result };
    if (formOf(result) === "data") return respond(scope, { content: result });
    const { request, target, client } = call;
    try {
      const answer = respond(scope, { content: result }, {
        request,
        urn: urn!,
        format: route.stream,
        client,
        limits,
        onFailure: (error) => logBreak(error, request.method, target.path, ctx),
        onEnd: () => end(call),
      });
      call.isStreaming = isStreaming(answer);
      return answer;
    } catch (error) {
      discard(result);
      throw error;
    }
  }

  function fail(error: unknown, view: RequestView, { target }: HandledCall): Response {
    if (answerError === undefined) throw error;
    return answerError(error, view, target.path);
  }

  return (request, target, params, exchange, passage) => {
    const count = passage ?? limits;
    count.enter();
    const client = new ClientSignal(request);
    const call: HandledCall = {
      request,
      target,
      exchange,
      passage,
      count,
      client,
      isStreaming: false,
    };
    try {
      const answer = read(
        request,
        target,
        names,
        params,
        passage?.provided,
        (view) => execute(view, call),
      );
      if (!(answer instanceof Promise)) return answered(answer, call);
      return answer.then((response) => answered(response, call), (error) => {
        end(call);
        throw error;
      });
    } catch (error) {
      end(call);
      throw error;
    }
  };
}

/** A request that a handler answers. */
interface HandledCall {
  readonly request: Request;
  readonly target: Target;
  readonly exchange: Exchange | undefined;
  readonly passage: Passage | undefined;
  /** Counts it while it is in flight. */
  readonly count: Pick<RequestLimits, "leave">;
  readonly client: ClientSignal;
  /** True if its answer is a stream, which is still being sent. */
  isStreaming: boolean;
}

function answered(response: Response, call: HandledCall): Response {
  if (!call.isStreaming) end(call);
  return response;
}

/** Called once nothing more happens to the request. */
function end({ client, count }: HandledCall): void {
  client.release();
  count.leave();
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

type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** Options for executions on behalf of a request; `caller` is only for an inspector. */
export function optionsOf(
  request: Request,
  client: ClientSignal,
  deadline: number | undefined,
  exchange: Exchange | undefined,
  caller?: string,
): ExecutionOptions {
  const traceparent = exchange?.traceparent ?? request.headers.get("traceparent");
  const options: Writable<ExecutionOptions> = {
    signal: () => client.signal(),
    onError: rethrow,
  };
  if (deadline !== undefined) options.deadline = deadline;
  if (traceparent !== null) options.traceparent = traceparent;
  if (caller !== undefined) options.caller = caller;
  return options;
}
