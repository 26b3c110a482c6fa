/** What a kernel reports to an inspector. A kernel without a probe spends nothing on it. */
import type { DiglyError, Origin } from "../contract/errors.ts";
import type { EventRecord } from "../contract/events.ts";
import type { ObserveWork } from "../contract/observed_work.ts";
import type { ExecutionContext } from "./run/execution_context.ts";

/** Observes a kernel. Its functions must not throw. */
export interface Probe {
  /** Called at the start of each execution. */
  execution(ctx: ExecutionContext, input: unknown): ProbedExecution;
  /** Observes work that is not an execution. */
  readonly work: ObserveWork;
  readonly expressions: ExpressionProbe;
  readonly events: EventTap;
  /** What was recorded of a trace, as redacted and bounded JSON data for another process. */
  recordings(traceId: string): unknown;
  /** Called before a step of a resource's boot. */
  step(urn: string, step: string): void;
  /** Called when a reload begins; the function that it returns is called at its end. */
  reload(): (outcome: ReloadOutcome) => void;
}

/** An execution that a probe observes. */
export interface ProbedExecution {
  /**
   * Runs the target of the execution, so that what it evaluates belongs to the execution; `undefined`
   * for one that is only counted.
   */
  readonly run: (<T>(work: () => T) => T) | undefined;
  /** Called once, when the execution has ended. */
  end(error: DiglyError | undefined, output: unknown): void;
}

/** Takes the values of expressions that controllers evaluate. */
export interface ExpressionProbe {
  /** True if the execution that runs now is recorded. */
  isRecording(): boolean;
  record(evaluated: EvaluatedExpression): void;
}

/** An expression and the value that it had. */
export interface EvaluatedExpression {
  /** The resource that has it. */
  readonly urn: string;
  readonly source: string;
  readonly place: Origin | undefined;
  readonly value: unknown;
  /** Why the evaluation failed. */
  readonly error: string | undefined;
  /** The values that the expression has read. */
  readonly read: readonly unknown[];
}

/** Receives events without being a listener: nothing is emitted only because of it, unless it wants that. */
export interface EventTap {
  write(record: EventRecord): void;
  /** True if {@link wants} may be true of any event. */
  isListening(): boolean;
  /** True if the event is to be emitted also without a listener. */
  wants(event: string): boolean;
  /** Changes whenever the result of {@link wants} may change. */
  revision(): number;
}

/** How a reload has ended. */
export type ReloadOutcome =
  | {
    /** URNs of resources. */
    readonly changed: readonly string[];
    readonly added: readonly string[];
    readonly removed: readonly string[];
  }
  | { readonly error: unknown };
