/** Checks expressions once for all places where what they read has the same types. */
import type { Node } from "../ast.ts";
import type { Type } from "../types.ts";
import type { Use } from "../uses.ts";
import { type CheckedExpression, checkTypes } from "./check.ts";
import type { VariableTypes } from "./environment.ts";

/** An expression, with its uses of names. */
export interface CheckedProgram {
  readonly tree: Node;
  readonly text: string;
  readonly uses: readonly Use[];
}

/** One check, and the types of what the expression reads. */
interface KnownCheck {
  readonly types: readonly (Type | undefined)[];
  readonly checked: CheckedExpression;
}

/** More checks of one expression than that are not kept: what it reads has another type each time. */
const MAX_CHECKS = 8;

/** The checks of expressions that were made so far. */
export class CheckCache {
  readonly #known = new Map<Node, KnownCheck[]>();

  /** What {@link checkTypes} says; types are compared by identity. */
  check({ tree, text, uses }: CheckedProgram, variables: VariableTypes): CheckedExpression {
    let ofTree = this.#known.get(tree);
    if (ofTree === undefined) this.#known.set(tree, ofTree = []);
    const types = uses.map((use) => typeRead(use, variables));
    for (const known of ofTree) {
      if (known.types.every((type, index) => type === types[index])) return known.checked;
    }
    const checked = checkTypes(tree, text, variables);
    if (ofTree.length < MAX_CHECKS) ofTree.push({ types, checked });
    return checked;
  }
}

/**
 * The type that a use of a name ends at: that of a field if all fields that lead to it are certainly
 * there, which is then all that the check can see of them, or else of the map in which one may miss.
 */
function typeRead({ root, path }: Use, variables: VariableTypes): Type | undefined {
  let type = variables(root);
  for (const step of path) {
    const field = type?.kind === "map" ? type.fields.get(step) : undefined;
    if (field === undefined || !field.required) return type;
    type = field.type;
  }
  return type;
}
