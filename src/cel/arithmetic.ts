/** The operators that compute. Mixing an int and a double gives a double. */
import type { Context } from "./context.ts";
import { CelError } from "./cel_error.ts";
import { compareBytes } from "./equality.ts";
import { Double, double, Duration, int, numeric, Timestamp, Uint, uint } from "./values.ts";
import { durationOf, timestampOf } from "./time.ts";

/** The operators of this file; `undefined` is what they give for types they do not take. */
type Operation = (context: Context, left: unknown, right: unknown) => unknown;

/** Computes with two numbers, whichever types they have. */
function arithmetic(
  compute: (left: number, right: number) => number,
  exactly: (left: bigint, right: bigint) => bigint,
): (left: unknown, right: unknown) => unknown {
  return (left, right) => {
    if (left instanceof Uint || right instanceof Uint) {
      return left instanceof Uint && right instanceof Uint
        ? uint(exactly(left.value, right.value))
        : undefined;
    }
    if (isInt(left) && isInt(right)) return int(exactly(BigInt(left), BigInt(right)));
    const a = numeric(left);
    const b = numeric(right);
    return a === undefined || b === undefined ? undefined : double(compute(Number(a), Number(b)));
  };
}

function isInt(value: unknown): value is number | bigint {
  return typeof value === "bigint" || Number.isSafeInteger(value);
}

const addNumbers = arithmetic((a, b) => a + b, (a, b) => a + b);
const subtractNumbers = arithmetic((a, b) => a - b, (a, b) => a - b);
const multiplyNumbers = arithmetic((a, b) => a * b, (a, b) => a * b);
const divideNumbers = arithmetic((a, b) => a / b, (a, b) => {
  if (b === 0n) throw divisionByZero();
  return a / b;
});

function divisionByZero(): CelError {
  return new CelError("Division by zero");
}

/** `+` */
export const add: Operation = (context, left, right) => {
  if (Number.isSafeInteger(left) && Number.isSafeInteger(right)) {
    const sum = (left as number) + (right as number);
    if (Number.isSafeInteger(sum)) return sum;
  }
  if (typeof left === "string" && typeof right === "string") {
    context.spendText(left.length + right.length);
    return left + right;
  }
  if (Array.isArray(left) && Array.isArray(right)) {
    context.spend(1 + left.length + right.length);
    const list: unknown[] = left.concat(right);
    for (const part of [left, right]) context.note(list, part);
    return list;
  }
  if (left instanceof Uint8Array && right instanceof Uint8Array) {
    context.spendText(left.length + right.length);
    const bytes = new Uint8Array(left.length + right.length);
    bytes.set(left);
    bytes.set(right, left.length);
    return bytes;
  }
  if (right instanceof Duration) {
    if (left instanceof Duration) return durationOf(left.nanos + right.nanos);
    if (left instanceof Timestamp) return timestampOf(left.nanos + right.nanos);
  } else if (left instanceof Duration && right instanceof Timestamp) {
    return timestampOf(left.nanos + right.nanos);
  }
  return addNumbers(left, right);
};

/** `-` */
export const subtract: Operation = (_context, left, right) => {
  if (Number.isSafeInteger(left) && Number.isSafeInteger(right)) {
    const difference = (left as number) - (right as number);
    if (Number.isSafeInteger(difference)) return difference;
  }
  if (left instanceof Timestamp) {
    if (right instanceof Timestamp) return durationOf(left.nanos - right.nanos);
    return right instanceof Duration ? timestampOf(left.nanos - right.nanos) : undefined;
  }
  if (left instanceof Duration) {
    return right instanceof Duration ? durationOf(left.nanos - right.nanos) : undefined;
  }
  return subtractNumbers(left, right);
};

/** `*` */
export const multiply: Operation = (_context, left, right) => {
  if (Number.isSafeInteger(left) && Number.isSafeInteger(right)) {
    const product = (left as number) * (right as number);
    // The sum makes 0 of -0, which an int does not have.
    if (Number.isSafeInteger(product)) return product + 0;
  }
  return multiplyNumbers(left, right);
};

/** `/` */
export const divide: Operation = (_context, left, right) => {
  if (Number.isSafeInteger(left) && Number.isSafeInteger(right)) {
    if (right === 0) throw divisionByZero();
    return Math.trunc((left as number) / (right as number)) + 0;
  }
  return divideNumbers(left, right);
};

/** `%` */
export const modulo: Operation = (_context, left, right) => {
  if (Number.isSafeInteger(left) && Number.isSafeInteger(right)) {
    if (right === 0) throw divisionByZero();
    return (left as number) % (right as number) + 0;
  }
  if (left instanceof Uint && right instanceof Uint) {
    if (right.value === 0n) throw divisionByZero();
    return new Uint(left.value % right.value);
  }
  if (!isInt(left) || !isInt(right)) return undefined;
  if (right === 0) throw divisionByZero();
  return int(BigInt(left) % BigInt(right));
};

/** `-x`; `undefined` for a type that has no negative. */
export function negate(value: unknown): unknown {
  if (Number.isSafeInteger(value)) return -(value as number) + 0;
  if (typeof value === "number") return -value;
  if (typeof value === "bigint") return int(-value);
  return value instanceof Double ? double(-value.value) : undefined;
}

/**
 * The order of two values: below, at or above 0, or NaN. `undefined` for types without an
 * order, or without one between them.
 */
export function compare(context: Context, left: unknown, right: unknown): number | undefined {
  if (typeof left === "string") {
    if (typeof right !== "string") return undefined;
    context.spendReading(Math.min(left.length, right.length));
    return compareText(left, right);
  }
  const a = numeric(left);
  if (a !== undefined) {
    const b = numeric(right);
    if (b === undefined) return undefined;
    // As the specification has it, an int is rounded to be compared with a double.
    if (typeof a !== typeof b) return order(Number(a), Number(b));
    return order(a, b);
  }
  if (typeof left === "boolean") {
    return typeof right === "boolean" ? Number(left) - Number(right) : undefined;
  }
  if (
    left instanceof Timestamp && right instanceof Timestamp ||
    left instanceof Duration && right instanceof Duration
  ) return left.nanos < right.nanos ? -1 : left.nanos > right.nanos ? 1 : 0;
  return left instanceof Uint8Array && right instanceof Uint8Array
    ? compareBytes(context, left, right)
    : undefined;
}

function order(a: number | bigint, b: number | bigint): number {
  return a < b ? -1 : a > b ? 1 : a === b ? 0 : NaN;
}

/** The order of code points; JavaScript compares code units, which differs beyond the BMP. */
function compareText(left: string, right: string): number {
  if (left === right) return 0;
  const shared = Math.min(left.length, right.length);
  for (let at = 0; at < shared; at++) {
    const a = left.charCodeAt(at);
    const b = right.charCodeAt(at);
    if (a === b) continue;
    // Surrogates represent the highest code points, though U+E000 to U+FFFF are above them.
    const isMixed = a >= 0xd800 && b >= 0xd800 && isSurrogate(a) !== isSurrogate(b);
    return isMixed ? (isSurrogate(a) ? 1 : -1) : a - b;
  }
  return left.length - right.length;
}

function isSurrogate(code: number): boolean {
  return code >= 0xd800 && code < 0xe000;
}
