/** Warns about paths that a manifest lists twice. */
import type { Diagnostics } from "../../contract/diagnostics.ts";
import { isInstalled } from "../../contract/location.ts";
import type { ManifestPath, ModuleManifest } from "../../contract/manifest.ts";

/**
 * A function that takes the entries of a field with the URLs they resolve to, and warns about one
 * that an earlier entry names too. A repeated path is harmless, but often another one was meant.
 */
export function createRepeatedPaths(
  manifest: ModuleManifest,
  field: "imports" | "resources",
  diagnostics: Diagnostics,
): (entry: ManifestPath, url: string) => void {
  const seen = new Map<string, string>();
  return (entry, url) => {
    // A folder may be written with or without a slash.
    const place = url.replace(/\/$/, "");
    const first = seen.get(place);
    if (first === undefined) seen.set(place, entry.path);
    else if (!isInstalled(manifest.url)) {
      diagnostics.warning({
        code: "WARN_NO_EFFECT",
        message: first === entry.path
          ? `"${entry.path}" is duplicated in \`${field}\``
          : `"${entry.path}" in \`${field}\` is the same as "${first}"`,
        origin: entry.origin,
        help: "Remove one of them",
      });
    }
  };
}
