/**
 * The context of one execution. One is created per call, so its signal and trace ids are computed
 * only when they are read.
 */
import { type Clock, setBackgroundTimer } from "../../contract/clock.ts";
import { LONGEST_DURATION_MS } from "../../contract/duration.ts";
import { fail, type ModuleErrorCode } from "../../contract/errors.ts";
import type { LogSink } from "../../contract/log.ts";
import type { Context, ExecutionOptions, Logger, WireContext } from "../../contract/execution.ts";
import {
  formatTraceparent,
  isTraceId,
  parseTraceparent,
  type TraceParent,
} from "../../contract/trace.ts";
import { createLogger } from "./logger.ts";
import type { Random } from "./random.ts";

/** Executes a resource below a context. */
export type ExecuteBelow = (
  urn: string,
  input: unknown,
  options: ExecutionOptions | undefined,
  parent: ExecutionContext,
) => Promise<unknown>;

/** What contexts get from their kernel. */
export interface ContextServices {
  readonly log: LogSink;
  readonly random: Random;
  readonly clock: Clock;
  /** Emits an event on behalf of an execution. */
  readonly emit: (ctx: Context, event: string, payload: unknown) => Promise<void>;
}

/** The kernel's side of a context. */
export interface ContextHost extends ContextServices {
  readonly toWire: (ctx: ExecutionContext) => WireContext;
  readonly execute: ExecuteBelow;
}

const NO_VALUES: Readonly<Record<string, unknown>> = Object.freeze({});
const NEVER_ABORTED: AbortSignal = new AbortController().signal;

const EXPIRED_SIGNAL: AbortSignal = AbortSignal.abort(lateReason());

/** A {@link Context} that is cheap to create. */
export class ExecutionContext implements Context {
  readonly urn: string;
  readonly parent: ExecutionContext | undefined;
  depth: number;
  deadline: number | undefined;
  readonly #options: ExecutionOptions | undefined;
  readonly #host: ContextHost;
  #log: Logger | undefined;
  #signal: AbortSignal | undefined;
  #traceId: string | undefined;
  #spanId: string | undefined;
  #caller: TraceParent | null | undefined;
  #endTimer: (() => void) | undefined;
  /** How many executions need its deadline: itself, and those below it that are in progress. */
  #users = 1;
  /** The context whose deadline this one has: itself, or that of the same execution. */
  #deadlineOwner: ExecutionContext = this;
  /** What a probe keeps for the executions below this one. */
  probed: object | undefined;

  constructor(
    urn: string,
    parent: ExecutionContext | undefined,
    options: ExecutionOptions | undefined,
    host: ContextHost,
  ) {
    this.urn = urn;
    this.parent = parent;
    this.depth = parent === undefined ? 0 : parent.depth + 1;
    this.deadline = earlier(parent?.deadline, options?.deadline);
    this.isBounded = parent?.isBounded === true || options?.signal !== undefined ||
      options?.deadline !== undefined;
    this.#options = options;
    this.#host = host;
  }

  /** True if a signal or a deadline may end it. */
  readonly isBounded: boolean;

  /** The resource that has asked for it, if that has no context. */
  get caller(): string | undefined {
    return this.#options?.caller;
  }

  /** True for an execution that another process has asked for. */
  get isFromElsewhere(): boolean {
    return this.#options?.wire !== undefined;
  }

  /** True for one that the process which has asked for it records. */
  get isRecordedElsewhere(): boolean {
    return this.#options?.wire?.isRecorded === true;
  }

  get signal(): AbortSignal {
    return this.#signal ??= this.#createSignal();
  }

  get traceId(): string {
    return this.#traceId ??= this.#requestedTraceId() ?? this.#callerTrace()?.traceId ??
      this.parent?.traceId ?? this.#host.random.hex(16);
  }

  /** The parent span, of the calling execution or of another program. */
  get parentSpanId(): string | undefined {
    return this.#callerTrace()?.spanId ?? this.parent?.spanId;
  }

  /** False if the calling program does not record this trace. */
  get sampled(): boolean {
    return this.#callerTrace()?.sampled ?? this.parent?.sampled ?? true;
  }

  get traceparent(): string {
    return formatTraceparent(this);
  }

  get spanId(): string {
    return this.#spanId ??= this.#host.random.hex(8);
  }

  get values(): Readonly<Record<string, unknown>> {
    const own = this.#options?.values;
    const inherited = this.parent?.values ?? NO_VALUES;
    return own === undefined ? inherited : { ...inherited, ...own };
  }

