import { Cron } from "croner";
import { defineController, formatUrn, LONGEST_DURATION_MS } from "digly/module";

interface Fields {
  readonly pattern: string;
  readonly timezone?: string;
  readonly execute: string;
  readonly inputs?: unknown;
  readonly overlap: "skip" | "allow";
  readonly timeoutMs?: number;
  readonly runs?: number;
}

export default defineController<Fields>({
  create({ kind, metadata: { name }, pattern, timezone, timeoutMs, runs, ...cron }, ctx) {
    const times = new Cron(pattern, { paused: true, ...(timezone && { timezone }) });
    const inputs = ctx.template(cron.inputs ?? null);
    const running = new Set<Promise<unknown>>();
    let fired = 0;
    let count = 0;
    let next: Date | null = null;
    let cancel = () => {};
    let release = () => {};

    function plan(after: number) {
      next = fired === runs ? null : times.nextRun(new Date(after));
      if (next !== null) return wait(next);
      if (fired === 0) ctx.log.warn("The pattern never matches again");
      if (running.size === 0) release();
    }

    function wait(until: Date) {
      const left = until.getTime() - ctx.clock.now();
      cancel = left > 0
        ? ctx.clock.setTimeout(() => wait(until), Math.min(left, LONGEST_DURATION_MS))
        : ctx.clock.setTimeout(() => fire(until), 0);
    }

    function fire(at: Date) {
      const scheduled = at.toISOString();
      if (running.size > 0 && cron.overlap === "skip") {
        ctx.log.warn("Skipped: the last run has not ended");
        void ctx.emitResourceEvent(kind, name, "Skipped", { scheduled });
      } else {
        fired++;
        const deadline = timeoutMs && Date.now() + timeoutMs;
        const run = ctx.execute(formatUrn(kind, name), { scheduled }, {
          ...(deadline && { deadline }),
        })
          .catch((error: unknown) => ctx.log.error("The run failed", { error }))
          .finally(() => {
            running.delete(run);
            if (next === null && running.size === 0) release();
          });
        running.add(run);
      }
      plan(Math.max(at.getTime(), ctx.clock.now()));
    }

    return {
      start() {
        if (!ctx.serve) return;
        release = ctx.acquireHold(`cron ${pattern}`);
        plan(ctx.clock.now());
      },
      /** Executed by hand, it is a run out of turn. */
      async execute(input, execution) {
        const now = new Date(ctx.clock.now()).toISOString();
        const { scheduled = now } = (input ?? {}) as { scheduled?: string };
        await execution.emit("Fired", { scheduled });
        const run = { scheduled, count: ++count };
        return execution.execute(cron.execute, inputs({ run }));
      },
      async drain() {
        cancel();
        await Promise.all(running);
      },
      teardown: () => release(),
      snapshot: () => ({ nextRun: next?.toISOString() ?? null, running: running.size, count }),
    };
  },
});
