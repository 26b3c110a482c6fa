/**
 * Values on their way into CEL and back. CEL tells integers from doubles, JavaScript does
 * not: an integral number enters as a BigInt, and every number comes back as a number.
 */
import { Optional } from "@marcbachmann/cel-js";
import { Duration, UnsignedInt } from "@marcbachmann/cel-js/evaluator";
import { isDeferred } from "../contract/resource.ts";
import { countSteps, problem } from "./evaluation.ts";
import { weigh } from "./weigh.ts";

/** What it costs to take in a list, whatever it holds. */
const LIST_STEPS = 4;

/** The data a converted list was made of, so that it comes back as it was. */
const sources = new WeakMap<object, unknown>();

const sizes = new WeakMap<object, number>();

/** How many values a value consists of, one that is met several times counted each time. */
export function sizeOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  if (value instanceof DataMap) return weigh(value.data).nodes;
  if (!Array.isArray(value) && !(value instanceof Map)) return 1;
  let size = sizes.get(value);
  if (size === undefined) {
    size = 1;
    for (const item of value.values()) size += sizeOf(item);
    sizes.set(value, size);
  }
  return size;
}

/** A value as CEL computes with it. Mappings are converted only as far as they are read. */
export function toCel(value: unknown): unknown {
  switch (typeof value) {
    case "string":
    case "boolean":
    case "bigint":
      return value;
    case "number":
      return Number.isSafeInteger(value) ? BigInt(value) : value;
    case "object":
      break;
    default:
      return undefined;
  }
  if (value === null || value instanceof Date || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return listToCel(value);
  if (isDeferred(value)) throw problem("The value is not known yet", { waits: true });
  return value instanceof Map ? mapToCel(value) : new DataMap(value as Record<string, unknown>);
}

function listToCel(list: readonly unknown[]): readonly unknown[] {
  // A list may be met many times in lists of lists: it is copied, and counted, every time.
  countSteps(list.length + LIST_STEPS);
  let copy: unknown[] | undefined;
  for (let index = 0; index < list.length; index++) {
    const item = toCel(list[index]) ?? null;
    if (copy !== undefined) copy.push(item);
    else if (item !== list[index]) copy = [...list.slice(0, index), item];
  }
  const converted = copy ?? list;
  sources.set(converted, list);
  return converted;
}

function mapToCel(map: ReadonlyMap<unknown, unknown>): Map<unknown, unknown> {
  const converted = new Map<unknown, unknown>();
  for (const [key, item] of map) converted.set(toCel(key), toCel(item) ?? null);
  sources.set(converted, map);
  return converted;
}

/**
 * A mapping as CEL sees it: own keys only, whatever they are called, each value converted
 * when it is first read. The map it inherits from keeps the converted values.
 */
class DataMap extends Map<unknown, unknown> {
  readonly data: Readonly<Record<string, unknown>>;
  #names: readonly string[] | undefined;

  constructor(data: Readonly<Record<string, unknown>>) {
    super();
    this.data = data;
  }

  get #keys(): readonly string[] {
    return this.#names ??= Object.keys(this.data).filter((key) => this.data[key] !== undefined);
  }

  override get size(): number {
    return this.#keys.length;
  }

  override has(key: unknown): boolean {
    return typeof key === "string" && Object.hasOwn(this.data, key);
  }

  override get(key: unknown): unknown {
    if (!this.has(key)) return undefined;
    const known = super.get(key);
    if (known !== undefined) return known;
    const converted = toCel(this.data[key as string]);
    if (typeof converted === "object") super.set(key, converted);
    return converted;
  }

  override *keys(): MapIterator<unknown> {
    yield* this.#keys;
  }

  override *values(): MapIterator<unknown> {
    for (const key of this.#keys) yield this.get(key);
  }

  override *entries(): MapIterator<[unknown, unknown]> {
    for (const key of this.#keys) yield [key, this.get(key)];
  }

  override [Symbol.iterator](): MapIterator<[unknown, unknown]> {
    return this.entries();
  }
}
// The library tells types apart by their constructor.
Object.defineProperty(DataMap.prototype, "constructor", { value: Map });

/**
 * A result as plain data. What an expression passed through unchanged is the object it was;
 * timestamps, durations and bytes are written as CEL's JSON mapping writes them.
 */
export function fromCel(value: unknown): unknown {
  switch (typeof value) {
    case "bigint":
      return safeNumber(value);
    case "object":
      break;
    default:
      return value;
  }
  if (value === null) return null;
  if (value instanceof DataMap) return value.data;
  const source = sources.get(value);
  if (source !== undefined) return source;
  if (Array.isArray(value)) {
    countSteps(value.length);
    return value.map(fromCel);
  }
  if (value instanceof Map) {
    countSteps(value.size);
    const result: Record<string, unknown> = {};
    for (const [key, item] of value) setOwn(result, String(key), fromCel(item));
    return result;
  }
  if (value instanceof UnsignedInt) return safeNumber(value.value);
  if (value instanceof Date) return value.toISOString().replace(/\.000Z$/, "Z");
  if (value instanceof Duration) return value.toString();
  if (value instanceof Uint8Array) return toBase64(value);
  if (value instanceof Optional) return fromOptional(value);
  if (isPlain(value)) return value;
  return (value as { name?: unknown }).name ?? String(value);
}

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

function fromOptional(value: Optional): unknown {
  if (value.hasValue()) return fromCel(value.value());
  throw problem("The result is an optional without a value", {
    help: "Say what holds then: append `.orValue(…)`",
  });
}

function safeNumber(value: bigint): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw problem("The result is an integer beyond 2^53, which cannot be kept exactly", {
    help: "Write string(…) around it to keep it as text, or double(…) to have it rounded",
  });
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** Sets an own key, also one that an assignment would take for the prototype. */
export function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(target, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  } else target[key] = value;
}

/**
 * A result as part of a longer text: strings, numbers and booleans as CEL's `string()` writes
 * them. `undefined` for what has no text: null, lists and mappings.
 */
export function toText(value: unknown): string | undefined {
  switch (typeof value) {
    case "string":
      return value;
    case "boolean":
      return String(value);
    case "number":
      if (value === Infinity) return "+Inf";
      return value === -Infinity ? "-Inf" : String(value);
    default:
      return undefined;
  }
}

/** What a value is, in words for a message. */
export function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  switch (typeof value) {
    case "string":
      return "a string";
    case "boolean":
      return "a boolean";
    case "number":
    case "bigint":
      return Number.isInteger(Number(value)) ? "an integer" : "a number";
    case "object":
      return isDeferred(value) ? "a value that is not known yet" : "a mapping";
    default:
      return "no data";
  }
}
