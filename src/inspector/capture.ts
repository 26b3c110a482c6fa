/** Copies values of an app for the inspector: bounded, plain and without secrets. */
import { plain } from "../contract/plain.ts";
import { formOf } from "../contract/results.ts";
import { REDACTED } from "../contract/sensitive.ts";
import type { CutValue } from "./api.ts";

/** The most characters of the JSON of one value. */
export const MOST_VALUE_TEXT: number = 64 * 1_024;

/** The characters of a larger value that are kept. */
const CUT_TEXT = 8 * 1_024;

/**
 * The most characters that are searched for secrets. It is much more than what is kept, so that no
 * secret is cut where it begins to be shown.
 */
const MOST_SEARCHED = 1_024 * 1_024;

/** Replaces what is sensitive. */
export type Redact = <T>(value: T) => T;

/** A value as it is recorded, and the length of its JSON. */
export interface Captured {
  readonly value: unknown;
  readonly length: number;
}

/** Captures a value. Never throws. */
export function capture(value: unknown, redact: Redact): Captured {
  if (value === undefined || value === null || typeof value === "boolean") {
    return { value, length: 4 };
  }
  try {
    const bounded = withinLimit(value);
    const shown = redact(bounded.value);
    const text = JSON.stringify(shown) ?? "null";
    if (text.length <= MOST_VALUE_TEXT && !bounded.isCut) {
      return { value: shown, length: text.length };
    }
    const cut: CutValue = {
      $cut: {
        text: text.slice(0, CUT_TEXT),
        ...(bounded.isCut ? {} : { length: text.length }),
      },
    };
    return { value: cut, length: CUT_TEXT };
  } catch {
    return { value: "[unreadable]", length: 12 };
  }
}

/** `true` if a value is, or has in it, anything that is redacted. */
export function isSensitive(value: unknown, redact: Redact): boolean {
  if (typeof value === "boolean" || value === null || value === undefined) return false;
  try {
    const bounded = withinLimit(value).value;
    return JSON.stringify(redact(bounded)) !== JSON.stringify(bounded) || hasMark(bounded);
  } catch {
    return true;
  }
}

/** True for plain data with a replacement in it. */
function hasMark(value: unknown): boolean {
  if (typeof value === "string") return value === REDACTED;
  return typeof value === "object" && value !== null && Object.values(value).some(hasMark);
}

/** Plain data of a bounded size. */
function withinLimit(value: unknown): { readonly value: unknown; readonly isCut: boolean } {
  if (typeof value === "string") {
    return { value: value.slice(0, MOST_SEARCHED), isCut: value.length > MOST_SEARCHED };
  }
  const form = formOf(value);
  if (form === "items" || form === "stream") return { value: "[stream]", isCut: false };
  if (form === "response") {
    return { value: `[response ${(value as Response).status}]`, isCut: false };
  }
  let left = MOST_SEARCHED;
  let isCut = false;
  const shorten = (item: unknown): unknown => {
    if (typeof item === "string") {
      if (item.length <= left) {
        left -= item.length;
        return item;
      }
      isCut = true;
      const part = item.slice(0, left);
      left = 0;
      return part;
    }
    if (typeof item !== "object" || item === null) return item;
    if (Array.isArray(item)) {
      for (let index = 0; index < item.length; index++) item[index] = shorten(item[index]);
      return item;
    }
    const map = item as Record<string, unknown>;
    for (const key of Object.keys(map)) {
      left -= key.length;
      if (key !== "__proto__") map[key] = shorten(map[key]);
    }
    return map;
  };
  // `plain` bounds the number of values and makes a copy, which may be changed.
  return { value: shorten(plain(value)), isCut };
}
