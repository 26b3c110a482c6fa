/**
 * Values that expressions compute with. Plain data is used as it is: strings, booleans, null,
 * arrays as lists, objects as maps, and numbers. A number with an integral value is an int as
 * long as it is exact; a double with such a value is boxed, and an int beyond 2^53 is a BigInt.
 */
import { isDeferred } from "../contract/resource.ts";
import { CelError } from "./cel_error.ts";

/** The types of values, as the language names them. */
export type TypeName =
  | "null"
  | "bool"
  | "int"
  | "uint"
  | "double"
  | "string"
  | "bytes"
  | "list"
  | "map"
  | "timestamp"
  | "duration"
  | "optional"
  | "type";

/** A value that plain data has no form for. */
export abstract class Special {
  abstract readonly type: TypeName;
}

/** A double whose value is integral, which a number could not tell from an int. */
export class Double extends Special {
  readonly type = "double";
  readonly value: number;

  constructor(value: number) {
    super();
    this.value = value;
  }
}

/** An unsigned integer of 64 bits. */
export class Uint extends Special {
  readonly type = "uint";
  readonly value: bigint;

  constructor(value: bigint) {
    super();
    this.value = value;
  }
}

/** Nanoseconds since 1970. */
export class Timestamp extends Special {
  readonly type = "timestamp";
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    super();
    this.nanos = nanos;
  }
}

/** Nanoseconds. */
export class Duration extends Special {
  readonly type = "duration";
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    super();
    this.nanos = nanos;
  }
}

/** A value that may be missing. */
export class Optional extends Special {
  static readonly none: Optional = new Optional(undefined);
  readonly type = "optional";
  /** `undefined` if there is none. */
  readonly value: unknown;

  constructor(value: unknown) {
    super();
    this.value = value;
  }
}

/** A type as a value: what `type(x)` gives. */
export class TypeValue extends Special {
  readonly type = "type";
  readonly name: string;

  constructor(name: string) {
    super();
    this.name = name;
  }
}

/** A map with keys other than strings; one with only strings is a plain object. */
export class KeyedMap extends Special {
  readonly type = "map";
  /** By normalised key, so that `1`, `1u` and `1.0` are one. */
  readonly entries: Map<unknown, readonly [key: unknown, value: unknown]> = new Map();
}

/** A BigInt as an int: a number wherever that is exact. */
export function int(value: bigint): number | bigint {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  if (value < -(2n ** 63n) || value >= 2n ** 63n) throw overflow();
  return value;
}

/** A BigInt as a uint. */
export function uint(value: bigint): Uint {
  if (value < 0n || value >= 2n ** 64n) throw overflow();
  return new Uint(value);
}

/** A number as a double. */
export function double(value: number): number | Double {
  return Number.isSafeInteger(value) ? new Double(value) : value;
}

/** The error of a result that is out of range. */
export function overflow(): CelError {
  return new CelError("The result does not fit into 64 bits");
}

/** The type of a value. */
export function typeOf(value: unknown): TypeName {
  switch (typeof value) {
    case "string":
      return "string";
    case "boolean":
      return "bool";
    case "bigint":
      return "int";
    case "number":
      return Number.isSafeInteger(value) ? "int" : "double";
  }
  if (value === null) return "null";
  if (Array.isArray(value)) return "list";
  if (value instanceof Special) return value.type;
  return value instanceof Uint8Array ? "bytes" : "map";
}

/** The value of an int, uint or double for comparing; `undefined` for anything else. */
export function numeric(value: unknown): number | bigint | undefined {
  if (typeof value === "number" || typeof value === "bigint") return value;
  return value instanceof Double || value instanceof Uint ? value.value : undefined;
}

/** True for a map that is a plain object. */
export function isObjectMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Special) && !(value instanceof Uint8Array);
}

/**
 * A value of the data that an expression reads. `undefined` is what data cannot hold.
 *
 * @throws CelError if a later stage provides the value
 */
export function enter(value: unknown): unknown {
  if (typeof value === "object" && value !== null) {
    const prototype = Object.getPrototypeOf(value);
    return prototype === Object.prototype || prototype === Array.prototype
      ? value
      : enterObject(value);
  }
  return typeof value === "function" || typeof value === "symbol" ? undefined : value;
}

function enterObject(value: object): unknown {
  if (value instanceof Special || value instanceof Uint8Array) return value;
  if (value instanceof Date) return new Timestamp(BigInt(value.getTime()) * 1_000_000n);
  if (value instanceof Map) {
    const map = new KeyedMap();
    for (const [key, item] of value) map.entries.set(normalKey(key), [key, enter(item) ?? null]);
    return map;
  }
  if (isDeferred(value)) throw new CelError("The value is not known yet", { waits: true });
  return value;
}

/** What a key is stored by; numbers of different types that are equal are one key. */
export function normalKey(key: unknown): unknown {
  const number = typeof key === "object" ? numeric(key) : key;
  if (typeof number !== "bigint") return number === undefined ? key : number;
  const exact = Number(number);
  return Number.isSafeInteger(exact) ? exact : number;
}
