/** Reads `limits` of a manifest. */
import { isLimitName, isManifestLimit, type Limits, parseLimit } from "../../contract/limits.ts";
import { helpForLimitName } from "../../diagnostics/limit_names.ts";
import type { ManifestLimits } from "../../contract/manifest.ts";
import { isMap, type Value } from "../../contract/resource.ts";
import type { SourceText } from "../../contract/source.ts";
import { type Fields, readMap, reportField } from "../yaml/fields.ts";
import { firstDocument } from "../yaml/parse.ts";

/** The limits that a manifest sets; reports unknown names and values that are not limits. */
export function readLimits(value: Value | undefined, fields: Fields): ManifestLimits | undefined {
  if (value === undefined || value === null) return undefined;
  const map = readMap(value, ["limits"], "a map from the name of a limit to its value", fields);
  if (map === undefined) return undefined;
  const values: Record<string, number> = {};
  for (const [name, written] of Object.entries(map)) {
    const path = ["limits", name];
    if (!isLimitName(name)) {
      reportField(fields, path, `Unknown limit "${name}"`, helpForLimitName(name), "key");
      continue;
    }
    if (!isManifestLimit(name)) {
      const problem = `The limit "${name}" can only be set on the command line`;
      reportField(fields, path, problem, `Use --limit ${name}=${written}`, "key");
      continue;
    }
    const parsed = parseLimit(name, written);
    if ("value" in parsed) values[name] = parsed.value;
    else reportField(fields, path, parsed.problem, parsed.help);
  }
  const { document } = fields;
  return {
    values,
    get origin() {
      return document.originAt(["limits"], "key");
    },
  };
}

/**
 * The limits that the first document of a manifest sets. It is read ahead, so that they apply to
 * the rest of the file too; mistakes are reported when the manifest itself is read.
 */
export function limitsAhead(source: SourceText, limits: Limits): Partial<Limits> {
  if (!source.text.includes("limits")) return {};
  const diagnostics = { error() {}, warning() {} };
  const document = firstDocument(source, limits, diagnostics);
  if (document === undefined || !isMap(document.value)) return {};
  return readLimits(document.value["limits"], { document, diagnostics })?.values ?? {};
}
