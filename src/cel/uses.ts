/** What an expression refers to: its free names, each with the static path that follows. */
import type { Has, Index, Node, Select } from "./ast.ts";
import { isTypeName, typeNameOf } from "./names.ts";

/** One use of a free name. */
export interface Use {
  readonly root: string;
  /** Static steps after the root: `.a`, `['b']`; it stops at the first dynamic step. */
  readonly path: readonly string[];
  /** Nothing dynamic follows the path. */
  readonly complete: boolean;
  /** What it names need not exist: it is in `has()`, is tested by one, or uses `.?`. */
  readonly optional: boolean;
  /** The root is the name of a type: it means the type if no variable has that name. */
  readonly isType: boolean;
  /** The extent of root and path in the expression. */
  readonly start: number;
  readonly end: number;
  /** Where the root ends, and each step of the path. */
  readonly ends: readonly number[];
}

type Bound = ReadonlySet<string>;

/** Collects the uses of free names. */
export function usesOf(tree: Node): readonly Use[] {
  const uses: Use[] = [];
  const tested: Use[] = [];
  walk(tree, new Set());
  return tested.length === 0 ? uses : uses.map((use) => {
    const guarded = !use.optional && tested.some((test) => leadsTo(test, use));
    return guarded ? { ...use, optional: true } : use;
  });

  function walk(node: Node, bound: Bound): void {
    switch (node.kind) {
      case "literal":
        return;
      case "identifier":
      case "select":
      case "index":
        return walkPath(node, bound, false);
      case "has":
        return walkPath(node.select, bound, true);
      case "comprehension": {
        walk(node.collection, bound);
        const inner = within(bound, node.variables.map(({ name }) => name));
        if (node.filter !== undefined) walk(node.filter, inner);
        return walk(node.body, inner);
      }
      case "bind":
        walk(node.value, bound);
        return walk(node.body, within(bound, [node.variable.name]));
      case "optMap":
        walk(node.operand, bound);
        return walk(node.body, within(bound, [node.variable.name]));
      default:
        for (const child of childrenOf(node)) walk(child, bound);
    }
  }

  /** `root.a['b'].c`, of which any part may be missing. */
  function walkPath(node: Node, bound: Bound, inHas: boolean): void {
    const steps: (Select | Index)[] = [];
    let base = node;
    while (base.kind === "select" || base.kind === "index") {
      if (typeNameOf(base, { isBound: (name) => bound.has(name) }) !== undefined) return;
      steps.unshift(base);
      base = base.operand;
    }
    for (const step of steps) if (step.kind === "index") walk(step.index, bound);
    if (base.kind !== "identifier") return walk(base, bound);
    const { name: root, start } = base;
    if (bound.has(root)) return;
    const path: string[] = [];
    const ends = [base.end];
    let optional = inHas;
    for (const step of steps) {
      const name = staticStep(step);
      if (name === undefined) break;
      path.push(name);
      if (step.optional) optional = true;
      ends.push(step.end);
    }
    const use = {
      root,
      path,
      complete: path.length === steps.length,
      optional,
      isType: isTypeName(root),
      start,
      end: ends.at(-1) ?? start,
      ends,
    };
    uses.push(use);
    if (inHas) tested.push(use);
  }
}

function within(bound: Bound, names: readonly string[]): Bound {
  return new Set([...bound, ...names]);
}

/** The name a step selects by, if the text says it. */
function staticStep(step: Select | Index): string | undefined {
  if (step.kind === "select") return step.field;
  const { index } = step;
  return index.kind === "literal" && index.type === "string" ? index.value : undefined;
}

function leadsTo(test: Use, use: Use): boolean {
  return test.root === use.root && test.path.length <= use.path.length &&
    test.path.every((step, index) => step === use.path[index]);
}

/** Nodes that bind no names. */
type Plain = Exclude<Node, Has | { kind: "comprehension" | "bind" | "optMap" }>;

/** The nodes directly below one that binds no names. */
export function childrenOf(node: Plain): readonly Node[] {
  switch (node.kind) {
    case "literal":
    case "identifier":
      return [];
    case "select":
      return [node.operand];
    case "index":
      return [node.operand, node.index];
    case "call":
      return node.target === undefined ? node.args : [node.target, ...node.args];
    case "unary":
      return [node.operand];
    case "binary":
    case "logical":
      return [node.left, node.right];
    case "conditional":
      return [node.condition, node.then, node.otherwise];
    case "list":
      return node.items.map(({ value }) => value);
    case "map":
      return node.entries.flatMap(({ key, value }) => [key, value]);
  }
}

/** Calls every node of the tree, outer ones first. */
export function visit(node: Node, call: (node: Node) => void): void {
  call(node);
  switch (node.kind) {
    case "has":
      return visit(node.operand, call);
    case "comprehension":
      for (const child of [node.collection, node.filter, node.body]) {
        if (child !== undefined) visit(child, call);
      }
      return;
    case "bind":
      visit(node.value, call);
      return visit(node.body, call);
    case "optMap":
      visit(node.operand, call);
      return visit(node.body, call);
    default:
      for (const child of childrenOf(node)) visit(child, call);
  }
}
