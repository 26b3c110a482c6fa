/**
 * Values as bytes: JSON, plus what it cannot write. Anything else is refused rather than changed on
 * the way.
 */
import { formatField } from "../../contract/author.ts";

/** Thrown for a value that cannot cross; the message is the end of a sentence. */
export class Unsendable extends Error {}

/** Deeper values are refused, so that a value cannot exhaust the stack of either side. */
const DEEPEST = 1_000;

/** What a map whose only key has one of these names represents. */
const TAGS: ReadonlySet<string> = new Set(["$date", "$bytes", "$bigint", "$number", "$map"]);

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A value as bytes. Throws {@link Unsendable}. */
export function encodeValue(value: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(outgoing(value, [])));
}

/** The value that {@link encodeValue} has written. Throws a `SyntaxError` for anything else. */
export function decodeValue(data: Uint8Array): unknown {
  const text = decoder.decode(data);
  const value: unknown = JSON.parse(text);
  return text.includes('"$') ? incoming(value, 0) : value;
}

/** A value as JSON data. */
function outgoing(value: unknown, path: (string | number)[]): unknown {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "undefined":
      return null;
    case "number":
      if (Number.isFinite(value) && !Object.is(value, -0)) return value;
      return { $number: Object.is(value, -0) ? "-0" : String(value) };
    case "bigint":
      return { $bigint: String(value) };
    case "object":
      return value === null ? null : outgoingObject(value, path);
    default:
      throw refused(path, `a ${typeof value}`);
  }
}

function outgoingObject(value: object, path: (string | number)[]): unknown {
  if (path.length > DEEPEST) {
    throw refused(path.slice(0, 3), `nested deeper than ${DEEPEST} levels`);
  }
  if (Array.isArray(value)) return value.map((item, index) => below(item, index, path));
  if (value instanceof Date) return { $date: value.getTime() };
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    return { $bytes: toBase64(bytesIn(value)) };
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return outgoingInstance(value, path);
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  const [only, ...others] = entries;
  const isTag = only !== undefined && others.length === 0 && TAGS.has(only[0]);
  const map = Object.fromEntries(entries.map(([key, item]) => [key, below(item, key, path)]));
  return isTag ? { $map: map } : map;
}

/** An instance of a class crosses as data if it says how it is written as JSON. */
function outgoingInstance(value: object, path: (string | number)[]): unknown {
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === "function") return outgoing(toJSON.call(value, ""), path);
  const name = (value.constructor as { name?: unknown } | undefined)?.name;
  throw refused(path, typeof name === "string" && name !== "" ? `a ${name}` : "an instance");
}

function below(item: unknown, step: string | number, path: (string | number)[]): unknown {
  path.push(step);
  const made = outgoing(item, path);
  path.pop();
  return made;
}

function refused(path: readonly (string | number)[], what: string): Unsendable {
  return new Unsendable(`${path.length === 0 ? "it" : `\`${formatField(path)}\``} is ${what}`);
}

function bytesIn(value: ArrayBuffer | ArrayBufferView): Uint8Array {
  return value instanceof ArrayBuffer
    ? new Uint8Array(value)
    : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

/** JSON data with the values that its tags represent. */
function incoming(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth > DEEPEST + 1) throw new SyntaxError(`It is nested deeper than ${DEEPEST} levels`);
  if (Array.isArray(value)) return value.map((item) => incoming(item, depth + 1));
  const [tag, ...others] = Object.keys(value);
  const map = value as Readonly<Record<string, unknown>>;
  if (tag === undefined || others.length > 0 || !TAGS.has(tag)) return incomingMap(map, depth);
  const inner = map[tag];
  switch (tag) {
    case "$date":
      return new Date(typeof inner === "number" ? inner : NaN);
    case "$number":
      return Number(inner);
    case "$bigint":
      return BigInt(String(inner).slice(0, 100_000));
    case "$bytes":
      return fromBase64(String(inner));
    default:
      return incomingMap(inner as Readonly<Record<string, unknown>>, depth);
  }
}

function incomingMap(map: Readonly<Record<string, unknown>>, depth: number): unknown {
  return Object.fromEntries(
    Object.entries(map ?? {}).map(([key, item]) => [key, incoming(item, depth + 1)]),
  );
}

/** Longer lists of arguments overflow the stack. */
const SLICE = 8_192;

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += SLICE) {
    text += String.fromCharCode(...bytes.subarray(at, at + SLICE));
  }
  return btoa(text);
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
