/** Results as plain data, and as JSON. */
import { keysOf, valueOfKey } from "./access.ts";
import { CelError } from "./cel_error.ts";
import type { Context } from "./context.ts";
import { encodeBase64 } from "./base64.ts";
import { writeDuration, writeTimestamp } from "./time.ts";
import { setOwn } from "../contract/own_key.ts";
import {
  Double,
  Duration,
  enter,
  KeyedMap,
  Optional,
  Special,
  Timestamp,
  TypeValue,
  Uint,
} from "./values.ts";

/**
 * A result as plain data. Data that an expression passed through is the object it was, and
 * timestamps, durations and bytes are written as CEL's JSON mapping writes them.
 */
export function toPlain(context: Context, value: unknown): unknown {
  if (typeof value === "bigint") return exact(value, value);
  if (typeof value !== "object") return value;
  // What is met several times is converted once and stays shared.
  return context.needsConversion(value) ? convert(context, value, new Map()) : value;
}

function convert(context: Context, value: unknown, done: Map<unknown, unknown>): unknown {
  if (!context.needsConversion(value)) return value;
  if (typeof value === "bigint") return exact(value);
  const known = done.get(value);
  if (known !== undefined) return known;
  const plain = convertObject(context, value as object, done);
  done.set(value, plain);
  return plain;
}

function convertObject(context: Context, value: object, done: Map<unknown, unknown>): unknown {
  if (value instanceof Special && !(value instanceof KeyedMap)) {
    return value instanceof Optional ? convert(context, valueOf(value), done) : scalar(value);
  }
  if (value instanceof Uint8Array) {
    context.spendCharacters(value.length);
    return scalar(value);
  }
  if (Array.isArray(value)) {
    context.spend(1 + value.length);
    return value.map((item) => convert(context, item, done));
  }
  const keys = keysOf(value) ?? [];
  context.spend(1 + keys.length);
  const result: Record<string, unknown> = {};
  for (const key of keys) {
    setOwn(result, nameOf(key), convert(context, valueOfKey(value, key), done));
  }
  return result;
}

/** A key as the name of a field. */
function nameOf(key: unknown): string {
  return String(key instanceof Uint || key instanceof Double ? key.value : key);
}

function valueOf(optional: Optional): unknown {
  if (optional.value !== undefined) return optional.value;
  throw new CelError("The result is an optional without a value", {
    help: "Say what to use instead: append `.orValue(…)`",
  });
}

function scalar(value: Special | Uint8Array): unknown {
  if (value instanceof Double) return value.value;
  if (value instanceof Uint) return exact(value.value);
  if (value instanceof Timestamp) return writeTimestamp(value);
  if (value instanceof Duration) return writeDuration(value);
  if (value instanceof TypeValue) return value.name;
  return encodeBase64(value as Uint8Array);
}

/** An integer as a number; `whole` is the result if it consists of the integer. */
function exact(value: bigint, whole?: bigint): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new CelError("The result is an integer beyond 2^53, which cannot be kept exactly", {
    integer: whole,
    help: "Write string(…) around it to keep it as text, or double(…) to have it rounded",
  });
}

/** A value as JSON. Every node is counted, one that is met several times each time. */
export function toJson(context: Context, value: unknown): string {
  if (typeof value === "string") {
    context.spendText(value.length);
    return JSON.stringify(value);
  }
  context.spend(1);
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") return JSON.stringify(value);
  if (value instanceof Optional) return toJson(context, valueOf(value));
  if (value instanceof Uint) return String(value.value);
  if (Array.isArray(value)) {
    return `[${value.map((item) => toJson(context, enter(item) ?? null)).join(",")}]`;
  }
  if (value instanceof Uint8Array) context.spendCharacters(value.length);
  if (value instanceof Uint8Array || value instanceof Special && !(value instanceof KeyedMap)) {
    return JSON.stringify(scalar(value));
  }
  const entries = (keysOf(value) ?? []).flatMap((key) => {
    const item = valueOfKey(value, key);
    if (item === undefined) return [];
    const name = nameOf(key);
    context.spendReading(name.length);
    return [`${JSON.stringify(name)}:${toJson(context, item)}`];
  });
  return `{${entries.join(",")}}`;
}
