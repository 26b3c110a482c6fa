/**
 * Observes the executions of an app. All are counted; which ones are recorded with their values is
 * decided when they start, so that an app under load pays for a few of them only.
 */
import { type DiglyError, isDiglyError, messageOf } from "../contract/errors.ts";
import type { ObservedWork, ObserveWork, WorkDescription } from "../contract/observed_work.ts";
import type { AsyncVariable } from "../contract/platform.ts";
import type {
  EvaluatedExpression,
  ExpressionProbe,
  Probe,
  ProbedExecution,
} from "../kernel/probe.ts";
import type { ExecutionContext } from "../kernel/run/execution_context.ts";
import type { ActivityCounter } from "./activity.ts";
import type { ExecutionSummary } from "./api.ts";
import type { Executions } from "./executions.ts";
import { type Identity, randomHex, Work } from "./identity.ts";
import { type Failure, type RecordedSpan, Recording, type RecordingServices } from "./recording.ts";
import { RateLimit } from "./ring.ts";
import { callerOf, type ResourceStats, Stats } from "./stats.ts";

/** How many executions are recorded in full each second, and how many more failures in outline. */
export const SAMPLES = { unwatched: 10, watched: 200, failures: 50 } as const;

/** How many different resources are recorded each second although the samples are used up. */
const MOST_FIRST = 50;

/** What a recorder needs from the inspector. */
export interface RecorderServices extends RecordingServices {
  readonly executions: Executions;
  readonly current: AsyncVariable<Flow>;
  /** True while somebody reads the stream. */
  readonly isWatched: () => boolean;
  /** Called when an execution is recorded or has changed. */
  readonly onExecution: (summary: ExecutionSummary) => void;
  /** Called when the state of a resource may have changed, while somebody watches. */
  readonly onState: (urn: string) => void;
}

/** What the code that runs now belongs to. */
export interface Flow {
  /** The work around it. */
  readonly urn?: string;
  readonly span?: RecordedSpan | undefined;
  /** Collects the executions that a request of the inspector starts. */
  readonly started?: string[];
}

/** Counts and records executions. */
export class Recorder implements Pick<Probe, "execution" | "expressions" | "work"> {
  readonly #services: RecorderServices;
  readonly stats: Stats = new Stats();
  readonly #samples: RateLimit;
  readonly #first: RateLimit;
  readonly #failures: RateLimit;
  /** Set while the inspector itself starts an execution. */
  #own: { id?: string } | undefined;
  /** Requests of the inspector that are being answered. */
  #requests = 0;
  /** Recorded executions in progress, so that expressions of others are not looked at. */
  #recording = 0;
  readonly expressions: ExpressionProbe;
  readonly work: ObserveWork = (work, failureOf) => this.#work(work, failureOf);

  constructor(services: RecorderServices) {
    this.#services = services;
    const { now } = services;
    this.#samples = new RateLimit(now);
    this.#first = new RateLimit(now);
    this.#failures = new RateLimit(now);
    this.expressions = {
      isRecording: () =>
        this.#recording > 0 &&
        services.current.get()?.span?.recording.start.detail === "full",
      record: (evaluated) => this.#evaluated(evaluated),
    };
  }

  /** Starts an execution that is recorded; `start` calls the kernel. */
  async own(start: () => Promise<unknown>): Promise<string | undefined> {
    const own: { id?: string } = this.#own = {};
    let done: Promise<unknown>;
    try {
      done = start();
    } finally {
      this.#own = undefined;
    }
    await done.catch(() => {});
    return own.id;
  }

