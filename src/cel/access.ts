/** Reading fields, elements and keys. `undefined` is what is not there. */
import type { Context } from "./context.ts";
import { setOwn } from "../contract/own_key.ts";
import {
  Double,
  enter,
  isObjectMap,
  KeyedMap,
  normalKey,
  Optional,
  Special,
  Uint,
} from "./values.ts";

/**
 * The value of a field, or of a key that is a string.
 *
 * @throws CelError if a later stage provides it
 */
export function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  // Nearly every map is a plain object, which one comparison shows.
  if (Object.getPrototypeOf(value) === Object.prototype || isObjectMap(value)) {
    return Object.hasOwn(value, name)
      ? enter((value as Readonly<Record<string, unknown>>)[name])
      : undefined;
  }
  return value instanceof KeyedMap ? value.entries.get(name)?.[1] : undefined;
}

/**
 * `found` in the field of a map, or null if nothing was found because JavaScript left it undefined,
 * as the result of a function without one is. For `has()` and `.?` such a field is missing.
 */
export function orNull(found: unknown, value: unknown, name: unknown): unknown {
  if (found !== undefined) return found;
  if (typeof name !== "string" || typeof value !== "object" || value === null) return undefined;
  // The environment has no prototype, and a variable that is undefined there is not set.
  if (Object.getPrototypeOf(value) !== Object.prototype || !Object.hasOwn(value, name)) {
    return undefined;
  }
  return (value as Readonly<Record<string, unknown>>)[name] === undefined ? null : undefined;
}

/** Whether a map has the key; its value is not looked at. */
export function hasField(value: unknown, name: string): boolean {
  if (isObjectMap(value)) return Object.hasOwn(value, name) && value[name] !== undefined;
  return value instanceof KeyedMap && value.entries.has(name);
}

/** The element of a list, or the value of a key. */
export function elementOf(value: unknown, index: unknown): unknown {
  if (Array.isArray(value)) {
    const at = positionOf(index);
    return at !== undefined && at >= 0 && at < value.length ? enter(value[at]) ?? null : undefined;
  }
  if (typeof index === "string") return fieldOf(value, index);
  return value instanceof KeyedMap ? value.entries.get(normalKey(index))?.[1] : undefined;
}

/** An index as a number: an int, or a uint or double of the same value. */
function positionOf(index: unknown): number | undefined {
  if (typeof index === "number") return Number.isSafeInteger(index) ? index : undefined;
  if (index instanceof Double) return index.value;
  return index instanceof Uint ? Number(index.value) : undefined;
}

/** Whether a map has a key of any type. */
export function hasKey(map: unknown, key: unknown): boolean {
  if (map instanceof KeyedMap) return map.entries.has(normalKey(key));
  return typeof key === "string" && hasField(map, key);
}

/** The keys of a map; `undefined` for what is not a map. */
export function keysOf(value: unknown): readonly unknown[] | undefined {
  if (value instanceof KeyedMap) return Array.from(value.entries.values(), ([key]) => key);
  if (!isObjectMap(value)) return undefined;
  return Object.keys(value).filter((key) => value[key] !== undefined);
}

/** The value of a key that {@link keysOf} gave. */
export function valueOfKey(map: unknown, key: unknown): unknown {
  return map instanceof KeyedMap
    ? map.entries.get(normalKey(key))?.[1]
    : enter((map as Readonly<Record<string, unknown>>)[key as string]);
}

/** How many elements, entries, bytes or characters there are; `undefined` for other types. */
export function sizeOf(context: Context, value: unknown): number | undefined {
  if (typeof value === "string") {
    context.spendReading(value.length);
    return lengthOf(value);
  }
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length;
  if (value instanceof KeyedMap) return value.entries.size;
  const length = keysOf(value)?.length;
  if (length !== undefined) context.spend(length >> 2);
  return length;
}

const SURROGATE = /[\ud800-\udfff]/;

/** True for text whose characters are not all single code units. */
export function hasSurrogates(text: string): boolean {
  return SURROGATE.test(text);
}

/** How many characters a string has. */
export function lengthOf(text: string): number {
  if (!hasSurrogates(text)) return text.length;
  let length = 0;
  for (const _ of text) length++;
  return length;
}

/** Whether a value is the one that its type begins with: 0, an empty string, list or map. */
export function isZero(context: Context, value: unknown): boolean {
  if (value === null || value === false || value === "" || value === 0) return true;
  if (value instanceof Uint) return value.value === 0n;
  if (value instanceof Double) return value.value === 0;
  if (value instanceof Optional) return value.value === undefined;
  if (value instanceof Special && "nanos" in value) return value.nanos === 0n;
  return typeof value === "object" && sizeOf(context, value) === 0;
}

/** Builds a map: a plain object, unless a key is not a string. */
export class MapBuilder {
  readonly #context: Context;
  #object: Record<string, unknown> | undefined = {};
  #keyed: KeyedMap | undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  /** Adds an entry; false for a key that is there already. */
  add(key: unknown, value: unknown): boolean {
    if (this.#object !== undefined && typeof key === "string") {
      if (Object.hasOwn(this.#object, key)) return false;
      setOwn(this.#object, key, value);
      this.#context.note(this.#object, value);
      return true;
    }
    const { entries } = this.#keyed ??= this.#toKeyed();
    const normal = normalKey(key);
    if (entries.has(normal)) return false;
    entries.set(normal, [key, value]);
    return true;
  }

  build(): object {
    // One of the two is set at any time.
    return this.#keyed ?? this.#object!;
  }

  #toKeyed(): KeyedMap {
    const map = new KeyedMap();
    for (const [key, value] of Object.entries(this.#object ?? {})) {
      map.entries.set(key, [key, value]);
    }
    this.#object = undefined;
    return map;
  }
}

/** The code point at a position in a string, or of its first character. */
export function codePoint(text: string, at = 0): number {
  // Callers know that there is a character.
  return text.codePointAt(at)!;
}

/** The character at a position in a string. */
export function characterAt(text: string, at: number): string {
  return String.fromCodePoint(codePoint(text, at));
}
