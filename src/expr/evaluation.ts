/**
 * What is counted while one expression runs. Evaluation is synchronous and expressions do
 * not call each other, so one counter serves them all.
 */
import { EvaluationError } from "@marcbachmann/cel-js";
import { type Limits, raiseLimit } from "../contract/limits.ts";

/** What an error of ours adds to the library's error that carries it. */
export interface ProblemDetails {
  readonly help?: string;
  readonly limit?: keyof Limits;
  readonly waits?: boolean;
  readonly variable?: string;
}

/** Marks the library's errors that hold a problem worded by us. */
export const OWN_PROBLEM = "digly";

/** An error that the library attaches to the part of the expression that threw it. */
export function problem(message: string, details: ProblemDetails = {}): EvaluationError {
  return new EvaluationError({ code: OWN_PROBLEM, message, cause: details });
}

let limit = 0;
let stepsLeft = 0;
let exhausted: EvaluationError | undefined;

/** Starts counting anew. */
export function startCounting(limits: Limits): void {
  stepsLeft = limit = limits.expressionSteps;
  exhausted = undefined;
}

/** Counts `steps` steps; throws when the expression has taken too many. */
export function countSteps(steps: number): void {
  stepsLeft -= steps;
  if (stepsLeft < 0) throw exhausted ??= stepsError();
}

/** Counts what it cost to produce a list or a text. */
export function countResult(result: unknown): void {
  if (typeof result === "string") countSteps(1 + (result.length >> 6));
  else if (Array.isArray(result)) countSteps(1 + result.length);
}

/** Throws when the steps ran out, also where `||` or `exists` swallowed the error. */
export function checkSteps(): void {
  if (exhausted !== undefined) throw exhausted;
}

function stepsError(): EvaluationError {
  return problem("The expression takes too many steps", {
    limit: "expressionSteps",
    help: raiseLimit("expressionSteps", limit, "Make the lists it goes through smaller"),
  });
}
