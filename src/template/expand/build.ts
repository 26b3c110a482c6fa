/** Builds the values that a scanned body gives in a scope. Rules: templating §2. */
import {
  type Deferred,
  isDeferred,
  type Path,
  type PathSegment,
  type Value,
  type ValueMap,
} from "../../contract/resource.ts";
import type { Anchor } from "../../contract/source.ts";
import { ErrorValueRead } from "../expr/evaluate.ts";
import { bindDeferred, evaluateDeferred } from "../deferred/deferred.ts";
import { ExpressionError } from "../expr/expression_error.ts";
import { ERROR_VALUE } from "../deferred/error_value.ts";
import { iterationsOf } from "../directives/loop.ts";
import type { Scope } from "../expr/scope.ts";
import { describe } from "../expr/values.ts";
import { setOwn } from "../../cel/values.ts";
import { weigh } from "../expr/weigh.ts";
import type { Collection, List, Mapping, Node, Repeated } from "./nodes.ts";

/** Whom building tells what is wrong, and what it counts. */
export interface Reporter {
  readonly reportDirectiveError: (
    problem: string,
    path: Path,
    help?: string,
    anchor?: Anchor,
  ) => void;
  readonly reportExpressionError: (error: ExpressionError, path: Path, anchor?: Anchor) => void;
  /** How much has failed so far. */
  failures: number;
  /** Takes nodes and code units of text that were produced; throws where they are too many. */
  readonly count: (nodes: number, text: number, path: Path) => void;
}

/** Reporter that tells nobody: for finding a place in what was built before. */
const SILENT: Reporter = {
  failures: 0,
  reportDirectiveError: () => {},
  reportExpressionError: () => {},
  count: () => {},
};

/** The value of a node; {@link ERROR_VALUE} where an expression fails, which is reported. */
export function build(node: Node, scope: Scope, reporter: Reporter): Value {
  switch (node.type) {
    case "constant":
      reporter.count(node.weight.nodes, node.weight.text, node.path);
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
      throw new TypeError("A repeated element is no value");
  }
}

function bind(
  deferred: Deferred,
  path: Path,
  scope: Scope,
  reporter: Reporter,
  anchor?: Anchor,
): Value {
  try {
    const value = bindDeferred(deferred, scope);
    const { nodes, text } = weigh(isDeferred(value) ? null : value);
    reporter.count(nodes, text, path);
    return value;
  } catch (error) {
    reportFailure(error, path, reporter, anchor);
    return ERROR_VALUE;
  }
}

/** Tells what an expression threw; what only follows from a failure before is silent. */
function reportFailure(error: unknown, path: Path, reporter: Reporter, anchor?: Anchor): void {
  if (error instanceof ErrorValueRead) return;
  if (!(error instanceof ExpressionError)) throw error;
  reporter.reportExpressionError(error, path, anchor);
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
  reporter.count(1, 0, node.path);
  for (const item of node.items) {
    if (item.type !== "repeated") out.push(build(item, scope, reporter));
    else {forEachIteration(item, scope, reporter, (content, inner) =>
        void out.push(build(content, inner, reporter)));}
  }
  return out;
}

function buildMapping(node: Mapping, scope: Scope, reporter: Reporter): ValueMap {
  const out: ValueMap = {};
  reporter.count(1, 0, node.path);
  for (const { key, node: below } of node.entries) {
    const name = typeof key === "string" ? key : buildKey(key, below.path, scope, reporter);
    if (name === undefined) continue;
    if (Object.hasOwn(out, name)) {
      reporter.reportDirectiveError(
        `Duplicate key "${name}" in the mapping`,
        below.path,
        undefined,
        "key",
      );
    }
    setOwn(out, name, build(below, scope, reporter));
  }
  return out;
}

function buildKey(key: Deferred, path: Path, scope: Scope, reporter: Reporter): string | undefined {
  const name = bind(key, path, scope, reporter, "key");
  if (typeof name === "string") return name;
  if (name === ERROR_VALUE) return undefined;
  const [problem, help] = isDeferred(name)
    ? [
      "A key cannot depend on a value that is not known yet",
      "Use parameters, loop variables or `env` in keys",
    ]
    : [`A key must be a string, not ${describe(name)}`, "Write string(…) around it"];
  reporter.reportDirectiveError(problem, path, help, "key");
  return undefined;
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
    reporter.count(1, 0, node.path);
    if (!holds(condition, scope, reporter)) return;
    if (content.type === "repeated") forEachIteration(content, scope, reporter, visit);
    else visit(content, scope);
  }

  iteration(0, scope);
}

function iterate(loop: Collection, scope: Scope, reporter: Reporter): Iterable<Scope> {
  const value = evaluated(loop.deferred, loop.path, scope, reporter);
  if (value === ERROR_VALUE || value === null) return [];
  if (isDeferred(value)) reporter.reportDirectiveError(...notYet("for", loop.path));
  else if (typeof value === "object") return iterationsOf(value, loop.names, scope);
  else {
    reporter.reportDirectiveError(
      `\`for\` requires a list or a mapping, but ${loop.text} is ${describe(value)}`,
      loop.path,
    );
  }
  return [];
}

function holds(condition: Repeated["condition"], scope: Scope, reporter: Reporter): boolean {
  if (typeof condition === "boolean") return condition;
  const { path } = condition;
  const value = evaluated(condition.deferred, path, scope, reporter);
  if (typeof value === "boolean") return value;
  if (value === ERROR_VALUE) return false;
  if (isDeferred(value)) reporter.reportDirectiveError(...notYet("if", path));
  else {
    reporter.reportDirectiveError(
      `\`if\` must evaluate to a boolean, not ${describe(value)}`,
      path,
    );
  }
  return false;
}

function evaluated(deferred: Deferred, path: Path, scope: Scope, reporter: Reporter): unknown {
  try {
    return evaluateDeferred(deferred, scope);
  } catch (error) {
    if (error instanceof ExpressionError && error.waits) {
      reporter.reportDirectiveError(...notYet(String(path.at(-1)), path));
    } else reportFailure(error, path, reporter);
    return ERROR_VALUE;
  }
}

function notYet(word: string, path: Path): [problem: string, path: Path, help: string] {
  return [
    `\`${word}\` reads a value that is not known yet`,
    path,
    "Use parameters, loop variables and `env`",
  ];
}

/** Where in the body that stands which is at `path` of the value that a node gives. */
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
