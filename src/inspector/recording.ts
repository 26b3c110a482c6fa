/** The record of one execution with everything below it. */
import { type DiglyError, isDiglyError } from "../contract/errors.ts";
import type { WorkDescription } from "../contract/observed_work.ts";
import type { EvaluatedExpression } from "../kernel/probe.ts";
import type { ExecutionSummary, ExpressionValue, Span } from "./api.ts";
import { capture, isSensitive, type Redact } from "./capture.ts";
import { REDACTED } from "../contract/sensitive.ts";
import type { Places } from "./places.ts";

/** The most spans and expressions of one execution. */
export const MOST_SPANS = 500;
export const MOST_EXPRESSIONS = 2_000;

/** The most characters of the values of one execution. */
export const MOST_EXECUTION_TEXT: number = 512 * 1_024;

/** What a recording needs from the inspector. */
export interface RecordingServices {
  readonly redact: Redact;
  readonly places: Places;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
}

/** The error of an execution, or what is known of it. */
export type Failure = DiglyError | { readonly code: string; readonly message: string };

/** Where an execution comes from. */
export interface RecordingStart {
  readonly id: string;
  readonly urn: string;
  readonly startedAt: string;
  readonly startedBy: ExecutionSummary["startedBy"];
  readonly detail: ExecutionSummary["detail"];
  readonly isRequest: boolean;
}

type MutableSpan = { -readonly [Key in keyof Span]: Span[Key] };
type MutableExpression = { -readonly [Key in keyof ExpressionValue]: ExpressionValue[Key] };

/** A recorded execution. */
export class Recording {
  readonly start: RecordingStart;
  /** Empty as long as it is not known. */
  trace: string;
  readonly spans: MutableSpan[] = [];
  readonly expressions: MutableExpression[] = [];
  seq = 0;
  state: ExecutionSummary["state"] = "running";
  ms: number | undefined;
  error: ExecutionSummary["error"];
  /** The first error below, for its place and code frame. */
  failure: DiglyError | undefined;
  isCut = false;
  /** Whether a test can repeat it: its input is recorded in full. */
  #length = 0;
  readonly #startMs: number;
  readonly #services: RecordingServices;
  readonly #latest = new Map<string, MutableExpression>();

  constructor(
    start: RecordingStart & { readonly trace: string },
    startMs: number,
    services: RecordingServices,
  ) {
    const { trace, ...rest } = start;
    this.start = rest;
    this.trace = trace;
    this.#startMs = startMs;
    this.#services = services;
  }

  /** The memory that it takes, roughly, in characters. */
  get weight(): number {
    return this.#length + this.spans.length * 200 + this.expressions.length * 300 + 500;
  }

  get summary(): ExecutionSummary {
    const { state, ms, error, seq, trace } = this;
    return {
      ...this.start,
      trace,
      seq,
      state,
      ...(ms === undefined ? {} : { ms }),
      ...(error === undefined ? {} : { error }),
      spans: this.spans.length,
    };
  }

  /** True if it has a span with this id. */
  has(id: string): boolean {
    return this.spans.some((span) => span.id === id);
  }

  /** Begins a span; `undefined` if there are too many. */
  begin(
    span: Pick<Span, "id" | "node" | "parent" | "urn">,
    input: unknown,
  ): RecordedSpan | undefined {
    if (this.spans.length >= MOST_SPANS) {
      this.isCut = true;
      return undefined;
    }
    const startMs = rounded(this.#services.now() - this.#startMs);
    const begun: MutableSpan = { ...span, startMs };
    if (this.start.detail === "full" && input !== undefined) begun.input = this.#value(input);
    this.spans.push(begun);
    return { recording: this, span: begun };
  }

  /** Ends a span. */
  end(span: MutableSpan, ms: number, error: Failure | undefined, output: unknown): void {
    if (isDiglyError(error)) this.failure ??= error;
    span.ms = rounded(ms);
    if (error !== undefined) {
      const { code, message } = error;
      span.error = this.#services.redact({ code, message });
    } else if (this.start.detail === "full" && output !== undefined) {
      span.output = this.#value(output);
    }
  }

  /** Adds what is known of work only when it has ended. */
  describe(span: MutableSpan, description: WorkDescription | undefined): void {
    if (description === undefined) return;
    span.input = this.#value(description.input);
    span.output = this.#value(description.output);
  }

  /** Ends the execution itself. */
  finish(ms: number, error: Failure | undefined): void {
    this.ms = rounded(ms);
    this.state = error === undefined ? "done" : "failed";
    this.#latest.clear();
    if (error === undefined) this.failure = undefined;
    else if (isDiglyError(error)) this.failure = error;
    if (error === undefined) return;
    const { code, message } = error;
    this.error = this.#services.redact({ code, message });
  }

  /** Records the value of an expression. */
  evaluated(
    span: MutableSpan,
    { urn, source, place, value, error, read }: EvaluatedExpression,
  ): void {
    const { redact, places, now } = this.#services;
    const at = places.of(place);
    const key = `${span.id}\n${at.file}:${at.line}:${at.column}\n${source}`;
    let entry = this.#latest.get(key);
    if (entry === undefined) {
      if (this.expressions.length >= MOST_EXPRESSIONS) {
        this.isCut = true;
        return;
      }
      entry = { urn, span: span.id, ...at, source: redact(source), atMs: 0, times: 0 };
      this.#latest.set(key, entry);
      this.expressions.push(entry);
    }
    entry.times++;
    entry.atMs = rounded(now() - this.#startMs);
    delete entry.value;
    delete entry.error;
    if (error !== undefined) entry.error = redact(error);
    // What was computed from a secret may show a part of it.
    else if (read.some((one) => isSensitive(one, redact))) entry.value = REDACTED;
    else entry.value = this.#value(value);
  }

  #value(value: unknown): unknown {
    if (this.#length > MOST_EXECUTION_TEXT) {
      this.isCut = true;
      return { $cut: { text: "" } };
    }
    const captured = capture(value, this.#services.redact);
    this.#length += captured.length;
    return captured.value;
  }
}

/** A span of a recording. */
export interface RecordedSpan {
  readonly recording: Recording;
  readonly span: MutableSpan;
}

function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
