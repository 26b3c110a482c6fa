/** Warns about entrypoints that no kind uses. */
import type { Diagnostics } from "../../contract/diagnostics.ts";
import { isInstalled } from "../../contract/location.ts";
import type { ControllerEntry } from "../../contract/manifest.ts";
import { changesNothing } from "./import_entrypoints.ts";
import type { LoadedModule } from "./modules.ts";

/** The part of a kind that names its controllers. */
interface Served {
  readonly implementation: {
    readonly type: string;
    readonly entries?: readonly ControllerEntry[];
  };
}

/** Warns about `entrypoints` and `importEntrypoints` that serve none of the kinds. */
export function reportUnusedEntrypoints(
  modules: readonly LoadedModule[],
  kinds: Iterable<Served>,
  diagnostics: Diagnostics,
): void {
  const used = new Set<readonly ControllerEntry[] | undefined>();
  for (const { implementation } of kinds) used.add(implementation.entries);
  for (const { manifest, entrypoints, override } of modules) {
    const [first] = entrypoints;
    if (first === undefined || used.has(entrypoints)) continue;
    const reason = manifest.definitions.length === 0
      ? `${manifest.name} defines no kinds`
      : `every kind of ${manifest.name} has controllers of its own`;
    if (override !== undefined) {
      diagnostics.warning(changesNothing(override.specifier, override.origin, reason));
    } else if (!isInstalled(manifest.url)) {
      diagnostics.warning({
        code: "WARN_UNUSED_ENTRYPOINTS",
        message: `The entrypoints are not used: ${reason}`,
        origin: first.origin,
        help: "Remove them, or the controllers that take their place",
      });
    }
  }
}
