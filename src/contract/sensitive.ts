/**
 * Which parts of resources are sensitive. A string cannot carry a mark, so the mapping or list
 * that contains it does: whoever shows one shows what stands here in the value's place.
 */

/** What is shown instead of a sensitive value. */
export const REDACTED = "[redacted]";

const hidden = new WeakMap<object, Map<string, string>>();

/** Marks the value at `key` of a mapping or list; `shown` is shown instead. */
export function hidePart(container: object, key: string | number, shown: string): void {
  let parts = hidden.get(container);
  if (parts === undefined) hidden.set(container, parts = new Map());
  parts.set(String(key), shown);
}

/** What to show instead of the sensitive values of a mapping or list, by their keys. */
export function hiddenParts(container: object): ReadonlyMap<string, string> | undefined {
  return hidden.get(container);
}
