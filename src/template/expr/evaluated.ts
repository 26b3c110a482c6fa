/** Expressions that were evaluated while an app was loaded, for tools that show their types. */
import type { Origin } from "../../contract/errors.ts";
import { hasExpression, scan } from "./interpolate.ts";
import { engine } from "./engine.ts";
import type { Program } from "./program.ts";
import type { Scope } from "./scope.ts";

/** One expression, with the names that it saw. */
export interface EvaluatedExpression {
  readonly program: Program;
  /** Where its text begins in the string it was written in. */
  readonly offset: number;
  readonly scope: Scope;
  /** Names that were bound before, which hide those of the scope. */
  readonly bound?: ReadonlyMap<string, unknown> | undefined;
  /** The place of the string. */
  readonly originOf: () => Origin;
}

/** Takes evaluated expressions. */
export type OnEvaluated = (evaluated: EvaluatedExpression) => void;

/** The `${ }` in a string; of one without any, the expression that it is. */
export function reportEvaluated(
  text: string,
  scope: Scope,
  originOf: () => Origin,
  onEvaluated: OnEvaluated,
): void {
  if (!hasExpression(text)) {
    const offset = text.length - text.trimStart().length;
    onEvaluated({ program: engine().compileExpression(text.trim()), offset, scope, originOf });
    return;
  }
  for (const part of scan(text, "both")) {
    if (typeof part === "string" || part.later) continue;
    onEvaluated({ program: part.program, offset: part.offset, scope, originOf });
  }
}
