/**
 * Resources without expressions, as most are. Checks of expressions, and of what they gave, need not
 * look through them again.
 */
import type { RuntimeResource } from "../../contract/resource.ts";

const plain = new WeakSet<RuntimeResource>();

/** Says that a resource, which is not changed from now on, contains no deferred value. */
export function markPlain(resource: RuntimeResource): void {
  plain.add(resource);
}

/** True for a resource that certainly contains no deferred value. */
export function isPlain(resource: RuntimeResource): boolean {
  return plain.has(resource);
}
