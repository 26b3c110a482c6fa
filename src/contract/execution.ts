/** What happens when a resource is executed: its context, options and interceptors. */
import type { Clock } from "./clock.ts";
import type { DiglyError } from "./errors.ts";
import type { RuntimeResource } from "./resource.ts";

/**
 * Writes structured log lines; `fields` are added to the line.
 *
 * @example
 * ctx.log.info("Connected", { host: "localhost", port: 5432 });
 */
export interface Logger {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

/**
 * Starts an execution: a new root, or with the {@link Context} of another execution as `ctx`
 * one below that, as its own `execute` does.
 *
 * @example
 * const total = (execute: Execute): Promise<unknown> =>
 *   execute("Sql.Query.Total", { year: 2026 }, { deadline: ctx.clock.now() + 5_000 });
 */
export type Execute = (
  urn: string,
  input?: unknown,
  ctx?: ExecutionOptions | Context,
) => Promise<unknown>;

/**
 * Executes a resource; gives the result itself if it is there at once, and otherwise its promise.
 *
 * @example
 * const place = (dispatch: Dispatch, reply: (result: unknown) => unknown): unknown => {
 *   const result = dispatch("Shop.Order.Place", { items: 3 });
 *   return isThenable(result) ? Promise.resolve(result).then(reply) : reply(result);
 * };
 */
export type Dispatch = (
  urn: string,
  input?: unknown,
  ctx?: ExecutionOptions | Context,
) => unknown;

/**
 * What a caller may pass along with an execution.
 *
 * @example
 * const options: ExecutionOptions = {
 *   signal: ctx.signal,
 *   deadline: ctx.clock.now() + 5_000,
 *   values: { user: "ada" },
 * };
 */
export interface ExecutionOptions {
  /**
   * Aborts the execution and everything below it. Pass a function if creating the
   * signal is expensive: it is called when the context's signal is first read. The execution then
   * ends when it settles, even past its deadline, and the caller decides how long to wait.
   */
  readonly signal?: AbortSignal | (() => AbortSignal);
  /**
   * When the execution must have ended, in milliseconds since the epoch. The context's signal
   * is aborted then, and a stop no longer waits for the execution.
   */
  readonly deadline?: number;
  /**
   * W3C trace id, 32 hexadecimal digits; a new one is made when it is first read. An invalid
   * one is ignored.
   */
  readonly traceId?: string;
  /** W3C `traceparent` of the caller, whose trace is continued; an invalid one is ignored. */
  readonly traceparent?: string;
  /**
   * The calling execution in another process, which its `ctx.toWire()` has given: this execution
   * runs below it, with its chain, depth, deadline, trace and values.
   */
  readonly wire?: WireContext;
  /** URN of the resource that asks for an execution without a context, for an inspector. */
  readonly caller?: string;
  /** Free values for controllers further down, merged over the caller's. */
  readonly values?: Readonly<Record<string, unknown>>;
  /**
   * Called when the execution fails, on behalf of the caller: its return value is the result, and
   * an error it throws is the caller's failure. For a result that is a stream, also called when the
   * stream fails while it is read; the reader gets the error, or the one that this throws.
   */
  readonly onError?: (error: DiglyError) => unknown;
}

/**
 * The part of a context that crosses to another process, as JSON.
 *
 * @example
 * const wire: WireContext = execution.toWire();
 * connection.send(JSON.stringify({ urn: "Shop.Order.Place", wire }));
 */
export interface WireContext {
  /** URNs of the executions, from the root to the calling one. */
  readonly chain: readonly string[];
  /** The depth of the calling execution. */
  readonly depth: number;
  /** Milliseconds until the deadline; a time would depend on the clocks of both machines. */
  readonly remainingMs?: number;
  readonly traceparent: string;
  readonly values: Readonly<Record<string, unknown>>;
  /**
   * True if the calling process records the execution for its inspector. One that is inspected as well
   * records its part, too.
   */
  readonly isRecorded?: boolean;
}

/**
 * What to add to an error of {@link Context.fail}.
 *
 * @example
 * const options: FailOptions = { status: 404, data: { id: 7 } };
 * throw execution.fail("Order.NotFound", "There is no such order", options);
 */
export interface FailOptions {
  /** The HTTP status of this error, from 400 to 599; the definition's `errors` give it otherwise. */
  readonly status?: number;
  /** JSON-like data for whoever handles the error, such as a client. */
  readonly data?: unknown;
  readonly cause?: unknown;
}

/**
 * The context of one execution: made per call, passed down, never kept by the kernel.
 *
 * @example
 * export async function execute(name: string, input: unknown, ctx: Context): Promise<unknown> {
 *   if (input === null) throw ctx.fail("Shop.Empty", `${name} needs an order`, { status: 400 });
 *   await ctx.emit("Placed", input);
 *   return await ctx.execute("Sql.Query.Add", input);
 * }
 */
export interface Context {
  /** The resource being executed. */
  readonly urn: string;
  /** The calling execution; `undefined` at the root. */
  readonly parent: Context | undefined;
  /** 0 at the root, one more per nested call; 64 at most. */
  readonly depth: number;
  readonly signal: AbortSignal;
  readonly deadline: number | undefined;
  readonly traceId: string;
  /** W3C span id, 16 hexadecimal digits. */
  readonly spanId: string;
  /** W3C `traceparent` for requests that are made on behalf of this execution. */
  readonly traceparent: string;
  readonly values: Readonly<Record<string, unknown>>;
  /**
   * Makes an error with a code of the app or the module, such as `Order.NotFound`, to throw.
   * Over HTTP it answers with `status`, the code, the message and the data.
   */
  fail(code: string, message: string, options?: FailOptions): DiglyError;
  /** Writes log lines of this resource, with the trace id of the execution. */
  readonly log: Logger;
  /**
   * Emits an event with the trace id of the execution. A name without a dot is an event of this
   * resource: `Placed` is `<Kind>.Placed`, and must be in the `events` of the kind's definition if
   * there is such a list. Settles when all listeners have.
   */
  emit(event: string, payload?: unknown): Promise<void>;
  /** The time and timers; those of the test under a test clock. */
  readonly clock: Clock;
  /**
   * What another process needs to continue this execution, as JSON; see {@link WireContext}.
   * Throws `ERR_EXECUTION_FAILED` if `values` are not JSON.
   */
  toWire(): WireContext;
  /** Executes another resource below this one. */
  execute(urn: string, input?: unknown, options?: ExecutionOptions): Promise<unknown>;
}

/**
 * Which executions an {@link Interceptor} sees; without a list, all of them.
 *
 * @example
 * const queries: InterceptMatch = { kinds: ["Sql.Query"], urns: ["JavaScript.Script.Report"] };
 */
export interface InterceptMatch {
  /**
   * Kinds, including those that extend them; `Sql.*` is every kind whose name starts with `Sql.`,
   * and `*` every kind.
   */
  readonly kinds?: readonly string[];
  /** Resources: a URN, or `Sql.Query.*` for every resource of the kind `Sql.Query`. */
  readonly urns?: readonly string[];
}

/**
 * An execution that is intercepted.
 *
 * @example
 * const log = ({ urn, input, ctx: { traceId } }: Call): void => ctx.log.debug(urn, { input, traceId });
 */
export interface Call {
  /** The URN of the resource. */
  readonly urn: string;
  /** Its kind. */
  readonly kind: string;
  /** The resource, read-only; `kind` and `metadata` only if the module does not serve its kind. */
  readonly resource: RuntimeResource;
  /** The input of the execution. What is assigned here before `next()` is what comes after it sees. */
  input: unknown;
  /** The context of the execution; what is executed with it runs below it. */
  readonly ctx: Context;
}

/**
 * Runs around an execution: its result is that of the execution, and so is its error. `next` runs
 * what comes after it, at last the resource, and rejects with a `DiglyError`; it may be called
 * several times, or not at all.
 *
 * @example
 * // Answer twice the same question once.
 * const results = new Map<string, unknown>();
 * ctx.intercept({ kinds: ["Sql.Query"] }, async (call, next) => {
 *   const key = `${call.urn} ${JSON.stringify(call.input)}`;
 *   if (!results.has(key)) results.set(key, await next());
 *   return results.get(key);
 * });
 */
export type Interceptor = (
  call: Call,
  next: (options?: NextOptions) => Promise<unknown>,
) => unknown;

/**
 * How an {@link Interceptor} continues.
 *
 * @example
 * ctx.intercept({ kinds: ["Sql.Query"] }, (_call, next) => {
 *   const options: NextOptions = { signal: AbortSignal.timeout(1_000) };
 *   return next(options);
 * });
 */
export interface NextOptions {
  /** Aborts what comes after the interceptor, besides the signal of the execution. */
  readonly signal?: AbortSignal;
}

/**
 * Takes the place of a resource in a test: it is executed instead.
 *
 * @example
 * const send: Fake = (input, { urn }) => console.log(urn, input);
 * const app = await bootApp({ path: "runtime.yaml", fakes: { "Mail.Message.Welcome": send } });
 */
export type Fake = (input: unknown, ctx: Context) => unknown;
