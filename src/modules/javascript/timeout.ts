/** The `timeout` of a script. */
import { type Context, fail } from "../../contract/author.ts";
import type { Main } from "./compile.ts";

/**
 * A script that is given up after some time: its signal is aborted, and its caller gets an error. A
 * script that never awaits anything cannot be interrupted.
 */
export function withTimeout(main: Main, timeoutMs: number): Main {
  return async (input, ctx) => {
    const timeout = new AbortController();
    let cancel = (): void => {};
    const late = new Promise<never>((_resolve, reject) => {
      cancel = ctx.clock.setTimeout(() => {
        const seconds = `${timeoutMs / 1000} s`;
        reject(fail("ERR_ABORTED", {
          problem: `${ctx.urn} was aborted: it took longer than its \`timeout\` of ${seconds}`,
          isLate: true,
        }));
        timeout.abort(new DOMException(`It took longer than ${seconds}`, "TimeoutError"));
      }, timeoutMs);
    });
    try {
      return await Promise.race([main(input, withSignal(ctx, timeout.signal)), late]);
    } finally {
      cancel();
    }
  };
}

/** The context with another signal, which also ends what is executed with it. */
function withSignal(ctx: Context, timeout: AbortSignal): Context {
  const signal = AbortSignal.any([ctx.signal, timeout]);
  return {
    urn: ctx.urn,
    parent: ctx.parent,
    depth: ctx.depth,
    deadline: ctx.deadline,
    values: ctx.values,
    clock: ctx.clock,
    log: ctx.log,
    fail: ctx.fail,
    emit: ctx.emit,
    toWire: ctx.toWire,
    signal,
    get traceId() {
      return ctx.traceId;
    },
    get spanId() {
      return ctx.spanId;
    },
    get traceparent() {
      return ctx.traceparent;
    },
    execute: (urn, input, options) => {
      const own = options?.signal;
      const signals = [
        signal,
        ...own === undefined ? [] : [typeof own === "function" ? own() : own],
      ];
      return ctx.execute(urn, input, { ...options, signal: AbortSignal.any(signals) });
    },
  };
}
