/**
 * Values that a check cannot know, such as that of a `Secret` whose variable is not set where the
 * check runs. They stay deferred, also in fields that are always evaluated before a boot, so the
 * check of a kind cannot judge them.
 */
import { type Deferred, isDeferred, type Path } from "../../contract/resource.ts";

const unknown = new WeakSet<Deferred>();

/** Remembers that a deferred value could not be evaluated, because something is not set. */
export function markUnknown(value: Deferred): void {
  unknown.add(value);
}

/** True if the value at a path, or one that it is a part of, is unknown. */
export function isUnknownAt(value: unknown, path: Path): boolean {
  let current = value;
  for (const key of path) {
    if (isDeferred(current) || typeof current !== "object" || current === null) break;
    current = (current as Record<string | number, unknown>)[key];
  }
  return isUnknown(current);
}

/** True if a value is unknown, or one of its parts is. */
export function containsUnknown(value: unknown): boolean {
  if (isDeferred(value)) return isUnknown(value);
  return typeof value === "object" && value !== null && Object.values(value).some(containsUnknown);
}

function isUnknown(value: unknown): boolean {
  return isDeferred(value) && unknown.has(value);
}
