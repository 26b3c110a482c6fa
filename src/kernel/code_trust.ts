/** How much the code of each resource is trusted. */
import { type CodeTrust, isWebAssembly } from "../contract/code.ts";
import { resolveLocation } from "../contract/location.ts";
import type { KindTable } from "../load/registry/kinds.ts";
import type { RegistryEntry } from "../load/registry/registry.ts";
import type { ChosenEntries } from "./controller_choices.ts";
import { codeFields } from "./verify/check_code.ts";
import { namedFiles } from "./verify/named_files.ts";

/**
 * What runs the code of a resource; `undefined` if it has none but that of Digly's own modules. A
 * kind that runs code of the app isolates it if the resource has a field `isolate`.
 */
export function trustOf(
  entry: RegistryEntry,
  kinds: KindTable,
  chosen: ChosenEntries,
): CodeTrust | undefined {
  const { kind, resource } = entry;
  const controller = chosen.get(kind);
  if (controller !== undefined) {
    if (isWebAssembly(controller.entrypoint)) return "wasm";
    const url = resolveLocation(controller.entrypoint, controller.base);
    if (!url.startsWith("digly:")) return "trusted";
  }
  if (kinds.get(kind)?.implementation.type === "code") return "trusted";
  const hasCode = codeFields(kind, kinds).some(({ name }) => typeof resource[name] === "string") ||
    namedFiles(entry, kinds).some(({ role }) => role === "module");
  if (!hasCode) return undefined;
  const { isolate = false } = resource as { readonly isolate?: unknown };
  return isolate === false ? "trusted" : "isolated";
}
