/** Linear-time `uniqueItems` of JSON Schema: items are compared by a canonical string. */
import { isDeferred } from "./resource.ts";
import { enter, leave, spend, step } from "./validation_budget.ts";

/** True if two items are equal as JSON: numbers by value, objects whatever the order of their keys. */
export function hasDuplicates(items: readonly unknown[]): boolean {
  const seen = new Set<string>();
  for (const item of items) {
    const key = keyOf(item);
    if (key === undefined) continue;
    if (seen.has(key)) return true;
    seen.add(key);
  }
  return false;
}

/** The canonical string of a value; `undefined` for a deferred value. */
function keyOf(value: unknown): string | undefined {
  step();
  if (typeof value === "string") return keyOfText(value);
  if (typeof value !== "object" || value === null) return String(value);
  if (isDeferred(value)) return undefined;
  enter();
  const key = Array.isArray(value)
    ? keyOfList(value)
    : keyOfMap(value as Readonly<Record<string, unknown>>);
  leave();
  return key;
}

/** The length prefix makes the concatenation of strings unambiguous. */
function keyOfText(text: string): string {
  spend(text.length >> 6);
  return `${text.length}:${text}`;
}

function keyOfList(list: readonly unknown[]): string | undefined {
  let key = "[";
  for (const item of list) {
    const own = keyOf(item);
    if (own === undefined) return undefined;
    key += own + ",";
  }
  return key + "]";
}

function keyOfMap(map: Readonly<Record<string, unknown>>): string | undefined {
  let key = "{";
  for (const name of Object.keys(map).sort()) {
    const own = keyOf(map[name]);
    if (own === undefined) return undefined;
    key += `${keyOfText(name)}=${own},`;
  }
  return key + "}";
}
