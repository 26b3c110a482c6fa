/** What `Schedule.Cron` and `Schedule.Every` share: when runs start, overlap and end. */
import {
  type Context,
  durationMs,
  formatUrn,
  inputError,
  type Leadership,
  messageOf,
  type ModuleCreateContext,
  type ResourceInstance,
  type RuntimeResource,
} from "../../contract/author.ts";
import { continuesLater } from "../shared/continued_job.ts";
import { setAlarm } from "./alarm.ts";
import type { ScheduleFields } from "./fields.ts";

/** The times of a schedule. */
export interface Times {
  /** The first time after another one, in milliseconds since the epoch. */
  readonly next: (after: number) => number | undefined;
  /** The last run was in another process, for this time. */
  readonly continueFrom?: (last: number) => void;
  /** For the reason of the hold. */
  readonly description: string;
}

/** A time that passed while no process led is made up for, if it is not longer ago. */
const TAKEOVER_MS = 15_000;
/** How many runs may wait for the previous one; more are skipped. */
const LONGEST_QUEUE = 100;
/** How many missed times are counted at most. */
const MOST_COUNTED = 1_000;

/** The running side of a schedule. */
export function createSchedule(
  resource: RuntimeResource<ScheduleFields>,
  ctx: ModuleCreateContext,
  { next, continueFrom, description }: Times,
): ResourceInstance {
  const { kind, metadata: { name }, execute, overlap } = resource;
  const urn = formatUrn(kind, name);
  const { clock } = ctx;
  const inputs = ctx.template(resource.inputs ?? null);
  const jitterMs = durationMs(resource.jitter) ?? 0;
  const timeoutMs = resource.timeout === undefined ? 0 : durationMs(resource.timeout) ?? 0;
  const counts = { started: 0, failed: 0, skipped: 0, missed: 0 };
  const running = new Set<Promise<void>>();
  const queue: number[] = [];
  const alarms = new Set<() => void>();
  let nextTime: number | undefined;
  let last: Readonly<Record<string, unknown>> | undefined;
  let isStopping = false;
  /** True for a pattern without further times. */
  let isOver = false;
  /** The election of the process that runs it, with `once: cluster`. */
  let leadership: Leadership | undefined;
  let isLeading = false;
  const recordings = new Set<Promise<void>>();
  let release: (() => void) | undefined;

  function ringAt(time: number, ring: () => void): void {
    const cancel = setAlarm(clock, time, () => {
      alarms.delete(cancel);
      ring();
    });
    alarms.add(cancel);
  }

  function emit(event: string, payload: unknown): void {
    void ctx.emitResourceEvent(kind, name, event, payload);
  }

  function arm(after: number): void {
    nextTime = next(after);
    if (nextTime === undefined) {
      ctx.log.warn("There is no further time");
      isOver = true;
      if (running.size === 0) release?.();
      return;
    }
    const scheduled = nextTime;
    ringAt(scheduled, () => {
      const latest = reportMissed(scheduled);
      arm(latest);
      if (jitterMs > 0) ringAt(clock.now() + ctx.random() * jitterMs, () => inTurn(latest));
      else inTurn(latest);
    });
  }

  /** With `once: cluster`, a run needs that its time was noted: then no other process runs it. */
  function inTurn(scheduled: number): void {
    if (isStopping) return;
    if (leadership === undefined) return due(scheduled);
    const recording = leadership.note(String(scheduled)).then((isRecorded) => {
      recordings.delete(recording);
      if (isRecorded) due(scheduled);
    });
    recordings.add(recording);
  }

  async function lead(): Promise<void> {
    try {
      leadership = await ctx.lead({
        onElected(note) {
          isLeading = true;
          const now = clock.now();
          const last = note === undefined ? now : Math.min(Number(note) || now, now);
          continueFrom?.(last);
          arm(Math.max(last, now - TAKEOVER_MS));
        },
        onLost() {
          isLeading = false;
          stopAlarms();
        },
      });
    } catch (error) {
      throw ctx.problem(["once"], messageOf(error), { cause: error });
    }
  }

  function stopAlarms(): void {
    for (const cancel of alarms) cancel();
    alarms.clear();
    nextTime = undefined;
  }

  /** Of several times that have passed at once, as after the machine slept, only the last one counts. */
  function reportMissed(first: number): number {
    let latest = first;
    let count = 0;
    for (
      let time = next(first);
      time !== undefined && time <= clock.now() && count < MOST_COUNTED;
      time = next(time)
    ) {
      latest = time;
      count++;
    }
    if (count === 0) return first;
    if (count === MOST_COUNTED) latest = clock.now();
    counts.missed += count;
    const missed = { from: isoTime(first), count };
    ctx.log.warn(`Missed ${count} run${count === 1 ? "" : "s"}`, missed);
    emit("Missed", missed);
    return latest;
  }

  function due(scheduled: number): void {
    if (overlap === "allow" || running.size === 0) start(scheduled);
    else if (overlap === "queue" && queue.length < LONGEST_QUEUE) queue.push(scheduled);
    else skip(scheduled);
  }

  function skip(scheduled: number): void {
    counts.skipped++;
    const reason = overlap === "queue"
      ? `${LONGEST_QUEUE} runs are waiting`
      : "it is still running";
    ctx.log.warn(`Skipped a run: ${reason}`, { scheduled: isoTime(scheduled) });
    emit("Skipped", { scheduled: isoTime(scheduled) });
  }

  function start(scheduled: number): void {
    const run = perform(scheduled).finally(() => {
      running.delete(run);
      const waiting = isStopping ? undefined : queue.shift();
      if (waiting !== undefined) start(waiting);
      else if (isOver && running.size === 0) release?.();
    });
    running.add(run);
  }

  async function perform(scheduled: number): Promise<void> {
    const started = clock.now();
    emit("Fired", { scheduled: isoTime(scheduled) });
    let error: unknown;
    try {
      await ctx.execute(urn, { scheduled: isoTime(scheduled) });
    } catch (thrown) {
      if (!continuesLater(thrown, execute)) {
        error = thrown;
        counts.failed++;
        ctx.log.error("A run failed", { error, scheduled: isoTime(scheduled) });
      }
    }
    const ms = clock.now() - started;
    last = { scheduled: isoTime(scheduled), ms, ok: error === undefined };
  }

  async function run(scheduled: string, context: Context): Promise<unknown> {
    const input = inputs({ run: { scheduled, count: ++counts.started } });
    if (timeoutMs === 0) return await context.execute(execute, input);
    const timeout = new AbortController();
    const cancel = setAlarm(clock, clock.now() + timeoutMs, () => {
      timeout.abort(new DOMException(`It took longer than ${resource.timeout}`, "TimeoutError"));
    });
    try {
      return await context.execute(execute, input, { signal: timeout.signal });
    } finally {
      cancel();
    }
  }

  return {
    async start() {
      if (!ctx.serve) return; // `digly exec` starts nothing in the background.
      release = ctx.acquireHold(description);
      if (resource.once === "cluster") await lead();
      else arm(clock.now());
    },
    /** Also a run out of turn, as by `digly exec`, for a time of the past if its input has one. */
    execute: (input, context) => run(scheduledOf(input, urn) ?? isoTime(clock.now()), context),
    async drain() {
      isStopping = true;
      stopAlarms();
      await Promise.all(recordings);
      await Promise.all(running);
      // What is running has ended, so that another process may run it.
      await leadership?.resign().catch(() => {});
    },
    teardown: () => release?.(),
    snapshot: () => ({
      next: nextTime === undefined ? null : isoTime(nextTime),
      ...(resource.once === "cluster" ? { leads: isLeading } : {}),
      running: running.size,
      queued: queue.length,
      ...counts,
      ...(last === undefined ? {} : { last }),
    }),
  };
}

function isoTime(time: number): string {
  return new Date(time).toISOString();
}

/** The planned time in an input, if there is one. */
function scheduledOf(input: unknown, urn: string): string | undefined {
  if (input === undefined || input === null) return undefined;
  const { scheduled } = input as { readonly scheduled?: unknown };
  if (scheduled === undefined) return undefined;
  if (typeof scheduled === "string" && !Number.isNaN(Date.parse(scheduled))) {
    return isoTime(Date.parse(scheduled));
  }
  throw inputError(urn, [{
    path: ["scheduled"],
    message: "must be a time in ISO 8601",
    keyword: "format",
  }]);
}
