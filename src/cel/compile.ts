/** Turns a syntax tree into closures: each gives the value of its node. */
import { elementOf, fieldOf, hasField, hasKey, MapBuilder } from "./access.ts";
import { add, compare, divide, modulo, multiply, negate, subtract } from "./arithmetic.ts";
import type {
  Binary,
  Conditional,
  Has,
  Index,
  ListLiteral,
  Logical,
  MapLiteral,
  Node,
  Select,
  Unary,
} from "./ast.ts";
import { CelError } from "./cel_error.ts";
import { compileCall } from "./call.ts";
import { absorb, type Context } from "./context.ts";
import { equals } from "./equality.ts";
import { conditionError, fieldError, indexError, locate, operatorError } from "./failures.ts";
import { compileBind, compileComprehension, compileOptionalMap } from "./loops.ts";
import { type Names, typeNameOf } from "./names.ts";
import { double, enter, Optional, typeOf, TypeValue, Uint } from "./values.ts";
import { typeInWords } from "./words.ts";

/** Gives the value of a node. */
export type Run = (context: Context) => unknown;

/** What compiling a node takes. */
export interface Compiler {
  readonly source: string;
  readonly names: Names;
}

/** Compiles a node. */
export function compile(node: Node, compiler: Compiler): Run {
  switch (node.kind) {
    case "literal": {
      const value = literalValue(node);
      return () => value;
    }
    case "identifier":
      return compileName(node.name, node, compiler);
    case "select":
      return compileSelect(node, compiler);
    case "index":
      return compileIndex(node, compiler);
    case "has":
      return compileHas(node, compiler);
    case "call":
      return compileCall(node, compiler);
    case "unary":
      return compileUnary(node, compiler);
    case "binary":
      return compileBinary(node, compiler);
    case "logical":
      return compileLogical(node, compiler);
    case "conditional":
      return compileConditional(node, compiler);
    case "list":
      return compileList(node, compiler);
    case "map":
      return compileMap(node, compiler);
    case "comprehension":
      return compileComprehension(node, compiler);
    case "bind":
      return compileBind(node, compiler);
    case "optMap":
      return compileOptionalMap(node, compiler);
  }
}

/** The value of a literal. */
export function literalValue(node: Node & { kind: "literal" }): unknown {
  switch (node.type) {
    case "double":
      return double(node.value);
    case "uint":
      return new Uint(node.value);
    default:
      return node.value;
  }
}

function compileName(name: string, node: Node, { names }: Compiler): Run {
  const slot = names.slotOf(name);
  return ({ slots }) => {
    const value = slots[slot];
    if (value === undefined) throw new CelError(`Unknown variable "${name}"`, {}, node);
    return value;
  };
}

function compileSelect(node: Select, compiler: Compiler): Run {
  const type = typeNameOf(node, compiler.names);
  if (type !== undefined) {
    const value = new TypeValue(type);
    return () => value;
  }
  const operand = compile(node.operand, compiler);
  const { field, optional } = node;
  const { source } = compiler;
  return (context) => {
    const value = operand(context);
    try {
      if (optional || value instanceof Optional) {
        return selectOptional(value, field, optional, node);
      }
      const found = fieldOf(value, field);
      if (found !== undefined) return found;
    } catch (error) {
      throw waiting(error, node, source);
    }
    throw fieldError(node, value, source);
  };
}

/** A later stage provides what the node reads: the error names it. */
function waiting(error: unknown, node: Node, source: string): unknown {
  if (!(error instanceof CelError) || error.details.waits !== true) return locate(error, node);
  const text = source.slice(node.start, node.end);
  return new CelError(`${text} is not known yet`, error.details, node);
}

function selectOptional(value: unknown, field: string, isLenient: boolean, node: Node): unknown {
  const operand = value instanceof Optional ? value.value : value;
  if (operand === undefined) return Optional.none;
  if (typeOf(operand) !== "map") {
    throw new CelError(`A field is read of ${typeInWords(operand)}`, {}, node);
  }
  const found = fieldOf(operand, field);
  if (found === undefined && !isLenient) return Optional.none;
  return found === undefined ? Optional.none : new Optional(found);
}

function compileIndex(node: Index, compiler: Compiler): Run {
  const operand = compile(node.operand, compiler);
  const index = compile(node.index, compiler);
  const { optional } = node;
  const { source } = compiler;
  return (context) => {
    const value = operand(context);
    const at = index(context);
    let found: unknown;
    try {
      if (optional || value instanceof Optional) {
        const container = value instanceof Optional ? value.value : value;
        if (container === undefined) return Optional.none;
        const element = elementOf(container, at);
        return element === undefined ? Optional.none : new Optional(element);
      }
      found = elementOf(value, at);
    } catch (error) {
      throw waiting(error, node, source);
    }
    if (found === undefined) throw indexError(node, value, at, source);
    return found;
  };
}

function compileHas(node: Has, compiler: Compiler): Run {
  const operand = compile(node.operand, compiler);
  const { field, select } = node;
  const { source } = compiler;
  return (context) => {
    let value = operand(context);
    if (value instanceof Optional) {
      if (value.value === undefined) return false;
      value = value.value;
    }
    if (typeOf(value) === "map") return hasField(value, field);
    if (select.optional) return false;
    throw fieldError(select, value, source);
  };
}

