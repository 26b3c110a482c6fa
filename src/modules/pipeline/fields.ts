/** The fields of a `Pipeline.Job`, as its schema validates them. */
import type { InlineResource, Late, Path } from "../../contract/author.ts";

/** A job. */
export interface JobFields {
  readonly inputSchema?: unknown;
  readonly steps: readonly StepFields[];
  readonly output?: unknown;
  readonly on: "execute" | "start";
  readonly timeout?: string | number;
  readonly durable?: string;
  readonly retention: string | number;
}

/** A condition: an expression, with or without `${{ }}`, or a constant. */
export type Condition = string | boolean | Late<string>;

/** A step. */
export interface StepFields {
  readonly name?: string;
  readonly execute?: string;
  readonly resource?: InlineResource;
  readonly parallel?: readonly StepFields[];
  readonly switch?: readonly CaseFields[];
  readonly inputs?: unknown;
  readonly if?: Condition;
  readonly for?: string | readonly unknown[] | Late<string>;
  readonly as?: string;
  readonly concurrency?: number;
  readonly retry?: RetryFields;
  readonly timeout?: string | number;
  readonly catch?: readonly StepFields[];
  readonly finally?: readonly StepFields[];
}

/** An alternative of a `switch`. */
export interface CaseFields {
  readonly if?: Condition;
  readonly steps: readonly StepFields[];
}

/** When a failed step is tried again. */
export interface RetryFields {
  readonly attempts: number;
  readonly backoff: string | number;
  readonly factor: number;
  readonly on?: readonly string[];
}

/** The loop variable of a step without `as`. */
export const DEFAULT_VARIABLE = "item";

/** The fields that say what a step does; each has one of them. */
export const ACTIONS = ["execute", "resource", "parallel", "switch"] as const;

/** A list of steps in a step. */
export interface NestedSteps {
  readonly steps: readonly StepFields[];
  readonly path: Path;
}

/** The steps that are the action of a step: those of `parallel`, or of the alternatives of `switch`. */
export function actionSteps(step: StepFields, path: Path): NestedSteps[] {
  const { parallel, switch: cases = [] } = step;
  return [
    ...parallel === undefined ? [] : [{ steps: parallel, path: [...path, "parallel"] }],
    ...cases.map(({ steps }, index) => ({ steps, path: [...path, "switch", index, "steps"] })),
  ];
}