  /** Runs `work`; the executions that it starts, also later, are recorded. */
  async observed<T>(
    work: () => Promise<T>,
  ): Promise<{ readonly result: T; readonly ids: string[] }> {
    const started: string[] = [];
    this.#requests++;
    try {
      return { result: await this.#services.current.run({ started }, work), ids: started };
    } finally {
      this.#requests--;
    }
  }

  execution(ctx: ExecutionContext, input: unknown): ProbedExecution {
    const { now, current, isWatched, onState } = this.#services;
    const { urn, parent } = ctx;
    const stats = this.stats.of(urn);
    stats.executing++;
    if (isWatched()) onState(urn);
    const startMs = now();
    // Work such as answering a request may be around an execution without a parent.
    const flow = parent === undefined && this.#recording > 0
      ? currentFlow(current.get())
      : undefined;
    const callerUrn = parent?.urn ?? flow?.urn ?? ctx.caller;
    const caller = callerUrn === undefined ? undefined : callerOf(stats, callerUrn);
    const isRoot = (parent === undefined && flow === undefined) ||
      parent?.probed === undefined && ctx.isFromElsewhere;
    const span = isRoot
      ? this.#begin(ctx, input, stats, startMs)
      : beginBelow(parent === undefined ? flow?.span : parent.probed as RecordedSpan, ctx, input);
    ctx.probed = span;
    if (span !== undefined) this.#recording++;
    return new Counted(this, ctx, stats, caller, startMs, isRoot, span);
  }

  /** Ends an execution; called once. */
  end(
    { ctx, stats, caller, startMs, isRoot, span }: Counted,
    error: DiglyError | undefined,
    output: unknown,
  ): void {
    const { now, isWatched, onState } = this.#services;
    const endMs = now();
    const ms = endMs - startMs;
    const hasFailed = error !== undefined;
    stats.executing--;
    stats.counter.add(endMs, ms, hasFailed);
    caller?.add(endMs, ms, hasFailed);
    if (isWatched()) onState(ctx.urn);
    if (span !== undefined) {
      this.#recording--;
      span.recording.end(span.span, ms, error, output);
      if (isRoot) this.#finish(span.recording, ms, error);
    } else if (isRoot && hasFailed) this.#outline(ctx, startMs, ms, error);
  }

  /** Runs what belongs to a span. */
  within<T>(urn: string, span: RecordedSpan, work: () => T): T {
    return this.#services.current.run({ urn, span }, work);
  }

  // Without a promise of its own, since every request of an app under load passes through here.
  #work<Result>(
    { urn, run, describe }: ObservedWork<Result>,
    failureOf: (result: Result) => unknown,
  ): Result | Promise<Result> {
    const { now, current, isWatched, onState } = this.#services;
    const stats = this.stats.of(urn);
    stats.executing++;
    if (isWatched()) onState(urn);
    const startMs = now();
    const span = this.#begin(new Work(urn), undefined, stats, startMs);
    if (span !== undefined) this.#recording++;
    const end = (failure: Failure | undefined, description?: WorkDescription) => {
      const endMs = now();
      const ms = endMs - startMs;
      stats.executing--;
      stats.counter.add(endMs, ms, failure !== undefined);
      if (isWatched()) onState(urn);
      if (span === undefined) return;
      this.#recording--;
      this.#endWork(span, ms, failure, description);
    };
    const succeed = (result: Result) => {
      const error = failureOf(result);
      end(
        error === undefined ? undefined : asFailure(error),
        span === undefined ? undefined : describe(result),
      );
      return result;
    };
    const fail = (error: unknown): never => {
      end(asFailure(error));
      throw error;
    };
    let result: Result | Promise<Result>;
    try {
      result = span === undefined ? run(false) : current.run({ urn, span }, () => run(true));
    } catch (error) {
      return fail(error);
    }
    return result instanceof Promise ? result.then(succeed, fail) : succeed(result);
  }

