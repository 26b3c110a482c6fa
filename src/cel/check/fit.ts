/** Whether a value of one type can be what another type asks for, and if not, where and why. */
import { didYouMean } from "../../diagnostics/nearest.ts";
import { isNumeric, type MapType, membersOf, type Type, typeWithArticle } from "../types.ts";

/** Why a value does not fit: no value of its type does. */
export interface Misfit {
  /** Where in the value. */
  readonly path: readonly string[];
  /** The end of a sentence about the place: "must be a string, and this is an integer". */
  readonly problem: string;
  readonly help: string | undefined;
  /** True for a field that is not expected: the key is wrong, not the value. */
  readonly isKey: boolean;
}

/** Types as plain data: what expressions give as a string. */
const WRITTEN_AS_STRING: readonly string[] = ["timestamp", "duration", "bytes", "type", "uint"];

/** Everything about a value of type `type` that can never fit `expected`. */
export function misfits(type: Type, expected: Type, path: readonly string[] = []): Misfit[] {
  if (expected.kind === "dyn") return [];
  let best: Misfit[] | undefined;
  for (const member of membersOf(type)) {
    for (const wanted of membersOf(expected)) {
      const found = memberMisfits(member, wanted, path);
      if (found?.length === 0) return [];
      // What has the right type says more than that it has the wrong one.
      if (found !== undefined) best ??= found;
    }
  }
  return best ?? [{
    path,
    problem: `must be ${typeWithArticle(expected)}, and this is ${typeWithArticle(type)}`,
    help: undefined,
    isKey: false,
  }];
}

/** `undefined` if the types have nothing in common. */
function memberMisfits(
  type: Type,
  expected: Type,
  path: readonly string[],
): Misfit[] | undefined {
  if (type.kind === "dyn" || expected.kind === "dyn") return [];
  // Without a value it gives null, which may be what is expected.
  if (type.kind === "optional") {
    return expected.kind === "null" ? [] : misfits(type.value, expected, path);
  }
  if (isNumeric(type) && isNumeric(expected)) return [];
  if (expected.kind === "string" && WRITTEN_AS_STRING.includes(type.kind)) return [];
  if (type.kind === "list" && expected.kind === "list") {
    // An empty list fits whatever its elements would have to be.
    return [];
  }
  if (type.kind === "map" && expected.kind === "map") return mapMisfits(type, expected, path);
  return type.kind === expected.kind ? [] : undefined;
}

function mapMisfits(type: MapType, expected: MapType, path: readonly string[]): Misfit[] {
  const found: Misfit[] = [];
  const meant = new Set<string>();
  for (const [name, { type: field, required }] of type.fields) {
    const wanted = expected.fields.get(name)?.type ?? expected.rest;
    if (wanted !== undefined) {
      // A field that may be missing fits by being so.
      if (required) found.push(...misfits(field, wanted, [...path, name]));
      continue;
    }
    if (!required) continue;
    const free = [...expected.fields.keys()].filter((known) => !type.fields.has(known));
    const help = didYouMean(name, free) ?? listed([...expected.fields.keys()]);
    for (const known of free) if (help === `Did you mean "${known}"?`) meant.add(known);
    found.push({ path: [...path, name], problem: "is not expected", help, isKey: true });
  }
  if (type.rest !== undefined) return found;
  for (const [name, { type: wanted, required }] of expected.fields) {
    // A misspelt field is one mistake, not also a missing one.
    if (!required || type.fields.has(name) || meant.has(name)) continue;
    found.push({
      path,
      problem: `must have "${name}"`,
      help: `Add \`${name}\`, ${typeWithArticle(wanted)}`,
      isKey: false,
    });
  }
  return found;
}

function listed(names: readonly string[]): string | undefined {
  if (names.length === 0) return "Nothing is expected here";
  return names.length > 12 ? undefined : `Expected: ${names.join(", ")}`;
}
