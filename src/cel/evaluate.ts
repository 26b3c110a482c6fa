/** Compiled expressions, before anyone gives them scopes and documents. */
import type { Node } from "./ast.ts";
import { compile, type Run } from "./compile.ts";
import type { Context } from "./context.ts";
import { Names } from "./names.ts";
import { toPlain } from "./output.ts";
import { parse } from "./parse.ts";

/** An expression that can be evaluated. */
export interface Compiled {
  readonly node: Node;
  /** Free names, and the slot of a context that has the value of each. */
  readonly variables: readonly { readonly name: string; readonly slot: number }[];
  /** How many slots a context needs. */
  readonly slots: number;
  /** Gives the value that the expression computes with. */
  readonly run: Run;
}

/**
 * Compiles the text of an expression.
 *
 * @throws CelError if it is not an expression
 */
export function compileText(source: string): Compiled {
  return compileTree(parse(source), source);
}

/** Compiles a tree that was made of `source`. */
export function compileTree(node: Node, source: string): Compiled {
  const names = new Names();
  const run = compile(node, { source, names });
  const { byName, size } = names.table;
  const variables = Array.from(byName, ([name, slot]) => ({ name, slot }));
  return { node, variables, slots: size, run };
}

/** Evaluates to plain data. */
export function evaluatePlain({ run }: Compiled, context: Context): unknown {
  return toPlain(context, run(context));
}