  #endWork(
    { recording, span }: RecordedSpan,
    ms: number,
    failure: Failure | undefined,
    description: WorkDescription | undefined,
  ): void {
    recording.describe(span, description);
    // The failure itself is below, where there is one.
    const error = failure && (recording.failure ?? failure);
    recording.end(span, ms, error, undefined);
    recording.trace ||= randomHex(16);
    this.#finish(recording, ms, error);
  }

  #begin(
    ctx: Identity,
    input: unknown,
    stats: ResourceStats,
    startMs: number,
  ): RecordedSpan | undefined {
    const own = this.#own;
    this.#own = undefined;
    const started = this.#requests > 0 ? this.#services.current.get()?.started : undefined;
    const isOwn = own !== undefined || started !== undefined;
    if (!isOwn && !this.#isSampled(stats, startMs)) return undefined;
    const recording = this.#record(ctx, startMs, isOwn ? "inspector" : "app", "full");
    if (own !== undefined) own.id = recording.start.id;
    started?.push(recording.start.id);
    const span = recording.begin(identityOf(ctx), input);
    this.changed(recording);
    return span;
  }

  /** The first executions of each second, and the first one of every resource. */
  #isSampled(stats: ResourceStats, startMs: number): boolean {
    const { isWatched } = this.#services;
    const second = Math.floor(startMs / 1_000);
    const isFirst = stats.recordedAt !== second;
    if (!this.#samples.admits(isWatched() ? SAMPLES.watched : SAMPLES.unwatched, startMs)) {
      if (!isFirst || !this.#first.admits(MOST_FIRST, startMs)) return false;
    }
    stats.recordedAt = second;
    return true;
  }

  /** Records a failure whose values are gone. */
  #outline(ctx: ExecutionContext, startMs: number, ms: number, error: DiglyError): void {
    if (!this.#failures.admits(SAMPLES.failures)) return;
    const recording = this.#record(ctx, startMs, "app", "outline");
    const begun = recording.begin(identityOf(ctx), undefined);
    if (begun !== undefined) recording.end(begun.span, ms, error, undefined);
    this.#finish(recording, ms, error);
  }

  #record(
    ctx: Identity,
    startMs: number,
    startedBy: ExecutionSummary["startedBy"],
    detail: ExecutionSummary["detail"],
  ): Recording {
    const { spanId, traceId, urn } = ctx;
    const { now } = this.#services;
    const startedAt = new Date(Date.now() - (now() - startMs)).toISOString();
    const isRequest = traceId === "";
    const start = { id: spanId, trace: traceId, urn, startedAt, startedBy, detail, isRequest };
    return new Recording(start, startMs, this.#services);
  }

  #finish(recording: Recording, ms: number, error: Failure | undefined): void {
    recording.finish(ms, error);
    this.changed(recording);
  }

  /** Announces that a recording was added or has changed. */
  changed(recording: Recording): void {
    const { executions, onExecution } = this.#services;
    executions.put(recording);
    onExecution(recording.summary);
  }

  #evaluated(evaluated: EvaluatedExpression): void {
    const span = this.#services.current.get()?.span;
    if (span !== undefined) span.recording.evaluated(span.span, evaluated);
  }
}

/** An execution in progress. Most are only counted, so it is one small object without functions. */
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
    return span === undefined ? undefined : (work) => this.#recorder.within(urn, span, work);
  }

  end(error: DiglyError | undefined, output: unknown): void {
    this.#recorder.end(this, error, output);
  }
}

function asFailure(error: unknown): Failure {
  return isDiglyError(error) ? error : { code: "ERR_EXECUTION_FAILED", message: messageOf(error) };
}

/** What is recorded now, unless it has ended and left something behind that still runs. */
function currentFlow(flow: Flow | undefined): Flow | undefined {
  return flow?.span?.recording.state === "running" ? flow : undefined;
}

function beginBelow(
  above: RecordedSpan | undefined,
  ctx: ExecutionContext,
  input: unknown,
): RecordedSpan | undefined {
  if (above?.recording.state !== "running") return undefined;
  above.recording.trace ||= ctx.traceId;
  return above.recording.begin({ ...identityOf(ctx), parent: above.span.id }, input);
}

function identityOf(
  { spanId, urn }: Identity,
): { readonly id: string; readonly urn: string } {
  return { id: spanId, urn };
}