function compileUnary(node: Unary, compiler: Compiler): Run {
  const operand = compile(node.operand, compiler);
  const { source } = compiler;
  if (node.operator === "!") {
    return (context) => {
      const value = operand(context);
      if (typeof value !== "boolean") throw operatorError(node, [value], source);
      return !value;
    };
  }
  return (context) => {
    const value = operand(context);
    let result: unknown;
    try {
      result = negate(value);
    } catch (error) {
      throw locate(error, node);
    }
    if (result === undefined) throw operatorError(node, [value], source);
    return result;
  };
}

const COMPUTING = { "+": add, "-": subtract, "*": multiply, "/": divide, "%": modulo } as const;

const ORDERS: Readonly<Record<"<" | "<=" | ">" | ">=", (order: number) => boolean>> = {
  "<": (order) => order < 0,
  "<=": (order) => order <= 0,
  ">": (order) => order > 0,
  ">=": (order) => order >= 0,
};

function compileBinary(node: Binary, compiler: Compiler): Run {
  const left = compile(node.left, compiler);
  const right = compile(node.right, compiler);
  const { source } = compiler;
  const { operator } = node;
  switch (operator) {
    case "==":
      return (context) => equals(context, left(context), right(context));
    case "!=":
      return (context) => !equals(context, left(context), right(context));
    case "in":
      return (context) => {
        const item = left(context);
        const collection = right(context);
        const result = contains(context, collection, item);
        if (result === undefined) throw operatorError(node, [item, collection], source);
        return result;
      };
    case "<":
    case "<=":
    case ">":
    case ">=": {
      const holds = ORDERS[operator];
      return (context) => {
        const a = left(context);
        const b = right(context);
        const order = compare(a, b);
        if (order === undefined) throw operatorError(node, [a, b], source);
        return holds(order);
      };
    }
    default: {
      const operate = COMPUTING[operator];
      return (context) => {
        const a = left(context);
        const b = right(context);
        let result: unknown;
        try {
          result = operate(context, a, b);
        } catch (error) {
          throw locate(error, node);
        }
        if (result === undefined) throw operatorError(node, [a, b], source);
        return result;
      };
    }
  }
}

/** Whether a list has an element, or a map a key; `undefined` for any other type. */
export function contains(
  context: Context,
  collection: unknown,
  item: unknown,
): boolean | undefined {
  if (Array.isArray(collection)) {
    context.spend(1 + collection.length);
    return collection.some((element) => equals(context, item, enter(element) ?? null));
  }
  return typeOf(collection) === "map" ? hasKey(collection, item) : undefined;
}

/** Either side may decide alone, even if the other one fails. */
function compileLogical(node: Logical, compiler: Compiler): Run {
  const left = compile(node.left, compiler);
  const right = compile(node.right, compiler);
  const deciding = node.operator === "||";
  return (context) => {
    let failure: CelError | undefined;
    try {
      const value = left(context);
      if (value === deciding) return deciding;
      if (value !== !deciding) failure = conditionError(node.left, value);
    } catch (error) {
      failure = absorb(error);
    }
    const value = right(context);
    if (value === deciding) return deciding;
    if (failure !== undefined) throw failure;
    if (value !== !deciding) throw conditionError(node.right, value);
    return !deciding;
  };
}

function compileConditional(node: Conditional, compiler: Compiler): Run {
  const condition = compile(node.condition, compiler);
  const then = compile(node.then, compiler);
  const otherwise = compile(node.otherwise, compiler);
  return (context) => {
    const value = condition(context);
    if (value === true) return then(context);
    if (value === false) return otherwise(context);
    throw conditionError(node.condition, value);
  };
}

function compileList(node: ListLiteral, compiler: Compiler): Run {
  const items = node.items.map(({ value, optional }) => ({
    run: compile(value, compiler),
    optional,
    node: value,
  }));
  return (context) => {
    const list: unknown[] = [];
    context.spend(1 + items.length);
    for (const { run, optional, node } of items) {
      const value = optional ? optionalEntry(run(context), node) : run(context);
      if (value === undefined) continue;
      list.push(value);
      context.note(list, value);
    }
    return list;
  };
}

/** The value of an element or entry marked by `?`; `undefined` if there is none. */
function optionalEntry(value: unknown, node: Node): unknown {
  if (value instanceof Optional) return value.value;
  throw new CelError(
    `An entry marked by "?" must be an optional, and this is ${typeInWords(value)}`,
    {},
    node,
  );
}

function compileMap(node: MapLiteral, compiler: Compiler): Run {
  const entries = node.entries.map(({ key, value, optional }) => ({
    key: compile(key, compiler),
    value: compile(value, compiler),
    optional,
    node: { key, value },
  }));
  return (context) => {
    const map = new MapBuilder(context);
    context.spend(1 + entries.length);
    for (const entry of entries) {
      const key = checkKey(entry.key(context), entry.node.key);
      const given = entry.value(context);
      const value = entry.optional ? optionalEntry(given, entry.node.value) : given;
      if (value !== undefined && !map.add(key, value)) {
        throw new CelError("The map has a key twice", {}, entry.node.key);
      }
    }
    return map.build();
  };
}

/** A key; only strings, booleans and integers can be keys. */
export function checkKey(key: unknown, node: Node): unknown {
  const type = typeOf(key);
  if (type === "string" || type === "bool" || type === "int" || type === "uint") return key;
  throw new CelError(
    `A key of a map must be a string, a boolean or an integer, and this is ${typeInWords(key)}`,
    {},
    node,
  );
}
