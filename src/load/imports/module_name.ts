/** The names of modules. */
import type { Path, ValueMap } from "../../contract/resource.ts";
import { isReservedName } from "../../contract/reserved.ts";
import { isKind } from "../../contract/urn.ts";
import { type Fields, isMisspelt, nameOf, readText, reportField } from "../yaml/fields.ts";
import { pathOf } from "../../diagnostics/origin.ts";

/** The name of a manifest; a missing or invalid one is reported and gives `undefined`. */
export function readName(
  map: ValueMap,
  known: readonly string[],
  fields: Fields,
): string | undefined {
  const value = map["name"];
  if (isMisspelt(map, "name", known)) return undefined;
  if (value === undefined || value === null) {
    const help = `Add one, such as \`name: ${nameOfFolder(fields.document.source.url)}\``;
    reportField(fields, [], "The manifest has no `name`", help);
    return undefined;
  }
  return checkName(readText(value, ["name"], fields), ["name"], fields);
}

/** The name that an import gives a module, if it does; an invalid one is reported. */
export function readAlias(map: ValueMap, path: Path, fields: Fields): string | undefined {
  if (map["as"] === undefined) return undefined;
  const at = [...path, "as"];
  return checkName(readText(map["as"], at, fields), at, fields);
}

/** The name, or `undefined` after reporting why it is not one. */
function checkName(name: string | undefined, at: Path, fields: Fields): string | undefined {
  if (name === undefined) return undefined;
  if (name.includes("${")) {
    const help = "Expressions are allowed only in `imports` and `resources`: write the value out";
    reportField(fields, at, `${nameOf(at)} cannot contain an expression`, help);
  } else if (isReservedName(name)) {
    const help = "Choose another name";
    reportField(fields, at, `"${name}" is reserved and cannot name a module`, help);
  } else if (!isKind(name)) {
    const proposal = asName(name);
    const help = "A name is made of letters, digits and _, in parts joined by dots" +
      (proposal === undefined ? "" : `: write ${proposal}`);
    reportField(fields, at, `"${name}" cannot name a module`, help);
  } else return name;
  return undefined;
}

/** The fallback for a manifest without a name: that of its folder. */
export function nameOfFolder(url: string): string {
  return asName(pathOf(new URL(".", url).href).split("/").at(-2) ?? "") ?? "module";
}

function asName(text: string): string | undefined {
  const name = text.replace(/[^A-Za-z0-9_.]+/g, "_");
  return isKind(name) && !isReservedName(name) ? name : undefined;
}
