/** Turns a syntax tree into closures: each gives the value of its node. */
import { hasKey } from "./access.ts";
import { add, compare, divide, modulo, multiply, negate, subtract } from "./arithmetic.ts";
import type { Binary, Conditional, Logical, Node, Unary } from "./ast.ts";
import { compileCall } from "./call.ts";
import { CelError } from "./cel_error.ts";
import { compileHas, compileIndex, compileSelect } from "./compile_access.ts";
import { compileList, compileMap } from "./compile_containers.ts";
import type { Compiler, Run } from "./compiler.ts";
import { absorb, type Context } from "./context.ts";
import { equals } from "./equality.ts";
import { conditionError, locate, operatorError } from "./failures.ts";
import { compileBind, compileComprehension, compileOptionalMap } from "./loops.ts";
import { double, enter, typeOf, Uint } from "./values.ts";

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
        const order = compare(context, a, b);
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
  const { source } = compiler;
  return (context) => {
    let failure: CelError | undefined;
    try {
      const value = left(context);
      if (value === deciding) return deciding;
      if (value !== !deciding) failure = conditionError(node.left, value, source, node);
    } catch (error) {
      failure = absorb(error);
    }
    const value = right(context);
    if (value === deciding) return deciding;
    if (failure !== undefined) throw failure;
    if (value !== !deciding) throw conditionError(node.right, value, source, node);
    return !deciding;
  };
}

function compileCondition(node: Conditional, compiler: Compiler): Run {
  const { onBranch } = compiler;
  const condition = compile(node.condition, compiler);
  if (onBranch === undefined) return condition;
  return (context) => {
    const value = condition(context);
    if (typeof value === "boolean") onBranch(node, value);
    return value;
  };
}

function compileConditional(node: Conditional, compiler: Compiler): Run {
  const condition = compileCondition(node, compiler);
  const then = compile(node.then, compiler);
  const otherwise = compile(node.otherwise, compiler);
  return (context) => {
    const value = condition(context);
    if (value === true) return then(context);
    if (value === false) return otherwise(context);
    throw conditionError(node.condition, value, compiler.source);
  };
}
