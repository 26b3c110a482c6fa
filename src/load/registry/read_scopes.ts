/** Reads what a definition says about types: `scope`, `scopes`, `expects`, `execution` and `provides`. */
import type { Diagnostics } from "../../contract/diagnostics.ts";
import { fail } from "../../contract/errors.ts";
import { didYouMean } from "../../diagnostics/nearest.ts";
import { parsePattern } from "../../contract/path_pattern.ts";
import { isMap, type Path, type Value, type ValueMap } from "../../contract/resource.ts";
import type { Anchor, Located } from "../../contract/source.ts";
import { describe } from "../../template/expr/values.ts";
import {
  everywhere,
  type Execution,
  type ExpectRule,
  type ScopeRule,
  type Scopes,
  TYPE_DIRECTIVES,
} from "./scopes.ts";

/** What a definition says about types. */
export interface TypeDeclarations {
  readonly scopes: Scopes;
  readonly expects: readonly ExpectRule[];
  readonly execution: Execution;
  readonly provides: ReadonlyMap<string, Value>;
}

type Report = (path: Path, problem: string, help: string, anchor?: Anchor) => void;

/** Reads the declarations; reports what is wrong with them and leaves that out. */
export function readTypeDeclarations(
  value: ValueMap,
  names: readonly string[],
  document: Located,
  diagnostics: Diagnostics,
): TypeDeclarations {
  const report: Report = (path, problem, help, anchor) => {
    const origin = document.originAt(path, anchor);
    diagnostics.error(fail("ERR_MODULE_INVALID", { problem }, { origin, help }));
  };
  const rules = readScopes(value["scopes"], report);
  return {
    scopes: value["scope"] === "*" ? "*" : [...everywhere(names), ...rules],
    expects: readExpects(value["expects"], report),
    execution: readExecution(value["execution"], report),
    provides: readProvides(value["provides"], report),
  };
}

/** A key that is the name which a field contains: `{as}`. */
export const FIELD_WITH_NAME: RegExp = /^\{(\w+)\}$/;

function readScopes(scopes: Value | undefined, report: Report): ScopeRule[] {
  return entriesOf(scopes, "scopes", report).map(([path, names]) => {
    const variables = new Map<string, Value | undefined>();
    const named = new Map<string, Value | undefined>();
    if (Array.isArray(names) && names.every((name) => typeof name === "string")) {
      for (const name of names) variables.set(name, undefined);
    } else if (isMap(names)) {
      for (const [name, type] of Object.entries(names)) {
        // A directive instead of a name is reported as a name that cannot be one.
        if (!name.startsWith("$")) checkDeclaration(type, ["scopes", path, name], report);
        const field = FIELD_WITH_NAME.exec(name)?.[1];
        if (field === undefined) variables.set(name, type);
        else named.set(field, type);
      }
    } else {
      report(
        ["scopes", path],
        `\`scopes\` of "${path}" must be a map or a list of names, and it is ${describe(names)}`,
        "Write the names that expressions see there, each with its type, or as a list",
      );
    }
    return { path: parsePattern(path), variables, ...(named.size === 0 ? {} : { named }) };
  });
}

function readExpects(expects: Value | undefined, report: Report): ExpectRule[] {
  return entriesOf(expects, "expects", report).map(([path, type]) => {
    checkDeclaration(type, ["expects", path], report);
    return { path: parsePattern(path), type };
  });
}

function readExecution(execution: Value | undefined, report: Report): Execution {
  const read: { input: Value | undefined; output: Value | undefined } = {
    input: undefined,
    output: undefined,
  };
  for (const [side, type] of entriesOf(execution, "execution", report)) {
    if (side !== "input" && side !== "output") {
      report(
        ["execution", side],
        `\`execution\` has no "${side}"`,
        didYouMean(side, ["input", "output"]) ?? "It has `input` and `output`",
        "key",
      );
      continue;
    }
    checkDeclaration(type, ["execution", side], report);
    read[side] = type;
  }
  return read;
}

function readProvides(provides: Value | undefined, report: Report): ReadonlyMap<string, Value> {
  const entries = entriesOf(provides, "provides", report);
  for (const [name, type] of entries) checkDeclaration(type, ["provides", name], report);
  return new Map(entries);
}

function entriesOf(value: Value | undefined, key: string, report: Report): [string, Value][] {
  if (value === undefined) return [];
  if (isMap(value)) return Object.entries(value);
  const problem = `\`${key}\` of a Runtime.Definition must be a map, and it is ${describe(value)}`;
  const help = key === "scopes" && Array.isArray(value)
    ? "For names that every field sees, write `scope: […]`"
    : key === "provides"
    ? "Write a map from the name of a value to its type, such as { user: { type: string } }"
    : key === "execution"
    ? "Write { input: { $field: inputSchema } }, for example"
    : "Write a map from the path of a field, such as response.body";
  report([key], problem, help);
  return [];
}

const KEYS: readonly string[] = [...TYPE_DIRECTIVES, "$else"];
/** Keywords of JSON Schema that begin with `$`. */
const SCHEMA_KEYWORDS = ["$ref", "$defs", "$id", "$schema", "$anchor", "$comment", "$dynamicRef"];

/** Reports what is not a declaration of a type, at any depth. */
function checkDeclaration(declaration: Value, path: Path, report: Report): void {
  if (!isMap(declaration)) {
    if (declaration === null || typeof declaration === "boolean") return;
    report(
      path,
      `A type must be a JSON Schema, and it is ${describe(declaration)}`,
      "Write a schema such as { type: string }, or { $field: inputSchema }",
    );
    return;
  }
  checkDirectives(declaration, path, report);
  if (declaration["$case"] !== undefined && !isMap(declaration["of"])) {
    report(
      [...path, "$case"],
      "`$case` needs `of`, a map from values of the field to types",
      "Write { $case: returns, of: { one: { type: object }, many: { type: array } } }, for example",
    );
  }
  for (const [key, item] of Object.entries(declaration)) {
    if (key === "properties" && isMap(item)) {
      for (const [name, property] of Object.entries(item)) {
        checkDeclaration(property, [...path, key, name], report);
      }
    } else if (key === "of" && isMap(item) && declaration["$case"] !== undefined) {
      for (const [value, type] of Object.entries(item)) {
        checkDeclaration(type, [...path, key, value], report);
      }
    } else if (["items", "additionalProperties", "schema", "$else"].includes(key)) {
      checkDeclaration(item, [...path, key], report);
    }
  }
}

function checkDirectives(declaration: ValueMap, path: Path, report: Report): void {
  for (const [key, item] of Object.entries(declaration)) {
    if (!key.startsWith("$") || SCHEMA_KEYWORDS.includes(key)) continue;
    if (!KEYS.includes(key)) {
      report(
        [...path, key],
        `Unknown directive "${key}" in a type`,
        didYouMean(key, KEYS) ?? `Known are ${KEYS.join(", ")}`,
        "key",
      );
      continue;
    }
    const paths = [item].flat();
    if (
      key === "$else" || (key === "$providedBy" && typeof item === "string") ||
      paths.every((one) => typeof one === "string")
    ) continue;
    report(
      [...path, key],
      `\`${key}\` must be the path of a field, and it is ${describe(item)}`,
      `Write a path such as ${key}: request.schema.body`,
    );
  }
}
