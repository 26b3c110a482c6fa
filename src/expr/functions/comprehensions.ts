/**
 * Macros over index and element, or key and value, an official extension of CEL:
 * `list.all(i, x, …)`, `map.transformList(k, v, …)`; and those that look into an optional.
 */
import { Optional } from "@marcbachmann/cel-js";
import type { LoopContext, Machine, Node } from "../ast.ts";
import { countSteps, problem } from "../evaluation.ts";
import type { Register } from "./register.ts";

/** What the library hands to a macro. */
interface Parts {
  readonly ast: Node;
  readonly args: readonly Node[];
  readonly receiver: Node;
}

type Pairs = Iterable<[unknown, unknown]>;

/** Runs the macro's body for one pair. */
type Body = (node: Node, key: unknown, value: unknown) => unknown;

/** Names of macros that bind two names. */
export const PAIR_MACROS: ReadonlySet<string> = new Set(
  [
    "all",
    "exists",
    "existsOne",
    "exists_one",
    "transformList",
    "transformMap",
    "transformMapEntry",
  ],
);

/** Names of macros that bind the value of an optional. */
export const OPTIONAL_MACROS: ReadonlySet<string> = new Set(["optMap", "optFlatMap"]);

/** Adds the macros. */
export function registerComprehensions(register: Register): void {
  const quantifier = (name: string, quantify: (pairs: Pairs, test: Test) => boolean) => {
    register(
      `list.${name}(ast, ast, ast): bool`,
      overPairs("boolType", (pairs, [test], body) =>
        quantify(pairs, (key, value) => {
          const result = body(test!, key, value);
          if (typeof result === "boolean") return result;
          throw problem("A condition must be a boolean");
        })),
    );
  };
  quantifier("all", (pairs, test) => !some(pairs, (key, value) => !test(key, value)));
  quantifier("exists", some);
  for (const name of ["existsOne", "exists_one"]) {
    quantifier(name, (pairs, test) => [...pairs].filter((pair) => test(...pair)).length === 1);
  }
  for (const filter of ["", "ast, "]) {
    register(`list.transformList(ast, ast, ${filter}ast): list`, transformList());
    register(`list.transformMap(ast, ast, ${filter}ast): map`, transformMap());
    register(`list.transformMapEntry(ast, ast, ${filter}ast): map`, transformMapEntry());
  }
  register("optional.optMap(ast, ast): optional", overOptional((value) => Optional.of(value)));
  register("optional.optFlatMap(ast, ast): optional", overOptional((value) => value));
}

type Test = (key: unknown, value: unknown) => boolean;

/** One that holds outweighs those that fail, as `||` does. */
function some(pairs: Pairs, test: Test): boolean {
  let failure: unknown;
  for (const [key, value] of pairs) {
    try {
      if (test(key, value)) return true;
    } catch (error) {
      failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
  return false;
}

function transformList(): Macro {
  return overPairs("listType", (pairs, [first, second], body) => {
    const list: unknown[] = [];
    for (const [key, value] of pairs) {
      if (second !== undefined && body(first!, key, value) !== true) continue;
      list.push(body(second ?? first!, key, value));
    }
    return list;
  });
}

function transformMap(): Macro {
  return overPairs("dynType", (pairs, [first, second], body) => {
    const map = new Map<unknown, unknown>();
    for (const [key, value] of pairs) {
      if (second !== undefined && body(first!, key, value) !== true) continue;
      map.set(key, body(second ?? first!, key, value));
    }
    return map;
  });
}

function transformMapEntry(): Macro {
  return overPairs("dynType", (pairs, [first, second], body) => {
    const map = new Map<unknown, unknown>();
    for (const [key, value] of pairs) {
      if (second !== undefined && body(first!, key, value) !== true) continue;
      const entries = body(second ?? first!, key, value);
      if (!(entries instanceof Map)) throw problem("transformMapEntry() must give a mapping");
      for (const [own, item] of entries) {
        if (map.has(own)) throw problem("transformMapEntry() gave the same key twice");
        map.set(own, item);
      }
    }
    return map;
  });
}

type Macro = (parts: Parts) => unknown;

/** A macro whose first two arguments name index and element, or key and value. */
function overPairs(
  type: "boolType" | "listType" | "dynType",
  run: (pairs: Pairs, bodies: readonly Node[], body: Body) => unknown,
): Macro {
  return ({ args: [first, second, ...bodies], receiver }) => {
    const names = [nameOf(first!), nameOf(second!)] as const;
    let outer: LoopContext;
    let inner: LoopContext;
    return {
      async: false,
      typeCheck(machine: Machine, _macro: unknown, context: LoopContext) {
        machine.check(receiver, context);
        outer = context.forkWithVariable(names[0], machine.dynType);
        inner = outer.forkWithVariable(names[1], machine.dynType);
        for (const body of bodies) machine.check(body, inner);
        return machine[type];
      },
      evaluate(machine: Machine, _macro: unknown, context: LoopContext) {
        const pairs = pairsOf(machine.run(receiver, context));
        return run(pairs, bodies, (node, key, value) => {
          countSteps(1);
          const bound = outer.reuse(context).setIterValue(key, machine);
          return machine.run(node, inner.reuse(bound).setIterValue(value, machine));
        });
      },
    };
  };
}

/** A macro whose first argument names the value of an optional, where it has one. */
function overOptional(wrap: (value: unknown) => unknown): Macro {
  return ({ args: [name, body], receiver }) => {
    const variable = nameOf(name!);
    let inner: LoopContext;
    return {
      async: false,
      typeCheck(machine: Machine, _macro: unknown, context: LoopContext) {
        machine.check(receiver, context);
        inner = context.forkWithVariable(variable, machine.dynType);
        machine.check(body!, inner);
        return machine.dynType;
      },
      evaluate(machine: Machine, _macro: unknown, context: LoopContext) {
        const value = machine.run(receiver, context);
        if (!(value instanceof Optional)) throw problem("optMap() wants an optional value");
        if (!value.hasValue()) return value;
        const bound = inner.reuse(context).setIterValue(value.value(), machine);
        return wrap(machine.run(body!, bound));
      },
    };
  };
}

function nameOf(node: Node): string {
  if (node.op === "id") return node.args;
  throw problem("The first arguments must be names").withAst(node as never);
}

function* pairsOf(value: unknown): Generator<[unknown, unknown]> {
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) yield [BigInt(index), value[index]];
  } else if (value instanceof Map) yield* value;
  else if (isEmptyMap(value)) return;
  else throw problem("Only lists and mappings can be gone through, and this is neither");
}

/** The library makes a plain object of `{}`. */
function isEmptyMap(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
