/** Observes an app: counts all executions and requests, and records some of them with their values. */
import { type DiglyError, isDiglyError, messageOf } from "../contract/errors.ts";
import type { ObservedWork, ObserveWork, WorkDescription } from "../contract/observed_work.ts";
import type { ExpressionProbe, Probe, ProbedExecution } from "../kernel/probe.ts";
import type { ExecutionContext } from "../kernel/run/execution_context.ts";
import type { ActivityCounter } from "./activity.ts";
import { randomHex, Work } from "./identity.ts";
import type { Failure, RecordedSpan } from "./recording.ts";
import { Recordings, type RecordingsServices } from "./recordings.ts";
import { callerOf, type ResourceStats, Stats } from "./stats.ts";

/** What a recorder needs from the inspector. */
export interface RecorderServices extends RecordingsServices {
  /** Called when the state of a resource may have changed, while somebody watches. */
  readonly onState: (urn: string) => void;
}

/** Counts and records executions. Most are only counted, which is to allocate as little as possible. */
export class Recorder implements Pick<Probe, "execution" | "expressions" | "work"> {
  readonly #services: RecorderServices;
  readonly stats: Stats = new Stats();
  readonly recordings: Recordings;
  readonly expressions: ExpressionProbe;
  readonly work: ObserveWork = (work, failureOf) => this.#work(work, failureOf);

  constructor(services: RecorderServices) {
    this.#services = services;
    const recordings = this.recordings = new Recordings(services);
    const current = () => recordings.active > 0 ? services.current.get()?.span : undefined;
    this.expressions = {
      isRecording: () => current()?.recording.start.detail === "full",
      record(evaluated) {
        const recorded = current();
        recorded?.recording.evaluated(recorded.span, evaluated);
      },
    };
  }

  execution(ctx: ExecutionContext, input: unknown): ProbedExecution {
    const { urn, parent } = ctx;
    const stats = this.#begin(urn);
    const startMs = this.#services.now();
    // Work such as answering a request may be around an execution without a parent.
    const flow = parent === undefined ? this.recordings.flow : undefined;
    const callerUrn = parent?.urn ?? flow?.urn ?? ctx.caller;
    const caller = callerUrn === undefined ? undefined : callerOf(stats, callerUrn);
    const isRoot = (parent === undefined && flow === undefined) ||
      parent?.probed === undefined && ctx.isFromElsewhere;
    const above = parent === undefined ? flow?.span : parent.probed as RecordedSpan | undefined;
    const span = isRoot
      ? this.#sampled(ctx, input, stats, startMs)
      : this.recordings.beginBelow(above, ctx, input);
    ctx.probed = span;
    return new Counted(this, ctx, stats, caller, startMs, isRoot, span);
  }

  /** Ends an execution; called once. */
  end(
    { ctx, stats, caller, startMs, isRoot, span }: Counted,
    error: DiglyError | undefined,
    output: unknown,
  ): void {
    const endMs = this.#services.now();
    const ms = endMs - startMs;
    const hasFailed = error !== undefined;
    this.#end(ctx.urn, stats, endMs, ms, hasFailed);
    caller?.add(endMs, ms, hasFailed);
    if (span !== undefined) {
      this.recordings.end(span, ms, error, output);
      if (isRoot) this.recordings.finish(span.recording, ms, error);
    } else if (isRoot && hasFailed) this.recordings.outline(ctx, startMs, ms, error);
  }

  #begin(urn: string): ResourceStats {
    const stats = this.stats.of(urn);
    stats.executing++;
    if (this.#services.isWatched()) this.#services.onState(urn);
    return stats;
  }

  #end(urn: string, stats: ResourceStats, endMs: number, ms: number, hasFailed: boolean): void {
    stats.executing--;
    stats.counter.add(endMs, ms, hasFailed);
    if (this.#services.isWatched()) this.#services.onState(urn);
  }

