/** The dispatcher: finds the target of a URN, calls it, and wraps errors. */
import { LONGEST_DURATION_MS } from "../../contract/duration.ts";
import {
  type DiglyError,
  fail,
  hasCode,
  isDiglyError,
  messageOf,
  type Origin,
} from "../../contract/errors.ts";
import type { Context, ExecutionOptions } from "../../contract/execution.ts";
import { isLive, isThenable } from "../../contract/results.ts";
import { aborted, chainOf, tooDeep } from "./call_errors.ts";
import { type ContextHost, type ContextServices, ExecutionContext } from "./execution_context.ts";
import type { ExecutionEnd, ExecutionObserver } from "./execution_events.ts";
import type { Probe, ProbedExecution } from "../probe.ts";
import { completeModuleError, type ErrorTable } from "./module_errors.ts";
import { watchFailure } from "./live_results.ts";
import { Root, Roots } from "./roots.ts";
import { callerFromWire, toWire } from "./wire.ts";

/** Executes one resource. */
export type Target = (input: unknown, ctx: Context) => unknown;

/** Options of {@link createDispatcher}. */
export interface DispatcherOptions extends ContextServices {
  /** The target of a URN. Throws a `DiglyError` if there is none. */
  readonly find: (urn: string, chain: () => readonly string[]) => Target;
  /** The URN that code of the module of `caller` means. */
  readonly ownUrn: (urn: string, caller: string) => string;
  /** Where a resource is defined, if known. */
  readonly originOf: (urn: string) => Origin | undefined;
  /** What modules declare about their errors. */
  readonly errors: ErrorTable;
  /** The maximum depth of nested executions. */
  readonly callDepth: () => number;
  /** Called for every execution that has a target. */
  readonly observe?: ExecutionObserver;
  /** Observes every execution that has a target. */
  readonly probe?: Pick<Probe, "execution"> | undefined;
}

/** Routes executions, and keeps track of those in progress. */
export interface Dispatcher {
  execute(urn: string, input?: unknown, ctx?: ExecutionOptions | Context): Promise<unknown>;
  /** The same, without a promise for a result that is there at once; throws then, too. */
  dispatch(urn: string, input?: unknown, ctx?: ExecutionOptions | Context): unknown;
  /** URNs of the root executions in progress, oldest first. */
  active(): readonly string[];
  /** The `DiglyError` of what the target of an execution threw. */
  complete(error: unknown, ctx: Context): DiglyError;
  /** The URN of the resource whose execution an error comes from. */
  failedIn(error: unknown): string | undefined;
  /** Resolves when no execution is in progress, except those past their deadline. */
  idle(): Promise<void>;
  /** The root executions that are in progress now. */
  inProgress(): InProgress;
  /** Rejects root executions from now on. */
  close(): void;
}

/** Some root executions. */
export interface InProgress {
  /** The URNs of those that have not ended, oldest first. */
  active(): readonly string[];
  /** Resolves when they have ended. */
  ended(): Promise<void>;
}

