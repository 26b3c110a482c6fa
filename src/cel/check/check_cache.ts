/** Checks expressions once for all places where the names that they read have the same types. */
import type { Node } from "../ast.ts";
import type { Type } from "../types.ts";
import { type CheckedExpression, checkTypes } from "./check.ts";
import type { VariableTypes } from "./environment.ts";

/** One check, and the names that it asked for. */
interface KnownCheck {
  readonly types: ReadonlyMap<string, Type | undefined>;
  readonly checked: CheckedExpression;
}

/** More checks of one expression than that are not kept: its names have another type each time. */
const MAX_CHECKS = 8;

/** The checks of expressions that were made so far. */
export class CheckCache {
  readonly #known = new Map<Node, KnownCheck[]>();

  /** What {@link checkTypes} says; types are compared by identity. */
  check(tree: Node, source: string, variables: VariableTypes): CheckedExpression {
    let ofTree = this.#known.get(tree);
    if (ofTree === undefined) this.#known.set(tree, ofTree = []);
    const known = ofTree.find(({ types }) => hasTypes(types, variables));
    if (known !== undefined) return known.checked;
    if (ofTree.length === MAX_CHECKS) return checkTypes(tree, source, variables);
    const types = new Map<string, Type | undefined>();
    const checked = checkTypes(tree, source, (name) => {
      const type = variables(name);
      types.set(name, type);
      return type;
    });
    ofTree.push({ types, checked });
    return checked;
  }
}

function hasTypes(types: KnownCheck["types"], variables: VariableTypes): boolean {
  for (const [name, type] of types) if (variables(name) !== type) return false;
  return true;
}
