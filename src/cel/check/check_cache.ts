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

/** One check, and what the expression reads. */
interface KnownCheck {
  readonly reads: readonly Read[];
  readonly checked: CheckedExpression;
}

/** The type that a use of a name leads to, and after how many steps. */
interface Read {
  readonly type: Type | undefined;
  readonly steps: number;
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
    const reads: Read[] = [];
    for (const use of uses) reads.push(readOf(use, variables));
    for (const known of ofTree) if (areSame(known.reads, reads)) return known.checked;
    const checked = checkTypes(tree, text, variables);
    if (ofTree.length < MAX_CHECKS) ofTree.push({ reads, checked });
    return checked;
  }
}

/** True for the same types after as many steps; one expression has as many reads each time. */
function areSame(reads: readonly Read[], others: readonly Read[]): boolean {
  for (let index = 0; index < reads.length; index++) {
    const [one, other] = [reads[index], others[index]];
    if (one?.type !== other?.type || one?.steps !== other?.steps) return false;
  }
  return true;
}

/**
 * Follows a use of a name. Fields that are certainly there are all that a check can see of the maps
 * that they are in; where one may be missing, the check depends on the map as well.
 */
function readOf({ root, path }: Use, variables: VariableTypes): Read {
  let type = variables(root);
  let steps = 0;
  for (const step of path) {
    const field = type?.kind === "map" ? type.fields.get(step) : undefined;
    if (field === undefined || !field.required) break;
    type = field.type;
    steps++;
  }
  return { type, steps };
}
