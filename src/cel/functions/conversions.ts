/** Conversions between types, such as `int(x)`, and `type(x)`. */
import { CelError } from "../cel_error.ts";
import type { Context } from "../context.ts";
import {
  parseDuration,
  parseTimestamp,
  timestampOf,
  writeDuration,
  writeTimestamp,
} from "../time.ts";
import {
  type Duration,
  int,
  overflow,
  type Timestamp,
  type TypeName,
  typeOf,
  TypeValue,
  type Uint,
  uint,
} from "../values.ts";
import type { Functions } from "./implementation.ts";

const same = <T>(_: Context, value: T): T => value;

export const CONVERSIONS: Functions = {
  "bool(bool)": same,
  "bool(string)": (_, text: string) => {
    if (["true", "True", "TRUE", "t", "1"].includes(text)) return true;
    if (["false", "False", "FALSE", "f", "0"].includes(text)) return false;
    throw unreadable("bool", "true or false");
  },
  "bytes(bytes)": same,
  "bytes(string)": (context, text: string) => {
    context.spendText(text.length);
    return new TextEncoder().encode(text);
  },
  "double(double)": same,
  "double(int)": (_, value: number | bigint) => Number(value),
  "double(uint)": (_, { value }: Uint) => Number(value),
  "double(string)": (context, text: string) => {
    context.spendText(text.length);
    return readDouble(text);
  },
  "duration(duration)": same,
  "duration(string)": (context, text: string) => {
    // Each part of it is computed exactly.
    context.spend(text.length);
    const duration = parseDuration(text);
    if (duration === undefined) {
      throw unreadable("duration", "numbers with the units h, m, s or ms, such as 1h30m or 24h");
    }
    return duration;
  },
  "dyn(A)": same,
  "int(int)": same,
  "int(uint)": (_, { value }: Uint) => int(value),
  "int(double)": (_, value: number) => {
    const whole = Math.trunc(value);
    // The nearest doubles to the bounds are beyond them.
    if (!(Math.abs(whole) < 2 ** 63)) throw overflow();
    // Adding 0 makes 0 of -0.
    return Number.isSafeInteger(whole) ? whole + 0 : int(BigInt(whole));
  },
  "int(string)": (_, text: string) => {
    if (!/^[+-]?\d{1,40}$/.test(text)) throw unreadable("int", "digits such as 8080");
    // Fifteen digits are exact in a number; adding 0 makes 0 of -0.
    return text.length <= 15 ? Number(text) + 0 : int(BigInt(text.replace("+", "")));
  },
  "int(timestamp)": (_, { nanos }: Timestamp) => {
    const seconds = nanos / 1_000_000_000n;
    return int(nanos % 1_000_000_000n < 0n ? seconds - 1n : seconds);
  },
  "string(string)": same,
  "string(bool)": (_, value: boolean) => String(value),
  "string(int)": (_, value: number | bigint) => String(value),
  "string(uint)": (_, { value }: Uint) => String(value),
  "string(double)": (_, value: number) => writeDouble(value),
  "string(bytes)": (context, value: Uint8Array) => {
    context.spendText(value.length);
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(value);
    } catch {
      throw new CelError("string() got bytes that are not UTF-8");
    }
  },
  "string(timestamp)": (_, value: Timestamp) => writeTimestamp(value),
  "string(duration)": (_, value: Duration) => writeDuration(value),
  "timestamp(timestamp)": same,
  "timestamp(string)": (_, text: string) => {
    const timestamp = parseTimestamp(text);
    if (timestamp === undefined) {
      throw unreadable("timestamp", "a date, a time and a zone, such as 2030-01-31T12:00:00Z");
    }
    return timestamp;
  },
  "timestamp(int)": (_, seconds: number | bigint) => timestampOf(BigInt(seconds) * 1_000_000_000n),
  "type(A)": (_, value: unknown) => new TypeValue(TYPE_NAMES[typeOf(value)] ?? typeOf(value)),
  "uint(uint)": same,
  "uint(int)": (_, value: number | bigint) => uint(BigInt(value)),
  "uint(double)": (_, value: number) => {
    const whole = Math.trunc(value);
    if (!(whole >= 0 && whole < 2 ** 64)) throw overflow();
    return uint(BigInt(whole));
  },
  "uint(string)": (_, text: string) => {
    if (!/^\d{1,40}$/.test(text)) throw unreadable("uint", "digits such as 8080");
    return uint(BigInt(text));
  },
};

/** Types whose values are called differently in the language. */
const TYPE_NAMES: Readonly<Partial<Record<TypeName, string>>> = {
  null: "null_type",
  optional: "optional_type",
  timestamp: "google.protobuf.Timestamp",
  duration: "google.protobuf.Duration",
};

function unreadable(name: string, example: string): CelError {
  return new CelError(`${name}() got a string that it cannot convert`, {
    help: `It takes ${example}`,
  });
}

function readDouble(text: string): number {
  if (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) return Number(text);
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (special === null) throw unreadable("double", "a number such as 1.5");
  const value = special[2]?.toLowerCase() === "nan" ? NaN : Infinity;
  return special[1] === "-" ? -value : value;
}

/** A double as text, as the whole language writes it. */
export function writeDouble(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}