/** Creates a dispatcher. */
export function createDispatcher(
  { find, ownUrn, originOf, errors, callDepth, observe, probe, ...services }: DispatcherOptions,
): Dispatcher {
  const host: ContextHost = { ...services, execute: executeBelow, toWire };
  const { clock } = services;
  const roots = new Roots();
  let waiting: (() => void)[] = [];
  /** Called when a root execution ends, by those that wait for some of them. */
  const onLeave = new Set<() => void>();
  let stopExpiry: (() => void) | undefined;
  let closed = false;
  const failures = new WeakMap<object, string>();

  function executeBelow(...call: Parameters<ContextHost["execute"]>): Promise<unknown> {
    return promised(() => run(...call));
  }

  /** Runs an execution below `parent`; gives the result itself if it is there at once. */
  function run(
    named: string,
    input: unknown,
    options: ExecutionOptions | undefined,
    parent: ExecutionContext | undefined,
    root?: Root,
  ): unknown {
    const urn = parent === undefined ? named : ownUrn(named, parent.urn);
    const onError = options?.onError;
    if (onError === undefined) return attempt(urn, input, options, parent, root);
    let result: unknown;
    try {
      result = attempt(urn, input, options, parent, root);
    } catch (error) {
      const replacement = onError(error as DiglyError);
      return isThenable(replacement) ? Promise.resolve(replacement) : replacement;
    }
    return result instanceof Promise
      ? result.then((value) => watched(value, urn, parent, onError), onError)
      : watched(result, urn, parent, onError);
  }

  /** A result whose failure while it is read, if it is a stream, is given to `onError`. */
  function watched(
    result: unknown,
    urn: string,
    parent: Context | undefined,
    onError: NonNullable<ExecutionOptions["onError"]>,
  ): unknown {
    if (!isLive(result)) return result;
    return watchFailure(result, async (error) => {
      const failure = wrap(error, urn, parent);
      try {
        await onError(failure);
      } catch (replacement) {
        return wrap(replacement, urn, parent);
      }
      return failure;
    });
  }

  function attempt(
    urn: string,
    input: unknown,
    options: ExecutionOptions | undefined,
    parent: ExecutionContext | undefined,
    root: Root | undefined,
  ): unknown {
    const target = findTarget(urn, parent);
    const ctx = new ExecutionContext(urn, parent, options, host);
    if (root !== undefined) root.ctx = ctx;
    if (ctx.depth >= callDepth()) throw tooDeep(urn, chainOf(urn, parent), callDepth());
    // A caller that passes a function enforces the deadline itself.
    const isPlain = typeof options?.signal === "function" ||
      (options?.signal === undefined && options?.deadline === undefined);
    const isFree = isPlain && parent === undefined;
    if (ctx.isBounded && !isFree && ctx.signal.aborted) throw aborted(ctx);
    ctx.begin();
    const ended = observe?.(ctx);
    const probed = probe?.execution(ctx, input);
    const call = probed?.run === undefined ? target : probedTarget(target, probed.run);
    try {
      const result = isPlain ? call(input, ctx) : untilAborted(call, input, ctx);
      if (!isThenable(result)) return succeeded(result, ctx, ended, probed);
      return Promise.resolve(result).then(
        (value) => succeeded(value, ctx, ended, probed),
        (error) => failed(error, ctx, ended, probed),
      );
    } catch (error) {
      return failed(error, ctx, ended, probed);
    }
  }

  function succeeded(
    result: unknown,
    ctx: ExecutionContext,
    ended: ExecutionEnd | undefined,
    probed: ProbedExecution | undefined,
  ): unknown {
    ended?.();
    probed?.end(undefined, result);
    if (ctx.deadline !== undefined && isLive(result)) ctx.endDeadline();
    ctx.end();
    return result;
  }

  function failed(
    error: unknown,
    ctx: ExecutionContext,
    ended: ExecutionEnd | undefined,
    probed: ProbedExecution | undefined,
  ): never {
    // What code throws once it is aborted, such as the reason of its signal, is a result of that.
    const isAbort = !isDiglyError(error) && ctx.isBounded && ctx.signal.aborted;
    const failure = complete(isAbort ? aborted(ctx, error) : error, ctx);
    ended?.(failure);
    probed?.end(failure, undefined);
    ctx.end();
    throw failure;
  }

  function complete(error: unknown, { urn, parent }: Context): DiglyError {
    const failure = wrap(error, urn, parent);
    failures.set(failure, failedIn(failure) ?? failedIn(error) ?? urn);
    return failure;
  }

  function findTarget(urn: string, parent: Context | undefined): Target {
    try {
      return find(urn, () => chainOf(urn, parent));
    } catch (error) {
      const failure = wrap(error, urn, parent);
      failures.set(failure, urn);
      throw failure;
    }
  }

  /** Runs a root execution; gives the result itself if it is there at once. */
  function dispatch(
    urn: string,
    input: unknown,
    context: ExecutionOptions | Context | undefined,
  ): unknown {
    if (closed) {
      throw fail("ERR_ABORTED", { problem: `${urn} was not executed: the runtime has stopped` });
    }
    const root = new Root(urn);
    roots.add(root);
    try {
      const result = runRoot(urn, input, context, root);
      if (result instanceof Promise) {
        return result.then((value) => {
          leave(root);
          return value;
        }, (error) => leaveFailed(root, error));
      }
      leave(root);
      return result;
    } catch (error) {
      return leaveFailed(root, error);
    }
  }

  /** Errors are wrapped already, unless `onError` threw this one. */
  function leaveFailed(root: Root, error: unknown): never {
    leave(root);
    throw wrap(error, root.urn, undefined);
  }

  function runRoot(
    urn: string,
    input: unknown,
    context: ExecutionOptions | Context | undefined,
    root: Root,
  ): unknown {
    // With the context of another execution, it runs below that one.
    if (context instanceof ExecutionContext) return run(urn, input, undefined, context, root);
    const options = context as ExecutionOptions | undefined;
    if (options?.wire === undefined) return run(urn, input, options, undefined, root);
    const { caller, parent } = callerFromWire(options.wire, host);
    const { deadline, values } = caller;
    const below = {
      traceparent: options.wire.traceparent,
      ...(deadline === undefined ? {} : { deadline }),
      ...(parent === undefined ? { values } : {}),
      ...options,
    };
    try {
      return run(urn, input, below, parent, root);
    } finally {
      // The caller runs in another process; here it lasts as long as what is below it.
      parent?.end();
    }
  }

  function leave(root: Root): void {
    roots.delete(root);
    if (onLeave.size > 0) { for (const check of [...onLeave]) check(); }
    if (waiting.length === 0 || !roots.isEmpty) return;
    stopExpiry?.();
    const resolved = waiting;
    waiting = [];
    for (const resolve of resolved) resolve();
  }

  /** Stops waiting for executions as their deadlines pass. */
  function leaveExpired(): void {
    stopExpiry?.();
    let next = Infinity;
    const now = clock.now();
    for (const root of roots.all()) {
      const deadline = root.ctx?.deadline ?? Infinity;
      if (deadline <= now) leave(root);
      else next = Math.min(next, deadline);
    }
    if (next === Infinity) return;
    stopExpiry = clock.setTimeout(leaveExpired, Math.min(next - now, LONGEST_DURATION_MS));
  }

  function wrap(error: unknown, urn: string, parent: Context | undefined): DiglyError {
    if (isDiglyError(error)) return completeError(error, urn, parent);
    return fail(
      "ERR_EXECUTION_FAILED",
      { urn, problem: messageOf(error), chain: chainOf(urn, parent) },
      { cause: error, origin: originOf(urn) },
    );
  }

  /** Adds the call chain and the origin that the place of the failure could not know. */
  function completeError(error: DiglyError, urn: string, parent: Context | undefined): DiglyError {
    if (!hasCode(error, "ERR_EXECUTION_FAILED")) {
      // An error of an execution below this one is complete.
      if (failures.has(error)) return error;
      const completed = completeModuleError(error, urn, errors);
      if (completed.code !== "ERR_EXECUTION_FAILED") return completed;
      return completeError(completed, urn, parent);
    }
    const { details, help, related, cause } = error;
    // Controllers in JavaScript may omit details.
    const failed = details.urn || urn;
    const origin = error.origin ?? originOf(failed);
    const [ownChain, fullChain] = [details.chain ?? [], chainOf(urn, parent)];
    if (ownChain.length >= fullChain.length && origin === error.origin) return error;
    const chain = ownChain.length >= fullChain.length ? ownChain : fullChain;
    const context = { origin, help, related, cause };
    const completed = fail("ERR_EXECUTION_FAILED", { ...details, urn: failed, chain }, context);
    if (error.stack !== undefined) completed.stack = error.stack;
    return completed;
  }

  function failedIn(error: unknown): string | undefined {
    return typeof error === "object" && error !== null ? failures.get(error) : undefined;
  }

  return {
    execute: (urn, input, ctx) => promised(() => dispatch(urn, input, ctx)),
    dispatch,
    complete,
    failedIn,
    active: () => roots.all().map((root) => root.urn),
    idle() {
      if (roots.isEmpty) return Promise.resolve();
      return new Promise((resolve) => {
        waiting.push(resolve);
        leaveExpired();
      });
    },
    inProgress() {
      const some = roots.all();
      const left = () => some.filter((root) => root.isActive);
      return {
        active: () => left().map(({ urn }) => urn),
        async ended() {
          if (left().length === 0) return;
          await new Promise<void>((resolve) => {
            onLeave.add(function check() {
              if (left().length > 0) return;
              onLeave.delete(check);
              resolve();
            });
          });
        },
      };
    },
    close() {
      closed = true;
    },
  };
}

/** The promise of a result that may be there at once. */
function promised(work: () => unknown): Promise<unknown> {
  try {
    return Promise.resolve(work());
  } catch (error) {
    return Promise.reject(error);
  }
}

/** The target of an execution, which runs in the name of what observes it. */
function probedTarget(target: Target, run: NonNullable<ProbedExecution["run"]>): Target {
  return (input, ctx) => run(() => target(input, ctx));
}

/** Settles with the target, or rejects when the context's signal is aborted. */
function untilAborted(target: Target, input: unknown, ctx: Context): Promise<unknown> {
  const { signal } = ctx;
  return new Promise((resolve, reject) => {
    const abort = () => reject(aborted(ctx));
    signal.addEventListener("abort", abort, { once: true });
    new Promise((done) => done(target(input, ctx)))
      .then(resolve, reject)
      .finally(() => signal.removeEventListener("abort", abort));
  });
}
