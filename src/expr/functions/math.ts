/** The functions of `math`, an official extension of CEL: `math.greatest(1, 2.5)`. */
import { UnsignedInt } from "@marcbachmann/cel-js/evaluator";
import { problem } from "../evaluation.ts";
import type { Register } from "./register.ts";

/** What `math` stands for; its functions are methods of this type. */
export class MathNamespace {}

type Numeric = bigint | number | UnsignedInt;

const MAX_INT = 2n ** 63n - 1n;
const MIN_INT = -(2n ** 63n);

/** As many arguments as `greatest` and `least` take; for more there are lists. */
const MAX_ARGUMENTS = 10;

/** Adds the functions. */
export function registerMath(register: Register): void {
  for (let count = 1; count <= MAX_ARGUMENTS; count++) {
    const types = Array.from({ length: count }, () => "dyn").join(", ");
    register(
      `MathNamespace.greatest(${types}): dyn`,
      (_: unknown, ...values: unknown[]) => extreme("greatest", values, 1),
    );
    register(
      `MathNamespace.least(${types}): dyn`,
      (_: unknown, ...values: unknown[]) => extreme("least", values, -1),
    );
  }
  const ofDouble = (name: string, result: string, compute: (value: number) => unknown) =>
    register(`MathNamespace.${name}(double): ${result}`, (_: unknown, x: number) => compute(x));
  ofDouble("ceil", "double", Math.ceil);
  ofDouble("floor", "double", Math.floor);
  ofDouble("trunc", "double", Math.trunc);
  ofDouble("round", "double", (value) => Math.sign(value) * Math.round(Math.abs(value)));
  ofDouble("sqrt", "double", Math.sqrt);
  ofDouble("abs", "double", Math.abs);
  ofDouble("sign", "double", Math.sign);
  ofDouble("isNaN", "bool", Number.isNaN);
  ofDouble("isFinite", "bool", Number.isFinite);
  ofDouble("isInf", "bool", (value) => Math.abs(value) === Infinity);
  // A manifest's 2.0 is the integer 2: what rounds and tests takes integers as well.
  for (const name of ["ceil", "floor", "trunc", "round"]) {
    register(`MathNamespace.${name}(int): int`, (_: unknown, value: bigint) => value);
  }
  register(
    "MathNamespace.sqrt(int): double",
    (_: unknown, value: bigint) => Math.sqrt(Number(value)),
  );
  register("MathNamespace.abs(int): int", (_: unknown, value: bigint) => {
    if (value === MIN_INT) throw problem("The result does not fit into 64 bits");
    return value < 0n ? -value : value;
  });
  register("MathNamespace.abs(uint): uint", (_: unknown, value: UnsignedInt) => value);
  register(
    "MathNamespace.sign(int): int",
    (_: unknown, value: bigint) => value === 0n ? 0n : value < 0n ? -1n : 1n,
  );
  register(
    "MathNamespace.sign(uint): uint",
    (_: unknown, value: UnsignedInt) => new UnsignedInt(value.value === 0n ? 0n : 1n),
  );
  registerBits(register);
}

function registerBits(register: Register): void {
  const pairs: Record<string, (left: bigint, right: bigint) => bigint> = {
    bitAnd: (left, right) => left & right,
    bitOr: (left, right) => left | right,
    bitXor: (left, right) => left ^ right,
  };
  for (const [name, compute] of Object.entries(pairs)) {
    register(
      `MathNamespace.${name}(int, int): int`,
      (_: unknown, left: bigint, right: bigint) => compute(left, right),
    );
    register(
      `MathNamespace.${name}(uint, uint): uint`,
      (_: unknown, left: UnsignedInt, right: UnsignedInt) =>
        new UnsignedInt(compute(left.value, right.value)),
    );
  }
  register("MathNamespace.bitNot(int): int", (_: unknown, value: bigint) => ~value);
  register(
    "MathNamespace.bitNot(uint): uint",
    (_: unknown, value: UnsignedInt) => new UnsignedInt(BigInt.asUintN(64, ~value.value)),
  );
  const shifts: Record<string, (value: bigint, by: bigint) => bigint> = {
    bitShiftLeft: (value, by) => value << by,
    // As on unsigned bits: zeros come in from the left.
    bitShiftRight: (value, by) => BigInt.asUintN(64, value) >> by,
  };
  for (const [name, shift] of Object.entries(shifts)) {
    const shifted = (value: bigint, by: bigint) => {
      if (by < 0n) throw problem("A shift by a negative number");
      return by > 63n ? 0n : shift(value, by);
    };
    register(
      `MathNamespace.${name}(int, int): int`,
      (_: unknown, value: bigint, by: bigint) => BigInt.asIntN(64, shifted(value, by)),
    );
    register(
      `MathNamespace.${name}(uint, int): uint`,
      (_: unknown, value: UnsignedInt, by: bigint) =>
        new UnsignedInt(BigInt.asUintN(64, shifted(value.value, by))),
    );
  }
}

function extreme(name: string, given: readonly unknown[], direction: 1 | -1): unknown {
  const list = given.length === 1 && Array.isArray(given[0]) ? given[0] as unknown[] : given;
  if (list.length === 0) throw problem(`math.${name}() got an empty list`);
  let best: unknown;
  for (const value of list) {
    if (!isNumeric(value)) throw problem(`math.${name}() takes numbers only`);
    if (best === undefined || compare(value, best as Numeric) * direction > 0) best = value;
  }
  return best;
}

function isNumeric(value: unknown): value is Numeric {
  return typeof value === "bigint" || typeof value === "number" || value instanceof UnsignedInt;
}

function compare(left: Numeric, right: Numeric): number {
  const [a, b] = [plain(left), plain(right)];
  return a < b ? -1 : a > b ? 1 : 0;
}

function plain(value: Numeric): bigint | number {
  return value instanceof UnsignedInt ? value.value : value;
}

/** Whether a number fits into a signed integer of 64 bits. */
export function fitsInt(value: bigint): boolean {
  return value >= MIN_INT && value <= MAX_INT;
}
