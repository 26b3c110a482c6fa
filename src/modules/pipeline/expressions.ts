/** The fields of steps that are expressions without `${{ }}`: conditions and lists. */
import type { ModuleCreateContext, Path } from "../../contract/author.ts";
import type { Expression } from "./run.ts";
import type { PlacedStep } from "./visibility.ts";

/** Compiled expressions, by their place. */
export interface Expressions {
  at(path: Path): Expression;
}

/** Compiles the conditions and lists of all steps. */
export function compileExpressions(
  steps: readonly PlacedStep[],
  ctx: ModuleCreateContext,
): Expressions {
  const compiled = new Map<string, Expression>();
  const add = (value: unknown, path: Path) => {
    if (value === undefined || typeof value === "boolean" || Array.isArray(value)) return;
    compiled.set(path.join("."), ctx.expression(value as string, path));
  };
  for (const { step, path } of steps) {
    add(step.if, [...path, "if"]);
    add(step.for, [...path, "for"]);
    step.switch?.forEach((alternative, index) => {
      add(alternative.if, [...path, "switch", index, "if"]);
    });
  }
  // Every expression of the pipeline was compiled above.
  return { at: (path) => compiled.get(path.join("."))! };
}
