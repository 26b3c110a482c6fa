/** Functions of lists and sets, official extensions, and `range`. */
import { sizeOf } from "../access.ts";
import { compare } from "../arithmetic.ts";
import { CelError } from "../cel_error.ts";
import type { Context } from "../context.ts";
import { equals } from "../equality.ts";
import { enter, normalKey, Optional, typeOf } from "../values.ts";
import { typeInWords } from "../words.ts";
import type { Functions } from "./implementation.ts";

type Int = number | bigint;
type List = readonly unknown[];

const size = (context: Context, value: unknown) => sizeOf(context, value);

export const LISTS: Functions = {
  "size(list<A>)": size,
  "size(map<A, B>)": size,
  "list<A>.size()": size,
  "map<A, B>.size()": size,
  "list<A>.first()": (_, list: List) => optionalOf(list, 0),
  "list<A>.last()": (_, list: List) => optionalOf(list, list.length - 1),
  "list<A>.distinct()": distinct,
  "list<A>.flatten()": (context, list: List) => flatten(context, list, 1),
  "list<A>.flatten(int)": (context, list: List, depth: Int) => {
    if (depth < 0) throw new CelError("flatten() takes no negative depth");
    return flatten(context, list, Number(depth));
  },
  "list<A>.reverse()": (context, list: List) => copy(context, [...list].reverse()),
  "list<A>.slice(int, int)": (context, list: List, start: Int, end: Int) => {
    if (start < 0 || end > list.length || start > end) {
      throw new CelError("slice() got an index outside of the list");
    }
    return copy(context, list.slice(Number(start), Number(end)));
  },
  "list<A>.sort()": sort,
  "lists.range(int)": (context, end: Int) => range(context, 0, end, 1),
  "range(int)": (context, end: Int) => range(context, 0, end, 1),
  "range(int, int)": (context, start: Int, end: Int) => range(context, start, end, 1),
  "range(int, int, int)": range,
  "sets.contains(list<A>, list<A>)": (context, list: List, part: List) =>
    isSubset(context, part, list),
  "sets.equivalent(list<A>, list<A>)": (context, left: List, right: List) =>
    isSubset(context, left, right) && isSubset(context, right, left),
  "sets.intersects(list<A>, list<A>)": (context, left: List, right: List) =>
    left.some((item) => includes(context, right, enter(item) ?? null)),
};

function optionalOf(list: List, index: number): Optional {
  return index in list ? new Optional(enter(list[index]) ?? null) : Optional.none;
}

/** A new list of these items, each as expressions see it. */
function copy(context: Context, items: List): unknown[] {
  context.spend(1 + items.length);
  const list: unknown[] = [];
  for (const item of items) push(context, list, enter(item) ?? null);
  return list;
}

function push(context: Context, list: unknown[], item: unknown): void {
  list.push(item);
  context.note(list, item);
}

/** Values that are equal exactly if their keys are; `undefined` for lists, maps and the like. */
function keyOf(value: unknown): unknown {
  const key = normalKey(value);
  return key === null || typeof key !== "object" ? key : undefined;
}

function distinct(context: Context, items: List): unknown[] {
  context.spend(1 + items.length);
  const list: unknown[] = [];
  const seen = new Set<unknown>();
  const others: unknown[] = [];
  for (const given of items) {
    const item = enter(given) ?? null;
    const key = keyOf(item);
    if (key !== undefined) {
      if (typeof key === "string") context.spendReading(key.length);
      // NaN does not equal itself.
      if (seen.has(key) && !Number.isNaN(key)) continue;
      seen.add(key);
    } else {
      context.spend(others.length);
      if (others.some((other) => equals(context, other, item))) continue;
      others.push(item);
    }
    push(context, list, item);
  }
  return list;
}

function flatten(context: Context, items: List, depth: number): unknown[] {
  const list: unknown[] = [];
  const visit = (part: List, left: number) => {
    context.spend(1 + part.length);
    for (const given of part) {
      const item = enter(given) ?? null;
      if (left > 0 && Array.isArray(item)) visit(item, left - 1);
      else push(context, list, item);
    }
  };
  visit(items, Math.min(depth, 100));
  return list;
}

function sort(context: Context, items: List): unknown[] {
  const list = copy(context, items);
  return list.sort((left, right) => {
    context.spend(1);
    const order = typeOf(left) === typeOf(right) ? compare(context, left, right) : undefined;
    if (order !== undefined) return order;
    throw new CelError(
      `sort() takes values of one type, and got ${typeInWords(left)} and ${typeInWords(right)}`,
    );
  });
}

function range(context: Context, start: Int, end: Int, step: Int): Int[] {
  if (step === 0) {
    throw new CelError("The step of range() is 0", { help: "Give it another step" });
  }
  const [from, by] = [Number(start), Number(step)];
  const length = Math.ceil((Number(end) - from) / by);
  if (length <= 0) return [];
  // Counted before the list is made.
  context.spend(1 + length);
  return Array.from({ length }, (_, index) => from + index * by);
}

function isSubset(context: Context, part: List, whole: List): boolean {
  return part.every((item) => includes(context, whole, enter(item) ?? null));
}

function includes(context: Context, list: List, item: unknown): boolean {
  context.spend(1 + list.length);
  return list.some((other) => equals(context, item, enter(other) ?? null));
}
