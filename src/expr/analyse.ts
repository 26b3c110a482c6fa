/** What a syntax tree refers to: its free names, each with the static path that follows. */
import type { Access, Index, MethodCall, Node } from "./ast.ts";
import { didYouMean } from "../contract/nearest.ts";
import { isNamespace, isTypeName, methodNames, NAMESPACES, writtenName } from "./environment.ts";
import { problem } from "./evaluation.ts";
import { OPTIONAL_MACROS, PAIR_MACROS } from "./functions/comprehensions.ts";
import { weave } from "./weave.ts";

/** One use of a free name. */
export interface Use {
  readonly root: string;
  /** Static steps after the root: `.a`, `['b']`; it stops at the first dynamic step. */
  readonly path: readonly string[];
  /** Nothing dynamic follows the path. */
  readonly complete: boolean;
  /** What it names need not exist: it stands in `has()`, is tested by one, or uses `.?`. */
  readonly optional: boolean;
  /** The root is the name of a type: it means the type where no variable has that name. */
  readonly isType: boolean;
  /** The extent of root and path in the expression. */
  readonly start: number;
  readonly end: number;
  /** Where the root ends, and each step of the path. */
  readonly ends: readonly number[];
}

/** Collects the uses of free names, and prepares every node for evaluation on the way. */
export function analyse(tree: Node): readonly Use[] {
  const uses: Use[] = [];
  const tested: Use[] = [];
  walk(tree, new Set(), false);
  return uses.map((use) => {
    const guarded = !use.optional && tested.some((test) => leadsTo(test, use));
    return guarded ? { ...use, optional: true } : use;
  });

  function walk(node: Node, bound: ReadonlySet<string>, inHas: boolean): void {
    weave(node);
    switch (node.op) {
      case "value":
      case "comprehension":
        return;
      case "id":
      case ".":
      case ".?":
      case "[]":
      case "[?]":
        return walkChain(node, bound, inHas);
      case "call":
        for (const argument of node.args[1]) {
          walk(argument, bound, inHas || node.args[0] === "has");
        }
        return;
      case "rcall":
        return walkMethod(node, bound, inHas);
      case "map":
        for (const [key, value] of node.args) {
          walk(key, bound, inHas);
          walk(value, bound, inHas);
        }
        return;
      case "!_":
      case "-_":
        return walk(node.args, bound, inHas);
      default:
        for (const child of node.args) walk(child, bound, inHas);
    }
  }

  function walkMethod(node: MethodCall, bound: ReadonlySet<string>, inHas: boolean): void {
    const [method, receiver, args] = node.args;
    const isMacro = node.meta.macro !== undefined;
    const isBind = isMacro && method === "bind";
    const isLoop = node.meta.alternate?.op === "comprehension" ||
      (isMacro && OPTIONAL_MACROS.has(method));
    const isPairLoop = isMacro && PAIR_MACROS.has(method) && args.length > 2;
    if (node.meta.alternate === undefined && !isMacro) requireMethod(node);
    if (receiver.op !== "id" || !isNamespace(receiver.args)) walk(receiver, bound, inHas);
    const names = args.slice(0, isPairLoop ? 2 : isBind || isLoop ? 1 : 0);
    const inner = new Set(bound);
    for (const name of names) if (name.op === "id") inner.add(name.args);
    const rest = args.slice(names.length);
    // The value that cel.bind() binds is computed outside.
    if (isBind) walk(rest.shift()!, bound, inHas);
    for (const argument of rest) walk(argument, inner, inHas);
  }

  /** `root.a['b'].c`, of which any part may be missing. */
  function walkChain(node: Node, bound: ReadonlySet<string>, inHas: boolean): void {
    const steps: (Access | Index)[] = [];
    let base = node;
    while (isAccess(base)) {
      if (base !== node) weave(base);
      steps.unshift(base);
      base = base.args[0];
    }
    for (const step of steps) {
      if (step.op === "[]" || step.op === "[?]") walk(step.args[1], bound, inHas);
    }
    if (base.op !== "id") return walk(base, bound, inHas);
    const root = base.args;
    if (bound.has(root)) return;
    if (isNamespace(root)) {
      if (steps.length > 0) return;
      throw problem(`"${root}" is no value`, {
        help: "Functions are called by it, as in math.abs(n) or optional.of(x)",
      }).withAst(base as never);
    }
    const isType = isTypeName(root);
    // The library would take the name for the type whatever variables there are.
    if (isType) base.args = variableOf(root);
    const path: string[] = [];
    let optional = inHas;
    const ends = [base.end];
    for (const step of steps) {
      const name = staticStep(step);
      if (name === undefined) break;
      path.push(name);
      if (step.op === ".?" || step.op === "[?]") optional = true;
      ends.push(step.end);
    }
    const complete = path.length === steps.length;
    const { start } = base;
    const use = { root, path, complete, optional, isType, start, end: ends.at(-1)!, ends };
    uses.push(use);
    if (inHas) tested.push(use);
  }
}

/** A misspelt method would leave the names it binds unknown, and they would be reported. */
function requireMethod(node: MethodCall): void {
  const [, receiver] = node.args;
  const method = writtenName(node.args[0]);
  const owner = receiver.op === "id" && isNamespace(receiver.args) ? receiver.args : undefined;
  const known = methodNames(owner);
  if (known.has(method)) return;
  const elsewhere = [...NAMESPACES].find((name) => methodNames(name).has(method));
  const help = elsewhere === undefined
    ? didYouMean(method, known)
    : `Write ${elsewhere}.${method}(…)`;
  throw problem(
    owner === undefined
      ? `There is no method "${method}"`
      : `There is no function "${owner}.${method}"`,
    help === undefined ? {} : { help },
  ).withAst(node as never);
}

/** The name by which a variable that may hide a type is handed to the library. */
export function variableOf(name: string): string {
  return isTypeName(name) ? `var ${name}` : name;
}

function isAccess(node: Node): node is Access | Index {
  return node.op === "." || node.op === ".?" || node.op === "[]" || node.op === "[?]";
}

/** The name a step selects by, where the text says it. */
function staticStep(step: Access | Index): string | undefined {
  if (step.op === "." || step.op === ".?") return step.args[1];
  const index = step.args[1];
  return index.op === "value" && typeof index.args === "string" ? index.args : undefined;
}

function leadsTo(test: Use, use: Use): boolean {
  return test.root === use.root && test.path.length <= use.path.length &&
    test.path.every((step, index) => step === use.path[index]);
}
