/** A mistake in an expression, before anyone says in which text and document it is. */
import type { Limits } from "../contract/limits.ts";
import type { Span } from "./ast.ts";

/** What an error may say beside the problem. */
export interface ErrorDetails {
  readonly help?: string | undefined;
  /** The limit that was exceeded. */
  readonly limit?: keyof Limits | undefined;
  /** The value that was read is provided by a later stage. */
  readonly waits?: boolean | undefined;
  /** The environment variable that is not set. */
  readonly variable?: string | undefined;
  /** The result, an integer that plain data cannot hold; who can hold it takes it from here. */
  readonly integer?: bigint | undefined;
}

/**
 * Thrown while parsing or evaluating. It is not an `Error`: `||`, `exists` and their like throw
 * errors away in loops, and collecting a stack for each would dominate the evaluation.
 */
export class CelError {
  /** A sentence without a final period. It names variables, never their values. */
  readonly problem: string;
  readonly details: ErrorDetails;
  /** The failing part. Functions do not know it: the node that called them sets it. */
  span: Span | undefined;

  constructor(problem: string, details: ErrorDetails = {}, span?: Span) {
    this.problem = problem;
    this.details = details;
    this.span = span;
  }
}