  // A getter, so that `const { execute } = ctx` works without a bound function per context.
  get execute(): Context["execute"] {
    return (urn, input, options) => this.#host.execute(urn, input, options, this);
  }

  get log(): Logger {
    return this.#log ??= createLogger(this.urn, this.#host.log, () => this.traceId);
  }

  // A getter for the same reason.
  get emit(): Context["emit"] {
    return (event, payload) => this.#host.emit(this, event, payload);
  }

  get clock(): Clock {
    return this.#host.clock;
  }

  // A getter for the same reason.
  get toWire(): Context["toWire"] {
    return () => this.#host.toWire(this);
  }

  // A getter for the same reason.
  get fail(): Context["fail"] {
    return failWith;
  }

  /** The same execution, which `signal` may abort as well. */
  withSignal(signal: AbortSignal): ExecutionContext {
    const signals = this.signal === NEVER_ABORTED ? [signal] : [this.signal, signal];
    // Its own signal observes the deadline already.
    const { deadline: _, ...options } = { ...this.#options, signal: AbortSignal.any(signals) };
    const same = new ExecutionContext(this.urn, this.parent, options, this.#host);
    same.deadline = this.deadline;
    same.#deadlineOwner = this.#deadlineOwner;
    same.#traceId = this.traceId;
    same.#spanId = this.spanId;
    same.#caller = this.#callerTrace();
    same.probed = this.probed;
    return same;
  }

  /**
   * Called when the result is a stream, which the deadline no longer concerns: the result is there,
   * and its reader decides how long to read.
   */
  endDeadline(): void {
    this.deadline = undefined;
  }

  /** Called when the execution begins, since it may continue after the one that has asked for it. */
  begin(): void {
    if (this.parent !== undefined) this.parent.#deadlineOwner.#users++;
  }

  /**
   * Called once, when the execution has ended. Without the end of its timer, the execution would be kept
   * in memory until its deadline.
   */
  end(): void {
    if (--this.#users > 0) return;
    this.#endTimer?.();
    if (this.parent !== undefined) this.parent.#deadlineOwner.end();
  }

  #deadlineSignal(ms: number): AbortSignal {
    const controller = new AbortController();
    this.#endTimer = setBackgroundTimer(this.#host.clock, () => {
      if (this.deadline === undefined) return;
      controller.abort(lateReason());
    }, ms);
    return controller.signal;
  }

  #ownDeadline(): number | undefined {
    return this.deadline === undefined ? undefined : this.#options?.deadline;
  }

  /** True if the parent's signal no longer observes its deadline. */
  #isParentOver(): boolean {
    return this.parent !== undefined && this.parent.#deadlineOwner.#users <= 0;
  }

  #requestedTraceId(): string | undefined {
    const traceId = this.#options?.traceId;
    return traceId !== undefined && isTraceId(traceId) ? traceId : undefined;
  }

  #callerTrace(): TraceParent | null {
    if (this.#caller === undefined) {
      const header = this.#options?.traceparent;
      this.#caller = header === undefined ? null : parseTraceparent(header) ?? null;
    }
    return this.#caller;
  }

  #createSignal(): AbortSignal {
    const signals: AbortSignal[] = [];
    if (this.parent !== undefined && this.parent.signal !== NEVER_ABORTED) {
      signals.push(this.parent.signal);
    }
    const options = this.#options;
    if (options?.signal !== undefined) {
      signals.push(typeof options.signal === "function" ? options.signal() : options.signal);
    }
    const ownDeadline = this.#isParentOver() ? this.deadline : this.#ownDeadline();
    const left = (ownDeadline ?? Infinity) - this.#host.clock.now();
    if (left <= 0) signals.push(EXPIRED_SIGNAL);
    // Timers cannot wait longer, which would be weeks.
    else if (left <= LONGEST_DURATION_MS) signals.push(this.#deadlineSignal(left));
    if (signals.length === 0) return NEVER_ABORTED;
    const [first] = signals;
    return signals.length === 1 && first !== undefined ? first : AbortSignal.any(signals);
  }
}

/** `ctx.fail`: the error of {@link fail}, with the message as an argument. */
const failWith: Context["fail"] = (code, message, { status, data, cause } = {}) =>
  fail(code as ModuleErrorCode, {
    problem: String(message),
    ...(data === undefined ? {} : { data }),
    ...(status === undefined ? {} : { status }),
  }, { cause });

/** What signals are aborted with when a deadline has passed. */
function lateReason(): DOMException {
  return new DOMException("The deadline has passed", "TimeoutError");
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}
