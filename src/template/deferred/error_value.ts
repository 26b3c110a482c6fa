/** The value of what failed: the mistake is reported, and nothing that depends on it is judged. */
import type { Deferred } from "../../contract/resource.ts";
import { POISON } from "../expr/evaluate.ts";
import { compileExpression } from "../expr/program.ts";
import { defer } from "./deferred_expression.ts";

const program = compileExpression("failed");

/**
 * Stands where an expression failed. Like any value that waits it satisfies every schema, and
 * evaluating it, or an expression that reads it, throws `ErrorValueRead`.
 */
export const ERROR_VALUE: Deferred = defer(
  [{ program, offset: 0, bound: new Map([["failed", POISON]]) }],
  true,
);
