/** Reads `{runtime, entrypoint}` entries of manifests and definitions. */
import Range from "semver/classes/range.js";
import type { Diagnostics } from "../../contract/diagnostics.ts";
import type { ControllerEntry } from "../../contract/manifest.ts";
import { CONTROLLER_SCHEMA, keysOf } from "../../contract/manifest_schema.ts";
import { nearest } from "../../diagnostics/nearest.ts";
import type { Path, Value } from "../../contract/resource.ts";
import type { Located } from "../../contract/source.ts";
import {
  checkKeys,
  type Fields,
  readList,
  readMap,
  readRequired,
  reportField,
  withOrigin,
} from "../yaml/fields.ts";

const ENTRY_KEYS = keysOf(CONTROLLER_SCHEMA);

/** Runtimes that Digly runs on. An entry may be for another one, such as `rust`. */
const RUNTIMES = ["node", "deno", "bun"];

/**
 * The `{runtime, entrypoint}` entries at `path` of a document: of a manifest, or of a
 * definition. Reports `ERR_MODULE_INVALID`. Entrypoints are relative to the document's file.
 */
export function readControllerEntries(
  value: Value,
  document: Located,
  path: Path,
  diagnostics: Diagnostics,
): ControllerEntry[] {
  return readEntries(value, path, { document, diagnostics });
}

/** The entries at `path`; those with mistakes are reported and left out. */
export function readEntries(
  value: Value | undefined,
  path: Path,
  fields: Fields,
): ControllerEntry[] {
  return readList(value, path, "maps", fields, (item, at): ControllerEntry | undefined => {
    const map = readMap(item, at, "a map with `runtime` and `entrypoint`", fields);
    if (map === undefined) return undefined;
    checkKeys(map, ENTRY_KEYS, at, "a controller", fields);
    const runtime = readRequired(map, "runtime", ENTRY_KEYS, at, fields);
    const entrypoint = readRequired(map, "entrypoint", ENTRY_KEYS, at, fields);
    if (runtime === undefined || entrypoint === undefined) return undefined;
    const { document } = fields;
    // The ranges of built-in modules are tested.
    const mistake = document.source.url.startsWith("digly:") ? undefined : runtimeMistake(runtime);
    if (mistake !== undefined) {
      reportField(fields, [...at, "runtime"], mistake.problem, mistake.help);
      return undefined;
    }
    return withOrigin({ runtime, entrypoint, base: document.source.url }, document, at);
  });
}

/**
 * What is wrong with a `runtime`, whatever the runtime of this host is: an entry that never fits
 * would be skipped silently wherever another one does.
 */
function runtimeMistake(
  runtime: string,
): { readonly problem: string; readonly help: string } | undefined {
  const at = runtime.indexOf("@");
  const name = (at < 0 ? runtime : runtime.slice(0, at)).trim();
  const range = at < 0 ? undefined : runtime.slice(at + 1).trim();
  const near = RUNTIMES.includes(name) ? undefined : nearest(name, RUNTIMES);
  if (near !== undefined || name === "") {
    return {
      problem: `"${name}" is not the name of a runtime`,
      help: near === undefined
        ? `Write the name before the @, such as node@${range}`
        : `Did you mean "${near}"?`,
    };
  }
  if (range === undefined) return undefined;
  const problem = `"${range}" is not a valid version range`;
  if (range === "") {
    return {
      problem: `The version range after "${name}@" is empty`,
      help: `Write one, such as ">=20 <23", or only "${name}" for any version`,
    };
  }
  // semver reads ">=20<23" as one comparator that never matches.
  if (/[\dx*][<>~^]/i.test(range)) {
    const parts = range.replace(/([\dx*])(?=[<>~^])/gi, "$1 ");
    return { problem, help: `Put a space between its parts: "${name}@${parts}"` };
  }
  try {
    new Range(range);
    return undefined;
  } catch {
    return { problem, help: "Write it as npm does, such as >=20 <23, ^22.13 or 24.x" };
  }
}
