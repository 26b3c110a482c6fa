/** `==`: any two values can be compared, and numbers of different types by their value. */
import type { Context } from "./context.ts";
import {
  Double,
  Duration,
  enter,
  isObjectMap,
  KeyedMap,
  numeric,
  Optional,
  Timestamp,
  TypeValue,
  Uint,
} from "./values.ts";

/** Whether two values are equal. */
export function equals(context: Context, left: unknown, right: unknown): boolean {
  // Comparing strings that are equal, or of the same length, reads them.
  if (typeof left === "string" && typeof right === "string" && left.length === right.length) {
    context.spendReading(left.length);
  }
  if (left === right) return true;
  if (typeof left !== "object" && typeof right !== "object") {
    // A BigInt equals a number only if they are the same integer.
    return (typeof left === "bigint" || typeof right === "bigint") && isNumber(left) &&
      isNumber(right) && sameNumber(left, right);
  }
  if (left === null || right === null) return false;
  if (
    left instanceof Double || left instanceof Uint || right instanceof Double ||
    right instanceof Uint
  ) {
    const a = numeric(left);
    const b = numeric(right);
    return a !== undefined && b !== undefined && sameNumber(a, b);
  }
  if (Array.isArray(left)) {
    return Array.isArray(right) && left.length === right.length && equalLists(context, left, right);
  }
  if (left instanceof Uint8Array) {
    return right instanceof Uint8Array && compareBytes(context, left, right) === 0;
  }
  if (left instanceof Timestamp) return right instanceof Timestamp && left.nanos === right.nanos;
  if (left instanceof Duration) return right instanceof Duration && left.nanos === right.nanos;
  if (left instanceof TypeValue) return right instanceof TypeValue && left.name === right.name;
  if (left instanceof Optional) {
    if (!(right instanceof Optional)) return false;
    const isMissing = left.value === undefined || right.value === undefined;
    return isMissing ? left.value === right.value : equals(context, left.value, right.value);
  }
  return equalMaps(context, left, right);
}

/** Compares a BigInt and a number exactly, which `===` does not. */
function sameNumber(left: number | bigint, right: number | bigint): boolean {
  return left <= right && left >= right;
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

function equalLists(
  context: Context,
  left: readonly unknown[],
  right: readonly unknown[],
): boolean {
  context.spend(left.length + 1);
  return left.every((item, index) =>
    equals(context, enter(item) ?? null, enter(right[index]) ?? null)
  );
}

function equalMaps(context: Context, left: unknown, right: unknown): boolean {
  if (left instanceof KeyedMap) {
    if (!(right instanceof KeyedMap)) return left.entries.size === 0 && isEmptyObject(right);
    if (left.entries.size !== right.entries.size) return false;
    context.spend(left.entries.size + 1);
    for (const [key, [, item]] of left.entries) {
      const other = right.entries.get(key);
      if (other === undefined || !equals(context, item, other[1])) return false;
    }
    return true;
  }
  if (right instanceof KeyedMap) return right.entries.size === 0 && isEmptyObject(left);
  if (!isObjectMap(left) || !isObjectMap(right)) return false;
  const keys = Object.keys(left).filter((key) => left[key] !== undefined);
  context.spend(keys.length + 1);
  const others = Object.keys(right).filter((key) => right[key] !== undefined);
  return keys.length === others.length &&
    keys.every((key) =>
      Object.hasOwn(right, key) && equals(context, enter(left[key]), enter(right[key]))
    );
}

function isEmptyObject(value: unknown): boolean {
  return isObjectMap(value) && Object.keys(value).length === 0;
}

/** The order of bytes, as of words in a dictionary. */
export function compareBytes(context: Context, left: Uint8Array, right: Uint8Array): number {
  const shared = Math.min(left.length, right.length);
  context.spendReading(shared);
  for (let at = 0; at < shared; at++) {
    // Both have this many bytes.
    if (left[at] !== right[at]) return left[at]! - right[at]!;
  }
  return left.length - right.length;
}
