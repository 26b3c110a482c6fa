/** How much the code of each resource is trusted. */
import { type CodeTrust, isWebAssembly } from "../contract/code.ts";
import { resolveLocation } from "../contract/location.ts";
import type { ControllerEntry } from "../contract/manifest.ts";
import type { KindTable } from "../load/registry/kinds.ts";
import type { RegistryEntry } from "../load/registry/registry.ts";
import type { ChosenEntries } from "./controller_choices.ts";
import { codeFields } from "./verify/check_code.ts";
import { namedFiles } from "./verify/named_files.ts";

/** How much controllers are trusted, which is the same for all resources of their kinds. */
const known = new WeakMap<ControllerEntry, CodeTrust | "built-in">();

/** How much the code of a controller is trusted; `undefined` for one of Digly's own modules. */
function trustOfController(controller: ControllerEntry): CodeTrust | undefined {
  let trust = known.get(controller);
  if (trust === undefined) {
    const { entrypoint, base } = controller;
    if (isWebAssembly(entrypoint)) trust = "wasm";
    else {
      const isBuiltIn = resolveLocation(entrypoint, base).startsWith("digly:");
      trust = isBuiltIn ? "built-in" : "trusted";
    }
    known.set(controller, trust);
  }
  return trust === "built-in" ? undefined : trust;
}

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
  const ofController = controller && trustOfController(controller);
  if (ofController !== undefined) return ofController;
  if (kinds.get(kind)?.implementation.type === "code") return "trusted";
  const hasCode = codeFields(kind, kinds).some(({ name }) => typeof resource[name] === "string") ||
    namedFiles(entry, kinds).some(({ role }) => role === "module");
  if (!hasCode) return undefined;
  const { isolate = false } = resource as { readonly isolate?: unknown };
  return isolate === false ? "trusted" : "isolated";
}
