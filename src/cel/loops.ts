/** The macros that bind names: comprehensions, `cel.bind` and `optMap`. */
import { keysOf, MapBuilder, valueOfKey } from "./access.ts";
import { compare } from "./arithmetic.ts";
import type { Bind, Comprehension, Node, OptionalMap } from "./ast.ts";
import { CelError } from "./cel_error.ts";
import type { Compiler, Run } from "./compiler.ts";
import { checkKey } from "./compile_containers.ts";
import { absorb, type Context } from "./context.ts";
import { collectionError, conditionError } from "./failures.ts";
import { stepsOfTurn } from "./turn_steps.ts";
import { enter, Optional, typeOf } from "./values.ts";
import { typeInWords } from "./words.ts";

/** Goes through a collection; a turn that gives `false` ends it. */
type Go = (context: Context, turn: (key: unknown) => boolean) => void;

/** A comprehension, compiled in parts. */
interface Parts {
  readonly go: Go;
  readonly node: Comprehension;
  readonly filter: Run | undefined;
  readonly body: Run;
  /** The text of the whole expression, for errors. */
  readonly source: string;
}

/** Compiles a comprehension. */
export function compileComprehension(node: Comprehension, compiler: Compiler): Run {
  const collection = compiler.compile(node.collection, compiler);
  const { names, slots } = compiler.names.bind(node.variables.map(({ name }) => name));
  const inner = { ...compiler, names };
  const parts: Parts = {
    go: iteration(collection, node, slots),
    node,
    filter: node.filter === undefined ? undefined : compiler.compile(node.filter, inner),
    body: compiler.compile(node.body, inner),
    source: compiler.source,
  };
  // A comprehension binds at least one name.
  const item = slots[0]!;
  switch (node.macro) {
    case "all":
      return quantifier(parts, false);
    case "exists":
      return quantifier(parts, true);
    case "existsOne":
      return existsOne(parts);
    case "filter":
      return filter(parts, item);
    case "map":
    case "transformList":
      return list(parts);
    case "transformMap":
      return map(parts);
    case "transformMapEntry":
      return mapEntries(parts);
    case "sortBy":
      return sortBy(parts, item);
  }
}

/** Binds the elements, or keys, of a collection one after the other. */
function iteration(collection: Run, node: Comprehension, slots: readonly number[]): Go {
  const steps = stepsOfTurn(node);
  const [first, second] = slots as readonly [number, number?];
  return (context, turn) => {
    const value = collection(context);
    if (Array.isArray(value)) {
      for (let index = 0; index < value.length; index++) {
        context.spend(steps);
        context.slots[second ?? first] = enter(value[index]) ?? null;
        if (second !== undefined) context.slots[first] = index;
        if (!turn(index)) return;
      }
      return;
    }
    const keys = keysOf(value);
    if (keys === undefined) throw collectionError(node.collection, value);
    context.spend(keys.length);
    for (const key of keys) {
      context.spend(steps);
      context.slots[first] = key;
      if (second !== undefined) context.slots[second] = valueOfKey(value, key);
      if (!turn(key)) return;
    }
  };
}

function test(run: Run, node: Node, context: Context, source: string): boolean {
  const value = run(context);
  if (typeof value === "boolean") return value;
  throw conditionError(node, value, source);
}

/** `exists` looks for true, `all` for false; finding it outweighs turns that fail. */
function quantifier({ go, node, body, source }: Parts, wanted: boolean): Run {
  return (context) => {
    let failure: CelError | undefined;
    let result = !wanted;
    go(context, () => {
      try {
        if (test(body, node.body, context, source) !== wanted) return true;
      } catch (error) {
        failure ??= absorb(error);
        return true;
      }
      result = wanted;
      return false;
    });
    if (result !== wanted && failure !== undefined) throw failure;
    return result;
  };
}

function existsOne({ go, node, body, source }: Parts): Run {
  return (context) => {
    let count = 0;
    go(context, () => {
      if (test(body, node.body, context, source)) count++;
      return true;
    });
    return count === 1;
  };
}

