/** The names of what an app consists of. */
import { formatUrn } from "../contract/urn.ts";
import type { Kernel } from "../kernel/kernel.ts";

/** The resources of a loaded app. */
export function urnsOf(kernel: Kernel): ReadonlySet<string> {
  return new Set(kernel.resources().map(({ kind, metadata }) => formatUrn(kind, metadata.name)));
}
