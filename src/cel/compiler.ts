/** Closures that evaluate nodes, and what makes them. */
import type { Conditional, Node } from "./ast.ts";
import type { Context } from "./context.ts";
import type { Names } from "./names.ts";

/** Gives the value of a node. */
export type Run = (context: Context) => unknown;

/** What compiling a node takes. */
export interface Compiler {
  readonly source: string;
  readonly names: Names;
  /** Compiles a part of a node. */
  readonly compile: (node: Node, compiler: Compiler) => Run;
  /** Takes the outcomes of the conditions of `?:`. */
  readonly onBranch?: OnBranch | undefined;
}

/** Takes the outcome of the condition of a `?:`. */
export type OnBranch = (node: Conditional, outcome: boolean) => void;
