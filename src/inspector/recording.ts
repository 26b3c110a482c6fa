/** The record of one execution with everything below it. */
import { type DiglyError, isDiglyError } from "../contract/errors.ts";
import type { WorkDescription } from "../contract/observed_work.ts";
import type { EvaluatedExpression } from "../kernel/probe.ts";
import type { ExecutionSummary, ExpressionValue, MissingValues, Span } from "./api.ts";
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

/** What another process has recorded of the same trace, without what it knows of others. */
export interface SharedRecording {
  /** ISO 8601; the start of the first span. */
  readonly startedAt: string;
  readonly isRunning: boolean;
  readonly isCut: boolean;
  readonly spans: readonly Span[];
  /** Files of the app are relative to its folder, since processes have folders of their own. */
  readonly expressions: readonly ExpressionValue[];
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
  /** Why values of other processes are not there. */
  missing: readonly MissingValues[] = [];
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

  /**
   * Adds what another process has recorded below a span of this one. `fileOf` gives the file of one of
   * its places as this process shows it.
   */
  addRemote(node: string, shared: SharedRecording, fileOf: (file: string) => string): void {
    const offsetMs = this.#offsetOf(shared);
    const added = new Set<string>();
    for (const { id, urn, parent, startMs, ms, input, output, error } of shared.spans) {
      if (parent === undefined || !this.has(parent)) continue;
      // An event may have announced the span before.
      const known = this.spans.find((span) => span.id === id);
      if (known !== undefined && known.node !== node) continue;
      const span = known ?? this.begin({ id, urn, parent, node }, undefined)?.span;
      if (span === undefined) break;
      added.add(id);
      span.startMs = rounded(startMs + offsetMs);
      if (ms !== undefined) span.ms = rounded(ms);
      if (input !== undefined) span.input = this.#value(input);
      if (output !== undefined) span.output = this.#value(output);
      if (error !== undefined) span.error = this.#services.redact(error);
    }
    // What is there of an earlier answer is replaced.
    const others = this.expressions.filter(({ span }) => !added.has(span ?? ""));
    this.expressions.splice(0, Infinity, ...others);
    for (const { value, ...expression } of shared.expressions) {
      if (!added.has(expression.span ?? "")) continue;
      if (this.expressions.length >= MOST_EXPRESSIONS) {
        this.isCut = true;
        break;
      }
      this.expressions.push({
        ...this.#services.redact({ ...expression, file: fileOf(expression.file) }),
        ...(value === undefined ? {} : { value: this.#value(value) }),
        atMs: rounded(expression.atMs + offsetMs),
      });
    }
    if (shared.isCut) this.isCut = true;
  }

  /**
   * Where a recording of another process begins here, in milliseconds. Clocks of two machines differ,
   * but nothing that was called began before its caller, or ended after it.
   */
  #offsetOf({ startedAt, spans: [root] }: SharedRecording): number {
    const caller = this.spans.find(({ id }) => id === root?.parent);
    if (caller === undefined || root === undefined) return 0;
    const latest = (caller.ms ?? Infinity) - (root.ms ?? 0);
    const measured = Date.parse(startedAt) - Date.parse(this.start.startedAt) - caller.startMs;
    const afterCaller = Math.max(0, Math.min(measured, latest));
    return caller.startMs + afterCaller - root.startMs;
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
