/**
 * The policy around one resource. From the outside to the inside: retry, breaker, concurrency,
 * timeout. So each attempt passes the breaker, waits for its turn, and has the whole time.
 */
import {
  type Call,
  durationMs,
  fail,
  isDiglyError,
  type ModuleCreateContext,
  type NextOptions,
  type RuntimeResource,
} from "../../contract/author.ts";
import { createBreaker, type Outcome } from "./breaker.ts";
import { isFailure, isListed, isRefusal } from "./failures.ts";
import type { PolicyFields } from "./fields.ts";
import { createLimit } from "./limit.ts";
import type { PolicyMetrics } from "./policy_metrics.ts";

type Next = (options?: NextOptions) => Promise<unknown>;
/** Runs work of which `signal` is the caller's. */
type Layer = (work: () => Promise<unknown>, signal: AbortSignal) => Promise<unknown>;

const LONGEST_BACKOFF_MS = 60_000;
/** The part of a delay that is added to it at random. */
const JITTER = 0.25;
/** How many executions may wait for their turn, unless the policy says so. */
const DEFAULT_QUEUE = 1_000;

/** Options of {@link createGuard}. */
export interface GuardOptions {
  readonly resource: RuntimeResource<PolicyFields>;
  readonly metrics: PolicyMetrics;
  readonly ctx: ModuleCreateContext;
}

/** What runs around the executions of one resource. */
export interface Guard {
  run(call: Call, next: Next): Promise<unknown>;
  /** For snapshots. */
  state(): Record<string, unknown>;
}

/** Creates the policy around the resource `urn`. */
export function createGuard(urn: string, options: GuardOptions): Guard {
  const { resource, metrics, ctx } = options;
  const { retry, timeout, breaker, concurrency } = resource;
  const counts = { retries: 0, timeouts: 0 };
  const fails = (error: unknown) => isFailure(error, urn, ctx.describe);
  const breakerLayer = breaker && breakerOf(urn, breaker, fails, options);
  const limitLayer = concurrency === undefined ? undefined : limitOf(urn, concurrency, options);
  // The schema has checked all durations of the policy.
  const timeoutMs = timeout === undefined ? undefined : durationMs(timeout)!;

  /** Runs one attempt for at most the time of the policy. */
  async function timed(next: Next): Promise<unknown> {
    if (timeoutMs === undefined) return await next();
    const late = new AbortController();
    const error = fail("Resilience.Timeout", {
      problem: `${urn} took longer than ${timeout}`,
    });
    return await new Promise((resolve, reject) => {
      const cancel = ctx.clock.setTimeout(() => {
        counts.timeouts++;
        metrics.timedOut(urn);
        reject(error);
        late.abort(new DOMException(error.message, "TimeoutError"));
      }, timeoutMs);
      next({ signal: late.signal }).then(resolve, reject).finally(cancel);
    });
  }

  async function attempt({ ctx: { signal } }: Call, next: Next): Promise<unknown> {
    const once = () => timed(next);
    const limited = limitLayer === undefined ? once : () => limitLayer.run(once, signal);
    return await (breakerLayer === undefined ? limited() : breakerLayer.run(limited, signal));
  }

  async function repeated(call: Call, once: () => Promise<unknown>): Promise<unknown> {
    // It is called only if the policy has `retry`.
    const { attempts, backoff, factor, on } = retry!;
    const { signal, log } = call.ctx;
    for (let number = 1;; number++) {
      try {
        return await once();
      } catch (error) {
        const mayRepeat = on === undefined ? fails(error) : isListed(codeOf(error), on);
        if (number === attempts || !mayRepeat || signal.aborted) throw error;
        // The schema has checked the duration.
        const delay = Math.min(durationMs(backoff)! * factor ** (number - 1), LONGEST_BACKOFF_MS);
        // Callers that failed together should not come back together.
        const delayMs = Math.round(delay * (1 + JITTER * ctx.random()));
        counts.retries++;
        metrics.retried(urn);
        log.warn(`${urn} failed, and is executed again in ${delayMs} ms`, { number, error });
        await ctx.clock.sleep(delayMs, signal);
      }
    }
  }

  return {
    run(call, next) {
      const once = () => attempt(call, next);
      return retry === undefined ? once() : repeated(call, once);
    },
    state: () => ({
      ...(breakerLayer && { breaker: breakerLayer.state() }),
      ...limitLayer?.state(),
      ...(retry && { retries: counts.retries }),
      ...(timeout === undefined ? {} : { timeouts: counts.timeouts }),
    }),
  };
}

function breakerOf(
  urn: string,
  { failures, window, cooldown }: NonNullable<PolicyFields["breaker"]>,
  fails: (error: unknown) => boolean,
  { metrics, ctx, resource: { kind, metadata: { name } } }: GuardOptions,
): { readonly run: Layer; readonly state: () => string } {
  const breaker = createBreaker({
    failures,
    // The schema has checked both durations.
    windowMs: durationMs(window)!,
    cooldownMs: durationMs(cooldown)!,
    clock: ctx.clock,
    onChange(state) {
      metrics.breaker(urn, state);
      if (state === "half-open") return;
      ctx.log[state === "open" ? "error" : "info"](`The circuit breaker of ${urn} is ${state}`);
      const event = state === "open" ? "Opened" : "Closed";
      void ctx.emitResourceEvent(kind, name, event, { resource: urn });
    },
  });
  metrics.breaker(urn, "closed");
  return {
    async run(work, signal) {
      const end = breaker.enter();
      if (end === undefined) {
        metrics.refused(urn, "open");
        throw fail("Resilience.Open", {
          problem: `${urn} has failed too often, and is not executed for ${cooldown}`,
        });
      }
      const abort = () => end(undefined);
      signal.addEventListener("abort", abort, { once: true });
      let outcome: Outcome;
      try {
        const result = await work();
        outcome = "success";
        return result;
      } catch (error) {
        if (fails(error)) outcome = "failure";
        // An error of the caller's making is an answer, too.
        else if (!signal.aborted && !isRefusal(error)) outcome = "success";
        throw error;
      } finally {
        signal.removeEventListener("abort", abort);
        end(outcome);
      }
    },
    state: () => breaker.state,
  };
}

function limitOf(
  urn: string,
  concurrency: NonNullable<PolicyFields["concurrency"]>,
  { metrics }: GuardOptions,
): { readonly run: Layer; readonly state: () => { running: number; waiting: number } } {
  const { limit: most, queue } = typeof concurrency === "number"
    ? { limit: concurrency, queue: DEFAULT_QUEUE }
    : concurrency;
  const limit = createLimit(most, queue, () => metrics.running(urn, limit.running, limit.waiting));
  return {
    async run(work, signal) {
      const end = await limit.enter(signal);
      if (end === undefined) {
        metrics.refused(urn, "overloaded");
        throw fail("Resilience.Overloaded", {
          problem: `${most} executions of ${urn} are running, and ${queue} are waiting`,
        });
      }
      // Nobody waits for an execution that continues although it was aborted.
      signal.addEventListener("abort", end, { once: true });
      try {
        return await work();
      } finally {
        signal.removeEventListener("abort", end);
        end();
      }
    },
    state: () => ({ running: limit.running, waiting: limit.waiting }),
  };
}

function codeOf(error: unknown): string {
  return isDiglyError(error) ? error.code : "";
}
