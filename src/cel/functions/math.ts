/** The functions of `math`, an official extension: `math.greatest(1, 2.5)`. */
import { compare } from "../arithmetic.ts";
import { CelError } from "../cel_error.ts";
import type { Context } from "../context.ts";
import { enter, int, numeric, overflow, Uint } from "../values.ts";
import { typeInWords } from "../words.ts";
import type { Functions } from "./implementation.ts";

type Int = number | bigint;

const same = <T>(_: Context, value: T): T => value;
const greatest = (context: Context, ...values: unknown[]) =>
  extreme(context, "greatest", values, 1);
const least = (context: Context, ...values: unknown[]) => extreme(context, "least", values, -1);
const MIN_INT = -(2n ** 63n);

/** Rounds a half away from zero. */
function round(value: number): number {
  const rounded = Math.trunc(value);
  return Math.abs(value - rounded) < 0.5 ? rounded : rounded + Math.sign(value);
}

export const MATH: Functions = {
  ...Object.fromEntries(
    ["int", "uint", "double", "dyn"].flatMap((type) => [
      [`math.greatest(${type}...)`, greatest],
      [`math.least(${type}...)`, least],
    ]),
  ),
  "math.greatest(list<A>)": (context, list: readonly unknown[]) =>
    extreme(context, "greatest", list, 1),
  "math.least(list<A>)": (context, list: readonly unknown[]) => extreme(context, "least", list, -1),
  // A manifest's 2.0 is the integer 2: functions that round take integers as well.
  "math.ceil(int)": same,
  "math.ceil(double)": (_, value: number) => Math.ceil(value),
  "math.floor(int)": same,
  "math.floor(double)": (_, value: number) => Math.floor(value),
  "math.round(int)": same,
  "math.round(double)": (_, value: number) => round(value),
  "math.trunc(int)": same,
  "math.trunc(double)": (_, value: number) => Math.trunc(value),
  "math.abs(double)": (_, value: number) => Math.abs(value),
  "math.abs(int)": (_, value: Int) => {
    if (value === MIN_INT) throw overflow();
    return value < 0 ? -value : value;
  },
  "math.abs(uint)": same,
  "math.sign(double)": (_, value: number) => Math.sign(value),
  "math.sign(int)": (_, value: Int) => value > 0 ? 1 : value < 0 ? -1 : 0,
  "math.sign(uint)": (_, { value }: Uint) => new Uint(value === 0n ? 0n : 1n),
  "math.sqrt(double)": (_, value: number) => Math.sqrt(value),
  "math.sqrt(int)": (_, value: Int) => Math.sqrt(Number(value)),
  "math.sqrt(uint)": (_, { value }: Uint) => Math.sqrt(Number(value)),
  "math.isNaN(double)": (_, value: number) => Number.isNaN(value),
  "math.isInf(double)": (_, value: number) => Math.abs(value) === Infinity,
  "math.isFinite(double)": (_, value: number) => Number.isFinite(value),
  ...bits("bitAnd", (left, right) => left & right),
  ...bits("bitOr", (left, right) => left | right),
  ...bits("bitXor", (left, right) => left ^ right),
  "math.bitNot(int)": (_, value: Int) => int(~BigInt(value)),
  "math.bitNot(uint)": (_, { value }: Uint) => new Uint(BigInt.asUintN(64, ~value)),
  "math.bitShiftLeft(int, int)": (_, value: Int, by: Int) =>
    int(BigInt.asIntN(64, BigInt(value) << shift(by))),
  "math.bitShiftLeft(uint, int)": (_, { value }: Uint, by: Int) =>
    new Uint(BigInt.asUintN(64, value << shift(by))),
  // As on unsigned bits: zeros come in from the left.
  "math.bitShiftRight(int, int)": (_, value: Int, by: Int) =>
    int(BigInt.asIntN(64, BigInt.asUintN(64, BigInt(value)) >> shift(by))),
  "math.bitShiftRight(uint, int)": (_, { value }: Uint, by: Int) => new Uint(value >> shift(by)),
};

function bits(name: string, compute: (left: bigint, right: bigint) => bigint): Functions {
  return {
    [`math.${name}(int, int)`]: (_, left: Int, right: Int) =>
      int(compute(BigInt(left), BigInt(right))),
    [`math.${name}(uint, uint)`]: (_, left: Uint, right: Uint) =>
      new Uint(compute(left.value, right.value)),
  };
}

/** How far to shift; at 64 nothing is left, so more than that is never computed. */
function shift(by: Int): bigint {
  if (by < 0) throw new CelError("Numbers cannot be shifted by a negative number");
  return by > 64 ? 64n : BigInt(by);
}

function extreme(
  context: Context,
  name: string,
  values: readonly unknown[],
  direction: 1 | -1,
): unknown {
  if (values.length === 0) throw new CelError(`math.${name}() got an empty list`);
  context.spend(values.length);
  let best: unknown;
  for (const item of values) {
    const value = enter(item) ?? null;
    if (numeric(value) === undefined) {
      throw new CelError(`math.${name}() takes numbers, and got ${typeInWords(value)}`);
    }
    if (best === undefined || (compare(context, value, best) ?? 0) * direction > 0) best = value;
  }
  return best;
}