function filter({ go, node, body, source }: Parts, slot: number): Run {
  return (context) => {
    const result: unknown[] = [];
    go(context, () => {
      const item = context.slots[slot];
      if (test(body, node.body, context, source)) push(context, result, item);
      return true;
    });
    return result;
  };
}

function list({ go, node, filter, body, source }: Parts): Run {
  return (context) => {
    const result: unknown[] = [];
    go(context, () => {
      if (filter === undefined || test(filter, node.filter ?? node, context, source)) {
        push(context, result, body(context));
      }
      return true;
    });
    return result;
  };
}

function push(context: Context, list: unknown[], item: unknown): void {
  list.push(item);
  context.note(list, item);
}

function map({ go, node, filter, body, source }: Parts): Run {
  return (context) => {
    const result = new MapBuilder(context);
    go(context, (key) => {
      if (filter === undefined || test(filter, node.filter ?? node, context, source)) {
        result.add(key, body(context));
      }
      return true;
    });
    return result.build();
  };
}

function mapEntries({ go, node, filter, body, source }: Parts): Run {
  return (context) => {
    const result = new MapBuilder(context);
    go(context, () => {
      if (filter !== undefined && !test(filter, node.filter ?? node, context, source)) return true;
      const entries = body(context);
      const keys = keysOf(entries);
      if (keys === undefined) {
        throw new CelError(
          `transformMapEntry() must give a map, and this is ${typeInWords(entries)}`,
          {},
          node.body,
        );
      }
      context.spend(keys.length);
      for (const key of keys) {
        if (!result.add(checkKey(key, node.body), valueOfKey(entries, key))) {
          throw new CelError("transformMapEntry() gives a key twice", {}, node.body);
        }
      }
      return true;
    });
    return result.build();
  };
}

function sortBy({ go, node, body }: Parts, slot: number): Run {
  return (context) => {
    const keyed: { item: unknown; key: unknown }[] = [];
    go(context, () => {
      const item = context.slots[slot];
      keyed.push({ item, key: body(context) });
      return true;
    });
    keyed.sort((a, b) => order(context, a.key, b.key, node.body));
    const result: unknown[] = [];
    for (const { item } of keyed) push(context, result, item);
    return result;
  };
}

function order(context: Context, left: unknown, right: unknown, node: Node): number {
  context.spend(1);
  const result = typeOf(left) === typeOf(right) ? compare(context, left, right) : undefined;
  if (result !== undefined) return result;
  const [a, b] = [left, right].map(typeInWords);
  throw new CelError(`${a} and ${b} cannot be sorted`, {}, node);
}

/** Compiles `cel.bind`. */
export function compileBind(node: Bind, compiler: Compiler): Run {
  const value = compiler.compile(node.value, compiler);
  const { names, slots } = compiler.names.bind([node.variable.name]);
  // There is a slot for each name.
  const slot = slots[0]!;
  const body = compiler.compile(node.body, { ...compiler, names });
  return (context) => {
    context.slots[slot] = value(context);
    return body(context);
  };
}

/** Compiles `optMap` and `optFlatMap`. */
export function compileOptionalMap(node: OptionalMap, compiler: Compiler): Run {
  const operand = compiler.compile(node.operand, compiler);
  const { names, slots } = compiler.names.bind([node.variable.name]);
  // There is a slot for each name.
  const slot = slots[0]!;
  const body = compiler.compile(node.body, { ...compiler, names });
  const name = node.flat ? "optFlatMap" : "optMap";
  return (context) => {
    const value = operand(context);
    if (!(value instanceof Optional)) {
      throw new CelError(`${name}() of ${typeInWords(value)} does not exist`, {
        help: "It is a method of optionals, such as x.?field",
      }, node.operand);
    }
    if (value.value === undefined) return value;
    context.slots[slot] = value.value;
    const result = body(context);
    if (!node.flat) return new Optional(result);
    if (result instanceof Optional) return result;
    throw new CelError(
      `optFlatMap() must give an optional, and this is ${typeInWords(result)}`,
      {},
      node.body,
    );
  };
}
