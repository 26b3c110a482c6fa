/** Macros: calls that bind names, or look at an argument instead of evaluating it. */
import type { LoopMacro, Node, Span, Variable } from "./ast.ts";
import { CelError } from "./cel_error.ts";
import { ownValue } from "../contract/own_key.ts";

/** A node before it is known how deep it nests. */
export type NewNode<T = Node> = T extends unknown ? Omit<T, "depth"> : never;

/** Finishes nodes; `children` are those that a node is made of. */
export interface NodeMaker {
  make(node: NewNode, ...children: readonly (Node | undefined)[]): Node;
  /** The text of a part of the expression. */
  textOf(span: Span): string;
}

/** A call as it is written, before it is known to be a macro. */
export interface WrittenCall extends Span {
  readonly name: string;
  readonly target: Node | undefined;
  readonly args: readonly Node[];
  readonly nameSpan: Span;
}

/** How many names a macro binds, by the number of its arguments. */
interface Shape {
  readonly macro: LoopMacro;
  /** Numbers of arguments with one name, and with two. */
  readonly one: readonly number[];
  readonly two: readonly number[];
}

const LOOPS: Readonly<Record<string, Shape>> = {
  all: { macro: "all", one: [2], two: [3] },
  exists: { macro: "exists", one: [2], two: [3] },
  exists_one: { macro: "existsOne", one: [2], two: [3] },
  existsOne: { macro: "existsOne", one: [2], two: [3] },
  map: { macro: "map", one: [2, 3], two: [] },
  filter: { macro: "filter", one: [2], two: [] },
  sortBy: { macro: "sortBy", one: [2], two: [] },
  transformList: { macro: "transformList", one: [], two: [3, 4] },
  transformMap: { macro: "transformMap", one: [], two: [3, 4] },
  transformMapEntry: { macro: "transformMapEntry", one: [], two: [3, 4] },
};

/** Names of macros that are written as methods of a value. */
export const METHOD_MACROS: readonly string[] = [...Object.keys(LOOPS), "optMap", "optFlatMap"];

/** Functions of `cel` that are macros. `block` and its like are written by optimizers. */
const CEL_MACROS: ReadonlySet<string> = new Set(["bind", "block", "index", "iterVar"]);

/** True if the call is a macro; then it must be read as one. */
export function isMacro({ name, target }: WrittenCall): boolean {
  if (target === undefined) return name === "has";
  if (isCel(target) && CEL_MACROS.has(name)) return true;
  if (name === "optMap" || name === "optFlatMap") return true;
  const shape = Object.hasOwn(LOOPS, name) ? LOOPS[name] : undefined;
  return shape !== undefined;
}

function isCel(target: Node): boolean {
  return target.kind === "identifier" && target.name === "cel";
}

/** The node of a macro. */
export function readMacro(call: WrittenCall, nodes: NodeMaker): Node {
  const { name, target } = call;
  if (target === undefined) return readHas(call, nodes);
  if (isCel(target) && CEL_MACROS.has(name)) return readCel(call, nodes);
  const shape = ownValue(LOOPS, name);
  return shape === undefined
    ? readOptionalMap(call, target, nodes)
    : readLoop(call, target, shape, nodes);
}

function readHas(call: WrittenCall, nodes: NodeMaker): Node {
  const { args, start, end } = call;
  if (args.length !== 1) throw wrongCount(call, "one argument");
  const [select] = args as [Node];
  if (select.kind !== "select") {
    const help = select.kind === "index"
      ? "Write 'key' in x to ask for a key"
      : "Write has(x.field), or x != null for a variable";
    throw new CelError("has() takes a field", { help }, select);
  }
  const { operand, field, fieldSpan } = select;
  return nodes.make({ kind: "has", operand, field, fieldSpan, select, start, end }, select);
}

function readLoop(
  call: WrittenCall,
  collection: Node,
  { macro, one, two }: Shape,
  nodes: NodeMaker,
): Node {
  const { args, start, end } = call;
  const names = one.includes(args.length) ? 1 : two.includes(args.length) ? 2 : 0;
  const [first, second] = args;
  const body = args.at(-1);
  if (names === 0 || first === undefined || second === undefined || body === undefined) {
    const help = loopHelp(call, collection, { macro, one, two }, nodes);
    throw wrongCount(call, `${[...one, ...two].join(" or ")} arguments`, help);
  }
  const variable = variableOf(first, call);
  const variables = names === 1
    ? [variable] as const
    : [variable, distinct(variableOf(second, call), variable)] as const;
  const filter = args.length - names > 1 ? args[names] : undefined;
  return nodes.make(
    { kind: "comprehension", macro, collection, variables, filter, body, start, end },
    collection,
    filter,
    body,
  );
}

