/** Which way the `?:` of expressions go, for the coverage of tests. */
import type { Conditional } from "../../cel/ast.ts";
import { Compiled } from "../../cel/evaluate.ts";
import { visit } from "../../cel/uses.ts";
import type { OnCondition } from "../../contract/coverage.ts";
import type { Origin } from "../../contract/errors.ts";
import { evaluate } from "./evaluate.ts";
import { placeOfPart } from "./expression_error.ts";
import type { Program } from "./program.ts";
import { childScopeOf, type Scope } from "./scope.ts";

/** An expression in a string, and the place of that. */
export interface PlacedProgram {
  readonly program: Program;
  /** Where its text begins in the string. */
  readonly offset: number;
  /** Names that were bound before, which hide those of a scope. */
  readonly bound?: ReadonlyMap<string, unknown> | undefined;
  readonly originOf: () => Origin | undefined;
}

/**
 * Reports the `?:` of an expression, and gives a function that evaluates it and reports the outcomes
 * of their conditions; `undefined` for an expression without any.
 */
export function observeConditionals(
  { program, offset, bound, originOf }: PlacedProgram,
  onCondition: OnCondition,
): ((scope: Scope) => void) | undefined {
  const { text: expression, tree } = program;
  const places = new Map<Conditional, () => Origin | undefined>();
  visit(tree, (node) => {
    if (node.kind !== "conditional") return;
    // A condition may begin where another one does, and ends where no other one does.
    const { end: start } = node.condition;
    places.set(node, () => {
      const whole = originOf();
      return whole && (placeOfPart(whole, { expression, offset, start, end: node.end }) ?? whole);
    });
  });
  if (places.size === 0) return undefined;
  for (const place of places.values()) onCondition(place, undefined);
  const compiled = new Compiled(
    tree,
    expression,
    // The condition is a node of this tree.
    (node, outcome) => onCondition(places.get(node)!, outcome),
  );
  const observed = { ...program, compiled: () => compiled };
  return (scope) => {
    try {
      evaluate(observed, bound === undefined ? scope : childScopeOf(scope, bound));
    } catch {
      // Who evaluates the expression for its value gets the error.
    }
  };
}
