/** `requires` of a manifest: the versions of Digly that a module works with. */
import { fail } from "../../contract/errors.ts";
import { keysOf, REQUIRES_SCHEMA } from "../../contract/manifest_schema.ts";
import type { ValueMap } from "../../contract/resource.ts";
import { checkKeys, type Fields, readMap, readText, reportField } from "../yaml/fields.ts";
import { isInRange, rangeMistake } from "./version_range.ts";

const KEYS = keysOf(REQUIRES_SCHEMA);

/** False, with a report, for a module that needs another version of Digly than `version`. */
export function meetsRequirements(
  { name, requires }: ValueMap,
  version: string,
  fields: Fields,
): boolean {
  if (requires === undefined || requires === null) return true;
  const map = readMap(requires, ["requires"], "a map such as { digly: '>=0.2' }", fields);
  if (map === undefined) return true;
  checkKeys(map, KEYS, ["requires"], "`requires`", fields);
  const path = ["requires", "digly"];
  if (map["digly"] === undefined) return true;
  const range = readText(map["digly"], path, fields);
  if (range === undefined) return true;
  const mistake = rangeMistake(range);
  if (mistake !== undefined) {
    reportField(fields, path, mistake.problem, mistake.help);
    return true;
  }
  if (isInRange(version, range)) return true;
  const { document, diagnostics } = fields;
  const what = typeof name === "string" ? `The module ${name}` : "This module";
  diagnostics.error(fail("ERR_RUNTIME_MISMATCH", {
    problem: `${what} requires Digly ${range}, and this is Digly ${version}`,
  }, {
    origin: document.originAt(path),
    help: "Use a version of Digly in that range, or a version of the module that works with " +
      version,
  }));
  return false;
}