  #sampled(
    ctx: ExecutionContext,
    input: unknown,
    stats: ResourceStats,
    startMs: number,
  ): RecordedSpan | undefined {
    const { recordings } = this;
    const isAdmitted = (ctx.isRecordedElsewhere && recordings.admitsElsewhere(startMs)) ||
      recordings.admits(stats, startMs);
    if (!isAdmitted) return undefined;
    const parent = ctx.isFromElsewhere ? ctx.parentSpanId : undefined;
    return recordings.begin(ctx, input, startMs, parent === undefined ? undefined : { parent });
  }

  // Every request of an app under load passes through here. One whose result is there at once is
  // counted without a promise and without a function.
  #work<Result>(
    work: ObservedWork<Result>,
    failureOf: (result: Result) => unknown,
  ): Result | Promise<Result> {
    const stats = this.#begin(work.urn);
    const startMs = this.#services.now();
    if (this.recordings.admits(stats, startMs)) {
      return this.#recordedWork(work, failureOf, stats, startMs);
    }
    let result: Result | Promise<Result>;
    try {
      result = work.run(false);
    } catch (error) {
      this.#endWork(work.urn, stats, startMs, true);
      throw error;
    }
    if (result instanceof Promise) return this.#untilEnded(result, work, failureOf, stats, startMs);
    this.#endWork(work.urn, stats, startMs, failureOf(result) !== undefined);
    return result;
  }

  #untilEnded<Result>(
    result: Promise<Result>,
    { urn }: ObservedWork<Result>,
    failureOf: (result: Result) => unknown,
    stats: ResourceStats,
    startMs: number,
  ): Promise<Result> {
    return result.then((value) => {
      this.#endWork(urn, stats, startMs, failureOf(value) !== undefined);
      return value;
    }, (error) => {
      this.#endWork(urn, stats, startMs, true);
      throw error;
    });
  }

  /** Counts work that has ended; gives its duration. */
  #endWork(urn: string, stats: ResourceStats, startMs: number, hasFailed: boolean): number {
    const endMs = this.#services.now();
    this.#end(urn, stats, endMs, endMs - startMs, hasFailed);
    return endMs - startMs;
  }

  #recordedWork<Result>(
    work: ObservedWork<Result>,
    failureOf: (result: Result) => unknown,
    stats: ResourceStats,
    startMs: number,
  ): Result | Promise<Result> {
    const { urn } = work;
    const recorded = this.recordings.begin(new Work(urn), undefined, startMs);
    const { recording, span } = recorded;
    const end = (failure: Failure | undefined, description?: WorkDescription) => {
      const ms = this.#endWork(urn, stats, startMs, failure !== undefined);
      recording.describe(span, description);
      // The failure itself is below, where there is one.
      const error = failure && (recording.failure ?? failure);
      this.recordings.end(recorded, ms, error, undefined);
      recording.trace ||= randomHex(16);
      this.recordings.finish(recording, ms, error);
    };
    const succeed = (result: Result) => {
      const error = failureOf(result);
      end(error === undefined ? undefined : asFailure(error), work.describe(result));
      return result;
    };
    const fail = (error: unknown): never => {
      end(asFailure(error));
      throw error;
    };
    let result: Result | Promise<Result>;
    try {
      result = this.recordings.within(urn, recorded, () => work.run(true));
    } catch (error) {
      return fail(error);
    }
    return result instanceof Promise ? result.then(succeed, fail) : succeed(result);
  }
}

/** An execution in progress. */
class Counted implements ProbedExecution {
  readonly #recorder: Recorder;
  readonly ctx: ExecutionContext;
  readonly stats: ResourceStats;
  readonly caller: ActivityCounter | undefined;
  readonly startMs: number;
  readonly isRoot: boolean;
  readonly span: RecordedSpan | undefined;

  constructor(
    recorder: Recorder,
    ctx: ExecutionContext,
    stats: ResourceStats,
    caller: ActivityCounter | undefined,
    startMs: number,
    isRoot: boolean,
    span: RecordedSpan | undefined,
  ) {
    this.#recorder = recorder;
    this.ctx = ctx;
    this.stats = stats;
    this.caller = caller;
    this.startMs = startMs;
    this.isRoot = isRoot;
    this.span = span;
  }

  get run(): ProbedExecution["run"] {
    const { span, ctx: { urn } } = this;
    return span && ((work) => this.#recorder.recordings.within(urn, span, work));
  }

  end(error: DiglyError | undefined, output: unknown): void {
    this.#recorder.end(this, error, output);
  }
}

function asFailure(error: unknown): Failure {
  return isDiglyError(error) ? error : { code: "ERR_EXECUTION_FAILED", message: messageOf(error) };
}