/** A longer part of an expression is not repeated in the help. */
const MAX_SHOWN = 40;

/** How a loop is written; the names and the condition are those of the call, as far as it has them. */
function loopHelp(
  { name, args }: WrittenCall,
  collection: Node,
  { one }: Shape,
  nodes: NodeMaker,
): string {
  const textOf = (node: Node, otherwise: string) => {
    const text = nodes.textOf(node);
    return text.length > MAX_SHOWN || /\n/.test(text) ? otherwise : text;
  };
  const of = textOf(collection, "xs");
  const [first, second] = args.map((arg) => arg.kind === "identifier" ? arg.name : undefined);
  if (name === "filter" && args.length === 3 && first !== undefined && second !== undefined) {
    return `With an index write ${of}.transformList(${first}, ${second}, …, ${second})`;
  }
  if (one.length === 0) {
    const isNamed = first !== undefined && second !== undefined && first !== second;
    return `Write ${of}.${name}(${isNamed ? `${first}, ${second}` : "i, x"}, …)`;
  }
  const [body] = args;
  if (args.length !== 1 || first !== undefined || body === undefined) {
    return `Write ${of}.${name}(${first ?? "x"}, …)`;
  }
  const text = textOf(body, "…");
  const element = /^[!(-]*([A-Za-z_]\w*)\b(?!\()/.exec(text)?.[1] ?? "x";
  return `Name the element first: ${of}.${name}(${element}, ${text})`;
}

function readOptionalMap(call: WrittenCall, operand: Node, nodes: NodeMaker): Node {
  const { name, args, start, end } = call;
  const [first, body] = args;
  if (args.length !== 2 || first === undefined || body === undefined) {
    throw wrongCount(call, "2 arguments");
  }
  const variable = variableOf(first, call);
  const flat = name === "optFlatMap";
  return nodes.make({ kind: "optMap", flat, operand, variable, body, start, end }, operand, body);
}

function readCel(call: WrittenCall, nodes: NodeMaker): Node {
  const { name, args, start, end } = call;
  if (name === "bind") {
    if (args.length !== 3) throw wrongCount(call, "3 arguments");
    const [first, value, body] = args as [Node, Node, Node];
    const variable = variableOf(first, call);
    return nodes.make({ kind: "bind", variable, value, body, start, end }, value, body);
  }
  if (name !== "block") {
    return nodes.make({ kind: "identifier", name: generatedName(call), start, end });
  }
  const [list, body] = args;
  if (args.length !== 2 || list?.kind !== "list" || body === undefined) {
    throw wrongCount(call, "a list and a value");
  }
  return list.items.reduceRight((inner, { value }, index) => {
    const variable = { name: `@index${index}`, start: value.start, end: value.end };
    return nodes.make({ kind: "bind", variable, value, body: inner, start, end }, value, inner);
  }, body);
}

/** `cel.index(0)` and `cel.iterVar(0, 1)` name what a block and its loops bind. */
function generatedName(call: WrittenCall): string {
  const numbers = call.args.map((arg) => {
    if (arg.kind === "literal" && arg.type === "int") return arg.value;
    throw new CelError(`cel.${call.name}() takes numbers`, {}, arg);
  });
  return call.name === "index" ? `@index${numbers[0]}` : `@iter${numbers.join(":")}`;
}

function variableOf(node: Node, { name }: WrittenCall): Variable {
  if (node.kind === "identifier") return { name: node.name, start: node.start, end: node.end };
  throw new CelError(`The first argument of ${name}() must be a name`, {
    help: `Write a new name for the element: ${name}(x, …)`,
  }, node);
}

function distinct(variable: Variable, other: Variable): Variable {
  if (variable.name !== other.name) return variable;
  throw new CelError(`"${variable.name}" names both variables`, {
    help: "Choose another name",
  }, variable);
}

function wrongCount(
  { name, start, end }: WrittenCall,
  wanted: string,
  help?: string,
): CelError {
  return new CelError(`${name}() takes ${wanted}`, { help }, { start, end });
}
