/** Replaces what nodes do: bounds every loop and every growing result, and mixes types. */
import { Optional } from "@marcbachmann/cel-js";
import { UnsignedInt } from "@marcbachmann/cel-js/evaluator";
import type {
  Access,
  Action,
  Call,
  Comparison,
  Comprehension,
  Index,
  Machine,
  Node,
} from "./ast.ts";
import { RENAMED_METHODS } from "./environment.ts";
import { checkSteps, countResult, countSteps, problem } from "./evaluation.ts";
import { sizeOf } from "./values.ts";

/** Prepares one node; its children are prepared on their own. */
export function weave(node: Node): void {
  switch (node.op) {
    case "call":
      if (node.args[0] === "has" && node.args[1].length === 1) return hasAny(node);
      return countWhatItGives(node);
    case "+":
      return countWhatItGives(node);
    case "rcall":
      if (node.meta.alternate?.op === "comprehension") return boundLoop(node.meta.alternate);
      node.args[0] = RENAMED_METHODS.get(node.args[0]) ?? node.args[0];
      return countWhatItGives(node);
    case ".":
    case ".?":
    case "[]":
    case "[?]":
      return void node.setMeta("check", guardFields(node.meta.check));
    case "?:":
      return void node.setMeta("check", mixBranches(node.meta.check));
    case "==":
    case "!=":
    case "in":
      return void node.setMeta("check", compareAny(node.meta.check));
    case "map":
      if (node.args.length > 0) node.setMeta("evaluate", makeMap);
      return;
    case "list":
      // The library's type for an empty list fits no overload of the macros.
      if (node.args.length === 0) {
        node.setMeta("check", (machine: Machine) => machine.listType);
        node.setMeta("evaluate", () => []);
      }
  }
}

/** Lets `has()` look at a field of anything; the library wants a name to begin with. */
function hasAny(node: Call): void {
  const [field] = node.args[1];
  if (field?.op !== "." && field?.op !== ".?") return;
  const [receiver, name] = field.args;
  let base: Node = field;
  while (base.op === "." || base.op === ".?") base = base.args[0];
  if (base.op === "id") return;
  node.setMeta("macro", {
    typeCheck(machine: Machine, _macro: unknown, context: unknown) {
      machine.check(receiver, context);
      return machine.boolType;
    },
    evaluate(machine: Machine, _macro: unknown, context: unknown) {
      let value = machine.run(receiver, context);
      if (value instanceof Optional) value = value.hasValue() ? value.value() : new Map();
      if (value instanceof Map) return value.has(name);
      return typeof value === "object" && value !== null && Object.hasOwn(value, name);
    },
  });
}

function countWhatItGives(node: Node): void {
  if (node.meta.macro !== undefined) return;
  const evaluate = node.meta.evaluate;
  node.setMeta("evaluate", (machine: Machine, self: Node, context: unknown) => {
    const result = evaluate(machine, self, context);
    countResult(result);
    return result;
  });
}

/** Counts each turn, and begins no further loop once the steps ran out. */
function boundLoop(loop: Comprehension): void {
  const { step } = loop.args;
  loop.args.step = step.clone({
    name: "counted",
    check: (machine, _self, context) => machine.check(step, context),
    evaluate: (machine, _self, context) => {
      countSteps(1);
      return machine.run(step, context);
    },
  }, step).setMeta("async", false);
  const { evaluate } = loop.meta;
  loop.setMeta("evaluate", (machine: Machine, self: Node, context: unknown) => {
    checkSteps();
    return evaluate(machine, self, context);
  });
}

/**
 * Timestamps, durations and the like are JavaScript objects to the library, whose properties
 * it would hand out; to CEL they have no fields.
 */
function guardFields(check: Action): Action {
  return (machine, node, context) => {
    const type = check(machine, node, context);
    const access = node as Access | Index;
    const { handle } = access;
    access.handle = (left, right, self, evaluator) => {
      if (!hasFields(left)) throw problem("The value has no fields").withAst(node as never);
      return handle(left, numericKey(right), self, evaluator);
    };
    return type;
  };
}

/** A number as a key: 2, 2u and 2.0 are the same one. */
function numericKey(key: unknown): unknown {
  if (key instanceof UnsignedInt) return key.value;
  return typeof key === "number" && Number.isInteger(key) ? BigInt(key) : key;
}

function hasFields(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return true;
  if (value instanceof Map || value instanceof Optional) return true;
  return Object.getPrototypeOf(value) === Object.prototype;
}

/** Values of different types are not equal; the library takes literals of them for an error. */
function compareAny(check: Action): Action {
  return (machine, node, context) => {
    const comparison = node as Comparison;
    let type: unknown;
    try {
      type = check(machine, node, context);
    } catch (error) {
      if ((error as { code?: unknown }).code !== "no_such_overload") throw error;
      comparison.leftStaticType = undefined;
      comparison.rightStaticType = undefined;
      type = machine.boolType;
    }
    const { handle } = comparison;
    comparison.handle = (left, right, self, evaluator) => {
      countComparison(comparison.op, left, right);
      if (comparison.op !== "in") return handle(left, right, self, evaluator);
      if (right instanceof Map) return handle(numericKey(left), right, self, evaluator);
      return handle(left, right, self, evaluator) || isAmongNumbers(left, right);
    };
    return type;
  };
}

/** Whether a list holds the number as one of another type. */
function isAmongNumbers(number: unknown, list: unknown): boolean {
  if (!Array.isArray(list)) return false;
  if (typeof number !== "number" && !(number instanceof UnsignedInt)) {
    return typeof number === "bigint" &&
      list.some((item) => item instanceof UnsignedInt && item.value === number);
  }
  const key = numericKey(number);
  return list.some((item) => typeof item !== "string" && numericKey(item) === key);
}

/** Counts what comparing two values may cost: the smaller of them is gone through. */
function countComparison(op: Comparison["op"], left: unknown, right: unknown): void {
  if (typeof right !== "object" || right === null) return;
  if (op !== "in") countSteps(Math.min(sizeOf(left), sizeOf(right)));
  else if (Array.isArray(right)) {
    const each = sizeOf(left);
    countSteps(each === 1 ? right.length : Math.min(each * right.length, sizeOf(right)));
  }
}

/** The branches of `? :` may differ in type; the library wants them alike. */
function mixBranches(check: Action): Action {
  return (machine, node, context) => {
    try {
      return check(machine, node, context);
    } catch (error) {
      if ((error as { code?: unknown }).code !== "incompatible_ternary_branches") throw error;
      return machine.dynType;
    }
  };
}

/** Makes a Map, since the library's objects drop keys such as `constructor`. */
function makeMap(machine: Machine, node: Node, context: unknown): Map<unknown, unknown> {
  const map = new Map<unknown, unknown>();
  for (const [keyNode, valueNode] of node.args as [Node, Node][]) {
    const key = numericKey(machine.run(keyNode, context));
    if (map.has(key)) throw problem("A key stands twice in the mapping").withAst(node as never);
    map.set(key, machine.run(valueNode, context));
  }
  return map;
}
