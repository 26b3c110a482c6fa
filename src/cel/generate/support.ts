/** What generated code calls for everything that it does not do inline. */
import { elementOf, fieldOf, hasField, keysOf, sizeOf } from "../access.ts";
import { compare } from "../arithmetic.ts";
import { contains } from "../compile.ts";
import type { Context } from "../context.ts";
import { equals } from "../equality.ts";
import { writeDouble } from "../functions/conversions.ts";
import { toPlain } from "../output.ts";
import { setOwn } from "../../contract/own_key.ts";
import {
  Double,
  double,
  enter,
  KeyedMap,
  Optional,
  Special,
  Timestamp,
  typeOf,
} from "../values.ts";

/**
 * Thrown if the fast code meets something that it has no answer for: an error, or a case that
 * is left to the closures. The evaluation is done again by them, and they word the error.
 */
export const BAIL: unique symbol = Symbol("bail");

/** Character codes. */
const [PLUS, MINUS, ZERO] = [0x2b, 0x2d, 0x30];

function bail(): never {
  throw BAIL;
}

/** The value, unless there is none. */
function some<T>(value: T | undefined): T {
  return value === undefined ? bail() : value;
}

/**
 * What was read, unless it has a form of its own in expressions: a path alone gives such data as it
 * is, and only the closures know whether there is more than a path.
 */
function read(value: unknown): unknown {
  const isOdd = value === undefined || value instanceof Timestamp || value instanceof KeyedMap ||
    value instanceof Uint8Array;
  return isOdd ? bail() : value;
}

/** The functions by the names that generated code calls them by. */
export const SUPPORT: Readonly<Record<string, unknown>> = {
  /** `Object.prototype`, by which plain objects are recognised. */
  O: Object.prototype,
  bail,
  enter,
  variable: (value: unknown): unknown => read(enter(value)),
  equals,
  double,
  setOwn,
  field(value: unknown, name: string): unknown {
    return value instanceof Optional ? bail() : read(fieldOf(value, name));
  },
  element(value: unknown, index: unknown): unknown {
    return value instanceof Optional ? bail() : read(elementOf(value, index));
  },
  has(value: unknown, name: string): boolean {
    return typeOf(value) === "map" ? hasField(value, name) : bail();
  },
  /** Calls an operation of `arithmetic.ts`. */
  operate(
    operation: (context: Context, left: unknown, right: unknown) => unknown,
    context: Context,
    left: unknown,
    right: unknown,
  ): unknown {
    return some(operation(context, left, right));
  },
  order(context: Context, left: unknown, right: unknown): number {
    return some(compare(context, left, right));
  },
  contains(context: Context, collection: unknown, item: unknown): boolean {
    return some(contains(context, collection, item));
  },
  /** The integer that a string contains, if its digits are certain to fit a number. */
  int(text: string): number | undefined {
    const sign = text.charCodeAt(0);
    const start = sign === MINUS || sign === PLUS ? 1 : 0;
    const digits = text.length - start;
    if (digits < 1 || digits > 15) return undefined;
    let value = 0;
    // A third of what a regular expression and a conversion cost.
    for (let at = start; at < text.length; at++) {
      const digit = text.charCodeAt(at) - ZERO;
      if (digit < 0 || digit > 9) return undefined;
      value = value * 10 + digit;
    }
    // Not a negation, which would make -0 of 0.
    return sign === MINUS ? 0 - value : value;
  },
  /** A number to compute with a double; a uint cannot be mixed with it. */
  number(value: unknown): number {
    if (typeof value === "number") return value;
    if (value instanceof Double) return value.value;
    return typeof value === "bigint" ? Number(value) : bail();
  },
  /** What to go through: the list, or the keys of a map. */
  items(context: Context, value: unknown): readonly unknown[] {
    if (Array.isArray(value)) return value;
    const keys = some(keysOf(value));
    context.spend(keys.length);
    return keys;
  },
  size(context: Context, value: unknown): number {
    return value instanceof Special && value.type !== "map" ? bail() : some(sizeOf(context, value));
  },
  /** The text of a value within a longer string. */
  text(value: unknown): string {
    switch (typeof value) {
      case "string":
        return value;
      case "boolean":
        return String(value);
      case "number":
        return writeDouble(value);
      default:
        return bail();
    }
  },
  toPlain,
};
