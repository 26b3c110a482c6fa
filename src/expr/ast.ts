/**
 * The library's syntax tree with what its type declarations leave out: nodes can be copied,
 * and what a node does when it is checked and evaluated can be replaced. That is how we
 * bound evaluation and let branches mix types, which the library has no option for.
 */
import type { ASTNode } from "@marcbachmann/cel-js";

/** The library's evaluator or type checker, as far as nodes are given it. */
export interface Machine {
  run(node: Node, context: unknown): unknown;
  check(node: Node, context: unknown): unknown;
  readonly boolType: unknown;
  readonly dynType: unknown;
  readonly listType: unknown;
}

/** Where names are bound; a fork has one more. */
export interface LoopContext {
  forkWithVariable(name: string, type: unknown): LoopContext;
  reuse(parent: LoopContext): LoopContext;
  setIterValue(value: unknown, machine: Machine): LoopContext;
}

export type Action = (machine: Machine, node: Node, context: unknown) => unknown;

/** What a node does. */
export interface Operation {
  readonly name: string;
  readonly check: Action;
  readonly evaluate: Action;
}

interface NodeBase<Op extends string, Args> {
  readonly op: Op;
  readonly args: Args;
  readonly start: number;
  readonly end: number;
  readonly meta: {
    readonly check: Action;
    readonly evaluate: Action;
    /** What a macro was expanded to. */
    readonly alternate?: Node;
    readonly macro?: unknown;
  };
  setMeta(key: "check" | "evaluate" | "async" | "macro", value: unknown): this;
  clone(operation: Operation, args: unknown): Node;
}

/** A loop that a macro was expanded to. */
export type Comprehension = NodeBase<"comprehension", { step: Node }>;
export type Access = (NodeBase<".", [Node, string]> | NodeBase<".?", [Node, string]>) & Handled;
export type Index = (NodeBase<"[]", [Node, Node]> | NodeBase<"[?]", [Node, Node]>) & Handled;
export type Call = NodeBase<"call", [string, Node[]]>;
export type MethodCall = NodeBase<"rcall", [string, Node, Node[]]>;

/** A name; it can be renamed. */
export type Identifier = NodeBase<"id", string> & { args: string };

/** What works on two values, chosen when the node is checked. */
interface Handled {
  handle: (left: unknown, right: unknown, node: Node, machine: Machine) => unknown;
}

/** A comparison, with the types of its sides where checking found them. */
export type Comparison = NodeBase<"!=" | "==" | "in", [Node, Node]> & {
  leftStaticType: unknown;
  rightStaticType: unknown;
} & Handled;

type Binary = "+" | "-" | "*" | "/" | "%" | "<" | "<=" | ">" | ">=";

/** A node of the syntax tree. */
export type Node =
  | NodeBase<"value", unknown>
  | Identifier
  | Access
  | Index
  | Call
  | MethodCall
  | NodeBase<"list", Node[]>
  | NodeBase<"map", [Node, Node][]>
  | NodeBase<"?:", [Node, Node, Node]>
  | Comparison
  | NodeBase<"||" | "&&" | Binary, [Node, Node]>
  | NodeBase<"!_" | "-_", Node>
  | Comprehension;

/** The library's tree, with all that its nodes can do. */
export function treeOf(ast: ASTNode): Node {
  return ast as unknown as Node;
}
