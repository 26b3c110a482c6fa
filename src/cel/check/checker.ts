/** What the parts of the type checker ask of it. */
import type { Node } from "../ast.ts";
import type { Type } from "../types.ts";
import type { Environment } from "./environment.ts";
import type { Problems } from "./problems.ts";

/** Infers the types of the nodes of one expression. */
export interface Checker {
  readonly problems: Problems;
  /** The type of a node. */
  infer(node: Node, environment: Environment): Type;
  /** The type of a condition; `undefined` if it can never be a boolean, which is an error. */
  condition(node: Node, environment: Environment, of?: Node): Type | undefined;
  /** The environment of what is evaluated only if a condition is `outcome`. */
  where(condition: Node, outcome: boolean, environment: Environment): Environment;
  /** The type of the value in an entry marked by `?`. */
  optionalEntry(node: Node, environment: Environment): Type;
}
