/**
 * The dispatcher: finds who executes a URN, hands over, and wraps what goes wrong.
 * Rules: specification §6 and §7, decisions D-22 and D-23.
 */
import { LONGEST_DURATION_MS } from "../../contract/duration.ts";
import {
  type DiglyError,
  fail,
  isDiglyError,
  messageOf,
  type Origin,
} from "../../contract/errors.ts";
import { raiseLimit } from "../../contract/limits.ts";
import type { Context, ExecutionOptions } from "../../contract/module.ts";
import { ExecutionContext } from "./execution_context.ts";
import type { ExecutionObserver } from "./execution_events.ts";

/** Executes one resource. */
export type Target = (input: unknown, ctx: Context) => unknown;

/** What the dispatcher needs to know. */
export interface DispatcherOptions {
  /** The target of a URN. Throws the `DiglyError` that says why there is none. */
  readonly find: (urn: string, chain: () => readonly string[]) => Target;
  /** Where a resource is described, where that is known. */
  readonly originOf: (urn: string) => Origin | undefined;
  /** How deep executions may call each other. */
  readonly callDepth: () => number;
  /** Told of every execution that has a target. */
  readonly observe?: ExecutionObserver;
}

/** Routes executions; keeps no state of theirs but how many are under way. */
export interface Dispatcher {
  execute(urn: string, input?: unknown, ctx?: ExecutionOptions | Context): Promise<unknown>;
  /** URNs of the executions under way that were started from outside, oldest first. */
  active(): readonly string[];
  /** The URN of the resource in whose execution an error arose. */
  failedIn(error: object): string | undefined;
  /** Resolves when none is under way, but for those whose deadline has passed. */
  idle(): Promise<void>;
  /** From now on executions from outside are refused. */
  close(): void;
}

/** An execution that was started from outside. */
interface Root {
  readonly urn: string;
  ctx: ExecutionContext | undefined;
}

