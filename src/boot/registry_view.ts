/** Maps that are read only for JavaScript authors too (decision D-36). */
import { fail } from "../contract/errors.ts";

/** Makes `map` refuse every change from now on. */
export function readOnly<Key, Value>(map: Map<Key, Value>): Map<Key, Value> {
  return Object.assign(map, { set: refuse, delete: refuse, clear: refuse });
}

function refuse(): never {
  throw fail("ERR_USAGE", { problem: "The registry is a read-only view" }, {
    help: "Add a resource with ctx.registerResource(), until Runtime.Started",
  });
}
