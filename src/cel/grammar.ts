/** Precedence, reserved words and bounds of the grammar. */
import { raiseLimit } from "../contract/limits.ts";
import type { Span } from "./ast.ts";
import { CelError } from "./cel_error.ts";

/** How strongly operators bind. */
export const PRECEDENCE: Readonly<Record<string, number>> = {
  "||": 1,
  "&&": 2,
  "<": 3,
  "<=": 3,
  ">": 3,
  ">=": 3,
  "==": 3,
  "!=": 3,
  "in": 3,
  "+": 4,
  "-": 4,
  "*": 5,
  "/": 5,
  "%": 5,
};

/** Words that cannot be names, since the language may come to use them. */
export const RESERVED_WORDS: ReadonlySet<string> = new Set(
  ("as break const continue else false for function if import in let loop namespace null " +
    "package return true var void while").split(" "),
);

/** Deeper trees could exhaust the stack of whoever walks them. */
export const MAX_DEPTH = 1_000;

/** The error of an expression that nests too deeply: more than the limit, or than any stack. */
export function nestingError(span: Span, current?: number): CelError {
  return new CelError("The expression nests too deeply", {
    help: current === undefined
      ? `Split it up with \`$let\`; more than ${MAX_DEPTH} levels are never possible`
      : raiseLimit("expressionNesting", current, "Split it up with `$let`"),
    limit: "expressionNesting",
  }, span);
}
