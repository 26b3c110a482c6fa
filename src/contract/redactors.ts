/** What the apps of this process hide, for functions that belong to no app. */

/** Replaces what is sensitive. */
export interface Redactor {
  value<T>(value: T): T;
}

/** Shared by all copies of this file in the process. */
const KEY = Symbol.for("digly.redactors");

function all(): Set<WeakRef<Redactor>> {
  const shared = globalThis as { [KEY]?: Set<WeakRef<Redactor>> };
  return shared[KEY] ??= new Set();
}

/** Adds the redactor of an app, for as long as the app exists. */
export function addRedactor(redactor: Redactor): void {
  const redactors = all();
  for (const reference of redactors) {
    if (reference.deref() === undefined) redactors.delete(reference);
  }
  redactors.add(new WeakRef(redactor));
}

/** `value` without what any app of this process hides. */
export function redactForAll<T>(value: T): T {
  let redacted = value;
  for (const reference of all()) redacted = reference.deref()?.value(redacted) ?? redacted;
  return redacted;
}
