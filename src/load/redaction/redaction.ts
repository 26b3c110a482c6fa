/**
 * Removes sensitive values from all output: in resources by their path, and elsewhere by their
 * text, in all common encodings.
 */
import { hiddenParts, REDACTED } from "../../contract/sensitive.ts";
import { withoutPasswords } from "../../contract/url_password.ts";
import { byteForms, formsOf } from "./secret_forms.ts";
import { createTextMatcher, SHORTEST_PATTERN } from "./text_matcher.ts";

/** Replaces values that contain themselves. */
const CIRCULAR = "[circular]";

/** The sensitive values of one app. */
export interface Redaction {
  /** Marks a value, and every string inside it, as sensitive. */
  add(value: unknown): void;
  /**
   * Marks a value that was computed from a sensitive one: its strings and long numbers, except those
   * that appear in the `expressions` that computed it, which are not secret.
   */
  addDerived(value: unknown, expressions: readonly string[]): void;
  /** `text` with every sensitive value in it replaced, also where it is escaped or encoded. */
  text(text: string): string;
  /** A copy of plain data with what is sensitive replaced; the same object when nothing was. */
  value<T>(value: T): T;
  /** The JSON of plain data with what is sensitive replaced. */
  json(value: object): string;
  /** True if something besides passwords in URLs is sensitive. */
  hasSecrets(): boolean;
  /** True if nothing in the JSON of data without URLs is sensitive. */
  isHarmless(json: string): boolean;
}

/** Shorter numbers are too common to be redacted. */
const SHORTEST_NUMBER = 8;

/** Makes a redaction that hides only passwords in URLs yet. */
export function createRedaction(): Redaction {
  /** Secrets that are redacted only if they are the whole text: short ones occur in unrelated text. */
  const whole = new Set<string>();
  /** True once a secret is in `whole` that a search in longer text does not find. */
  let isOnlyWhole = false;
  const matcher = createTextMatcher();

  function text(input: string): string {
    const shown = withoutPasswords(input);
    if (whole.size === 0) return shown;
    return whole.has(shown) ? REDACTED : matcher.replaceAll(shown, REDACTED);
  }

  /** The ancestors of the current value, to detect cycles. */
  const above = new Set<object>();

  function value(input: unknown): unknown {
    if (typeof input === "string") return text(input);
    if (typeof input === "number" || typeof input === "boolean") {
      return whole.has(String(input)) ? REDACTED : input;
    }
    if (typeof input !== "object" || input === null) return input;
    if (above.has(input)) return CIRCULAR;
    above.add(input);
    try {
      return objectValue(input);
    } finally {
      above.delete(input);
    }
  }

  function objectValue(input: object): unknown {
    const hidden = hiddenParts(input);
    if (Array.isArray(input)) {
      const copy = input.map((item, index) => hidden?.get(String(index)) ?? value(item));
      return copy.some((item, index) => item !== input[index]) ? copy : input;
    }
    if (input instanceof Error) {
      const message = text(input.message);
      return message === input.message ? input : message;
    }
    if ("toJSON" in input && typeof input.toJSON === "function") return value(input.toJSON());
    const keys = Object.keys(input);
    // Kept until something changes, because a getter may give something else the second time.
    const items: unknown[] = [];
    let copy: Record<string, unknown> | undefined;
    for (const key of keys) {
      const item = read(input, key);
      const redacted = hidden?.get(key) ??
        (item === UNREADABLE ? "[unreadable]" : value(item));
      const shownKey = text(key);
      if (copy === undefined && (redacted !== item || shownKey !== key)) {
        copy = {};
        // There is a key for each item.
        for (const [index, earlier] of items.entries()) setField(copy, keys[index]!, earlier);
      }
      if (copy === undefined) items.push(item);
      else setField(copy, shownKey, redacted);
    }
    return copy ?? input;
  }

  function addForms(plain: string, forms: Iterable<string>): void {
    whole.add(plain);
    let isSearched = false;
    for (const form of forms) {
      if (form.length < SHORTEST_PATTERN) continue;
      matcher.add(form);
      isSearched ||= form === plain;
    }
    isOnlyWhole ||= !isSearched;
  }

  /**
   * True if no secret is in the data that `json` was made from. One search in all of it is several
   * times as fast as one in each of its strings, which it contains as they are unless it escapes one.
   */
  function isHarmless(json: string): boolean {
    if (whole.size === 0) return true;
    return !isOnlyWhole && !json.includes("\\") && matcher.replaceAll(json, REDACTED) === json;
  }

  return {
    add(secret) {
      for (const scalar of scalarsIn(secret)) {
        if (typeof scalar === "boolean" || scalar === "") continue;
        if (typeof scalar === "object") addForms(textOf(scalar), byteForms(scalar));
        else if (!whole.has(String(scalar))) addForms(String(scalar), formsOf(String(scalar)));
      }
    },
    addDerived(value, expressions) {
      for (const scalar of scalarsIn(value)) {
        if (typeof scalar !== "string" && typeof scalar !== "number") continue;
        const plain = String(scalar);
        const shortest = typeof scalar === "number" ? SHORTEST_NUMBER : SHORTEST_PATTERN;
        if (plain.length < shortest || whole.has(plain)) continue;
        if (expressions.some((expression) => expression.includes(plain))) continue;
        addForms(plain, formsOf(plain));
      }
    },
    text,
    value: (input) => value(input) as typeof input,
    json(input) {
      const json = JSON.stringify(input);
      const isUnchanged = !json.includes("://") && isHarmless(json);
      return isUnchanged ? json : JSON.stringify(value(input));
    },
    hasSecrets: () => whole.size > 0,
    isHarmless,
  };
}

/** All scalars in a value; a byte array counts as one. */
function* scalarsIn(
  value: unknown,
  seen = new Set<object>(),
): Generator<string | number | bigint | boolean | Uint8Array> {
  switch (typeof value) {
    case "string":
    case "number":
    case "bigint":
    case "boolean":
      yield value;
      return;
    case "object":
      break;
    default:
      return;
  }
  if (value === null || seen.has(value)) return;
  seen.add(value);
  if (ArrayBuffer.isView(value)) {
    yield new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return;
  }
  const items = value instanceof Map || value instanceof Set
    ? value.values()
    : Object.values(value);
  for (const item of items) yield* scalarsIn(item, seen);
}

/** The text that bytes are usually displayed as. */
function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** Sets a field of its own, also one named `__proto__`. */
function setField(copy: Record<string, unknown>, key: string, value: unknown): void {
  const own = { value, enumerable: true, configurable: true, writable: true };
  Object.defineProperty(copy, key, own);
}

const UNREADABLE = Symbol("unreadable");

/** The value of a field, or a symbol if its getter throws. */
function read(input: object, key: string): unknown {
  try {
    return (input as Record<string, unknown>)[key];
  } catch {
    return UNREADABLE;
  }
}