/** Makes a dispatcher. */
export function createDispatcher(
  { find, originOf, callDepth, observe }: DispatcherOptions,
): Dispatcher {
  const roots = new Set<Root>();
  let waiting: (() => void)[] = [];
  let expiry: ReturnType<typeof setTimeout> | undefined;
  let closed = false;
  const failures = new WeakMap<object, string>();

  function run(
    urn: string,
    input: unknown,
    options: ExecutionOptions | undefined,
    parent: ExecutionContext | undefined,
    root?: Root,
  ): Promise<unknown> {
    const result = attempt(urn, input, options, parent, root);
    return options?.onError === undefined ? result : result.catch(options.onError);
  }

  async function attempt(
    urn: string,
    input: unknown,
    options: ExecutionOptions | undefined,
    parent: ExecutionContext | undefined,
    root: Root | undefined,
  ): Promise<unknown> {
    const target = findNoted(urn, parent);
    const ctx = new ExecutionContext(urn, parent, options, run);
    if (root !== undefined) root.ctx = ctx;
    if (ctx.depth >= callDepth()) throw tooDeep(urn, chainOf(urn, parent), callDepth());
    // Whoever gives a function also watches over the deadline.
    const isPlain = typeof options?.signal === "function" ||
      (options?.signal === undefined && options?.deadline === undefined);
    const isFree = isPlain && parent === undefined;
    if (ctx.isBounded && !isFree && ctx.signal.aborted) throw aborted(ctx);
    const ended = observe?.(ctx);
    try {
      const result = await (isPlain ? target(input, ctx) : untilAborted(target, input, ctx));
      ended?.();
      return result;
    } catch (error) {
      const failure = wrap(error, urn, parent);
      failures.set(failure, failedIn(failure) ?? failedIn(error) ?? urn);
      ended?.(failure);
      throw failure;
    }
  }

  function findNoted(urn: string, parent: Context | undefined): Target {
    try {
      return find(urn, () => chainOf(urn, parent));
    } catch (error) {
      const failure = wrap(error, urn, parent);
      failures.set(failure, urn);
      throw failure;
    }
  }

  async function runRoot(
    urn: string,
    input: unknown,
    given: ExecutionOptions | Context | undefined,
  ): Promise<unknown> {
    if (closed) {
      throw fail("ERR_ABORTED", { problem: `${urn} was not executed: the runtime has stopped` });
    }
    const root: Root = { urn, ctx: undefined };
    roots.add(root);
    try {
      // With the context of another execution it is part of that one.
      return given instanceof ExecutionContext
        ? await run(urn, input, undefined, given, root)
        : await run(urn, input, given as ExecutionOptions | undefined, undefined, root);
    } catch (error) {
      // Only what an `onError` throws is not wrapped yet.
      throw wrap(error, urn, undefined);
    } finally {
      leave(root);
    }
  }

  function leave(root: Root): void {
    roots.delete(root);
    if (roots.size > 0 || waiting.length === 0) return;
    clearTimeout(expiry);
    const resolved = waiting;
    waiting = [];
    for (const resolve of resolved) resolve();
  }

  /** Stops waiting for executions whose deadline has passed, as each of them does. */
  function leaveExpired(): void {
    clearTimeout(expiry);
    let next = Infinity;
    for (const root of [...roots]) {
      const deadline = root.ctx?.deadline ?? Infinity;
      if (deadline <= Date.now()) leave(root);
      else next = Math.min(next, deadline);
    }
    if (next === Infinity) return;
    expiry = setTimeout(leaveExpired, Math.min(next - Date.now(), LONGEST_DURATION_MS));
  }

  function wrap(error: unknown, urn: string, parent: Context | undefined): DiglyError {
    if (isDiglyError(error)) return completed(error, urn, parent);
    return fail(
      "ERR_EXECUTION_FAILED",
      { urn, problem: messageOf(error), chain: chainOf(urn, parent) },
      { cause: error, origin: originOf(urn) },
    );
  }

  /** An error of ours that knows only where it arose gets the way that led there, and its place. */
  function completed(error: DiglyError, urn: string, parent: Context | undefined): DiglyError {
    if (error.code !== "ERR_EXECUTION_FAILED") return error;
    const { details, help, related, cause } = error as DiglyError<"ERR_EXECUTION_FAILED">;
    // Authors in JavaScript may have left some details out.
    const failed = details.urn ?? urn;
    const origin = error.origin ?? originOf(failed);
    const [known, whole] = [details.chain ?? [], chainOf(urn, parent)];
    if (known.length >= whole.length && origin === error.origin) return error;
    const chain = known.length >= whole.length ? known : whole;
    const context = { origin, help, related, cause };
    const better = fail("ERR_EXECUTION_FAILED", { ...details, urn: failed, chain }, context);
    if (error.stack !== undefined) better.stack = error.stack;
    return better;
  }

  function failedIn(error: unknown): string | undefined {
    return typeof error === "object" && error !== null ? failures.get(error) : undefined;
  }

  return {
    execute: runRoot,
    failedIn,
    active: () => [...roots].map((root) => root.urn),
    idle() {
      if (roots.size === 0) return Promise.resolve();
      return new Promise((resolve) => {
        waiting.push(resolve);
        leaveExpired();
      });
    },
    close() {
      closed = true;
    },
  };
}

/** Ends with the target or with the context's signal, whichever is first. */
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

function aborted({ urn, signal }: Context): DiglyError {
  const reason: unknown = signal.reason;
  const name = reason instanceof Error ? reason.name : "";
  const why = name === "TimeoutError" ? "its deadline has passed" : "its caller called it off";
  // What the platform itself gives as a reason says no more than that.
  const cause = name === "TimeoutError" || name === "AbortError" ? undefined : reason;
  return fail("ERR_ABORTED", { problem: `${urn} was aborted: ${why}` }, { cause });
}

function chainOf(urn: string, parent: Context | undefined): readonly string[] {
  const chain = [urn];
  for (let ctx = parent; ctx !== undefined; ctx = ctx.parent) chain.unshift(ctx.urn);
  return chain;
}

function tooDeep(urn: string, chain: readonly string[], limit: number): DiglyError {
  return fail(
    "ERR_EXECUTION_FAILED",
    { urn, problem: `call depth: executions call each other ${limit} deep`, chain },
    {
      help: raiseLimit(
        "callDepth",
        limit,
        "Look for resources that execute each other in a circle",
      ),
    },
  );
}
