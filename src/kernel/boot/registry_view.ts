/** Maps that reject changes at run time, not only in types. */
import { fail } from "../../contract/errors.ts";
import type { RuntimeResource } from "../../contract/resource.ts";

/** Makes `map` throw on every change from now on. */
export function readOnly<Key, Value>(map: Map<Key, Value>): Map<Key, Value> {
  return Object.freeze(Object.setPrototypeOf(map, ReadOnlyMap.prototype));
}

/** Resources by kind and name, read only at both levels. */
export function registryView(
  resources: readonly RuntimeResource[],
  visible: (resource: RuntimeResource) => RuntimeResource = (resource) => resource,
): Map<string, Map<string, RuntimeResource>> {
  const registry = new Map<string, Map<string, RuntimeResource>>();
  for (const resource of resources) {
    let names = registry.get(resource.kind);
    if (names === undefined) registry.set(resource.kind, names = new Map());
    names.set(resource.metadata.name, visible(resource));
  }
  for (const names of registry.values()) readOnly(names);
  return readOnly(registry);
}

class ReadOnlyMap<Key, Value> extends Map<Key, Value> {
  override set(): this {
    return refuse();
  }

  override delete(): boolean {
    return refuse();
  }

  override clear(): void {
    return refuse();
  }

  /** Only newer engines have this method and the next one. */
  getOrInsert(): Value {
    return refuse();
  }

  getOrInsertComputed(): Value {
    return refuse();
  }
}

function refuse(): never {
  throw fail("ERR_USAGE", { problem: "This map is a read-only view of the running app" }, {
    help: "Add a resource with ctx.registerResource() while the app boots, and a module with " +
      "kernel.register() before it is loaded",
  });
}
