/**
 * Marks sensitive parts of resources. A string cannot carry a mark, so the map or list that
 * contains it does; output shows the replacement recorded here.
 */
import type { Path } from "./resource.ts";

/** A sensitive value in a resource. */
export interface SensitivePart {
  readonly path: Path;
  /** The replacement that is shown. */
  readonly shown: string;
}

/** The replacement for a sensitive value. */
export const REDACTED = "[redacted]";

const hidden = new WeakMap<object, Map<string, string>>();

/** Marks the value at `key` of a map or list; `shown` is its replacement. */
export function hidePart(container: object, key: string | number, shown: string): void {
  let parts = hidden.get(container);
  if (parts === undefined) hidden.set(container, parts = new Map());
  parts.set(String(key), shown);
}

/** The replacements for the sensitive values of a map or list, by key. */
export function hiddenParts(container: object): ReadonlyMap<string, string> | undefined {
  return hidden.get(container);
}
