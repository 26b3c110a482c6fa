/** Evaluates the node tree of a template's body in the scope of one instance. */
import {
  type Deferred,
  type Path,
  type PathSegment,
  type Value,
  type ValueMap,
} from "../../contract/resource.ts";
import { ERROR_VALUE } from "../deferred/error_value.ts";
import { bindDeferred, evaluateDeferred } from "../deferred/deferred.ts";
import { iterationsOf } from "../directives/loop.ts";
import {
  addEntry,
  evaluateCollection,
  evaluateCondition,
  evaluateKey,
  evaluateText,
} from "../evaluation.ts";
import { INSTANCE_TIME, type Reporter } from "../form.ts";
import type { Scope } from "../expr/scope.ts";
import type { Collection, List, Mapping, Node, Repeated } from "./nodes.ts";

/** Finds places in what was evaluated before, when every error was reported already. */
const SILENT: Reporter = {
  form: INSTANCE_TIME,
  reportDirectiveError: () => {},
  reportExpressionError: () => {},
  charge: () => {},
};

/** The value of a node; {@link ERROR_VALUE} where an expression fails, which is reported. */
export function build(node: Node, scope: Scope, reporter: Reporter): Value {
  switch (node.type) {
    case "constant":
      reporter.charge(node.weight.nodes, node.weight.text, node.path);
      return node.value;
    case "text":
      return bind(node.deferred, node.path, scope, reporter);
    case "list":
      return buildList(node, scope, reporter);
    case "mapping":
      return buildMapping(node, scope, reporter);
    case "variants":
      return build(variantOf(node, scope, reporter), scope, reporter);
    case "repeated":
      throw new TypeError("A repeated element is not a value");
  }
}

function bind(deferred: Deferred, path: Path, scope: Scope, reporter: Reporter): Value {
  const value = evaluateText(() => bindDeferred(deferred, scope), path, reporter);
  if (value !== ERROR_VALUE) reporter.noteEvaluated?.(deferred, path, scope);
  return value;
}

/** The mapping that a computed kind makes of a node. */
export function variantOf(
  node: Extract<Node, { type: "variants" }>,
  scope: Scope,
  reporter: Reporter,
): Node {
  const kind = bind(node.kind.deferred, node.kind.path, scope, reporter);
  return node.forKind(typeof kind === "string" ? kind : undefined);
}

function buildList(node: List, scope: Scope, reporter: Reporter): Value[] {
  const out: Value[] = [];
  reporter.charge(1, 0, node.path);
  for (const item of node.items) {
    if (item.type !== "repeated") out.push(build(item, scope, reporter));
    else {forEachIteration(item, scope, reporter, (content, inner) =>
        void out.push(build(content, inner, reporter)));}
  }
  return out;
}

function buildMapping(node: Mapping, scope: Scope, reporter: Reporter): ValueMap {
  const out: ValueMap = {};
  reporter.charge(1, 0, node.path);
  for (const { key, node: below } of node.entries) {
    const name = typeof key === "string" ? key : buildKey(key, below.path, scope, reporter);
    if (name === undefined) continue;
    addEntry(out, name, build(below, scope, reporter), below.path, reporter);
  }
  return out;
}

function buildKey(
  key: Deferred,
  path: Path,
  scope: Scope,
  reporter: Reporter,
): string | undefined {
  return evaluateKey(() => bindDeferred(key, scope), path, reporter);
}

/** Calls `visit` for what each iteration of an element gives, nested elements spliced. */
export function forEachIteration(
  node: Repeated,
  scope: Scope,
  reporter: Reporter,
  visit: (content: Exclude<Node, Repeated>, scope: Scope) => void,
): void {
  const { loops, condition, content } = node;

  function iteration(depth: number, scope: Scope): void {
    const loop = loops[depth];
    if (loop !== undefined) {
      for (const inner of iterate(loop, scope, reporter)) iteration(depth + 1, inner);
      return;
    }
    reporter.charge(1, 0, node.path);
    if (!isTaken(condition, scope, reporter)) return;
    reporter.noteReached?.(content);
    if (content.type === "repeated") forEachIteration(content, scope, reporter, visit);
    else visit(content, scope);
  }

  iteration(0, scope);
}

function iterate(
  { deferred, names, path, text }: Collection,
  scope: Scope,
  reporter: Reporter,
): Iterable<Scope> {
  reporter.noteReached?.(deferred);
  const evaluate = () => evaluateDeferred(deferred, scope);
  const value = evaluateCollection(text, evaluate, path, reporter);
  if (value === undefined) return [];
  reporter.noteEvaluated?.(deferred, path, scope);
  return iterationsOf(value, names, scope);
}

function isTaken(condition: Repeated["condition"], scope: Scope, reporter: Reporter): boolean {
  if (typeof condition === "boolean") return condition;
  const { deferred, path } = condition;
  reporter.noteReached?.(deferred);
  const evaluate = () => evaluateDeferred(deferred, scope);
  const outcome = evaluateCondition("if", evaluate, path, reporter);
  if (outcome !== undefined) reporter.noteEvaluated?.(deferred, path, scope);
  return outcome ?? false;
}

/** The path in the body of what is at `path` of the value of a node. */
export function locate(node: Node, scope: Scope, path: Path): Path {
  const [step, ...rest] = path;
  if (step === undefined || node.type === "constant" || node.type === "text") {
    return [...node.path, ...path];
  }
  switch (node.type) {
    case "variants":
      return locate(variantOf(node, scope, SILENT), scope, path);
    case "mapping": {
      const entry = node.entries.find(({ key, node: below }) =>
        (typeof key === "string" ? key : buildKey(key, below.path, scope, SILENT)) === step
      );
      return entry === undefined ? [...node.path, ...path] : locate(entry.node, scope, rest);
    }
    case "list":
      return locateElement(node, scope, step, rest) ?? node.path;
    case "repeated":
      return node.path;
  }
}

function locateElement(
  { items }: List,
  scope: Scope,
  step: PathSegment,
  rest: Path,
): Path | undefined {
  let index = 0;
  let found: Path | undefined;
  const visit = (content: Node, inner: Scope) => {
    if (index++ === step) found = locate(content, inner, rest);
  };
  for (const item of items) {
    if (item.type === "repeated") forEachIteration(item, scope, SILENT, visit);
    else visit(item, scope);
    if (found !== undefined) break;
  }
  return found;
}
