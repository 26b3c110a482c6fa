/**
 * Finds settings of a `Runtime.Definition` that have no effect: invalid names of events and scope
 * entries, paths that are not in the schema, settings that require another one.
 */
import type { Diagnostics } from "../../contract/diagnostics.ts";
import { fail } from "../../contract/errors.ts";
import { isReservedEvent } from "../../contract/events.ts";
import { isMap, type Path, type Value, type ValueMap } from "../../contract/resource.ts";
import type { Located } from "../../contract/source.ts";
import { describe } from "../../template/expr/values.ts";
import { FIELD_WITH_NAME } from "./read_scopes.ts";
import { type Checked, checkPaths, checkTypePaths } from "./definition_paths.ts";

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Reserved words of the expression language. */
const WORDS = new Set(["true", "false", "null", "in"]);

/** Reports every setting of the definition that can have no effect. */
export function checkDefinition(
  value: ValueMap,
  document: Located,
  diagnostics: Diagnostics,
): void {
  const checked: Checked = {
    value,
    error(path, problem, help, anchor) {
      const origin = document.originAt(path, anchor);
      diagnostics.error(fail("ERR_MODULE_INVALID", { problem }, { origin, help }));
    },
    warning(path, message, help) {
      const origin = document.originAt(path);
      diagnostics.warning({ code: "WARN_NO_EFFECT", message, origin, help });
    },
  };
  checkEvents(checked);
  checkNames(checked, stringsIn(value["scope"]), ["scope"]);
  checkScopes(checked);
  for (const field of ["opaque", "schemas", "parts", "resources"]) {
    checkPaths(checked, field, stringsIn(value[field]));
  }
  for (const field of ["scopes", "expects"]) checkPaths(checked, field, keysOf(value[field]));
  for (const field of ["scopes", "expects", "execution", "provides"]) {
    checkTypePaths(checked, value[field], [field]);
  }
  checkValue(checked);
  const { controllers } = value;
  if (Array.isArray(controllers) && controllers.length === 0) {
    checked.error(["controllers"], "`controllers` is empty", "List one, or remove it");
  }
}

/** The strings of a list; other items are reported when the list is read. */
function stringsIn(value: Value | undefined): (readonly [string, number])[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item, index) => typeof item === "string" ? [[item, index] as const] : []);
}

function checkEvents({ value, error, warning }: Checked): void {
  const seen = new Set<string>();
  for (const [name, index] of stringsIn(value["events"])) {
    const path = ["events", index];
    if (!/^[^\s.*#]+$/.test(name)) {
      error(
        path,
        `"${name}" cannot be the name of an event`,
        "Write the name without the kind: letters, digits, _ and -, no dots",
      );
    } else if (isReservedEvent(`Kind.${name}`)) {
      error(
        path,
        `The event "${name}" is reserved for the runtime`,
        "Every kind has it: remove it",
      );
    } else if (seen.has(name)) {
      warning(path, `The event "${name}" is duplicated`, "Remove one of them");
    }
    seen.add(name);
  }
}

/** The keys of a map, each as its own step; anything else is reported where it is read. */
function keysOf(value: Value | undefined): (readonly [string, string])[] {
  return isMap(value) ? Object.keys(value).map((key) => [key, key] as const) : [];
}

function checkScopes(checked: Checked): void {
  for (
    const [path, names] of isMap(checked.value["scopes"])
      ? Object.entries(checked.value["scopes"])
      : []
  ) {
    const found = Array.isArray(names) ? stringsIn(names) : keysOf(names);
    checkNames(checked, found, ["scopes", path]);
  }
}

/** Checks names that a scope at `at` provides, each with its step in it. */
function checkNames(
  { error, warning }: Checked,
  names: readonly (readonly [string, string | number])[],
  at: Path,
): void {
  const seen = new Set<string>();
  const field = String(at[0]);
  for (const [name, step] of names) {
    const path = [...at, step];
    const anchor = typeof step === "string" ? "key" : "value";
    if (name === "*") {
      const help = "Write `scope: '*'` for any name";
      error(path, `"*" in the list of \`${field}\` is not a name`, help, anchor);
    } else if (field === "scopes" && anchor === "key" && FIELD_WITH_NAME.test(name)) {
      continue;
    } else if (!IDENTIFIER.test(name) || WORDS.has(name)) {
      const [first = ""] = name.split(".");
      error(
        path,
        `"${name}" in \`${field}\` cannot be a name in an expression`,
        IDENTIFIER.test(first) && first !== name
          ? `Write "${first}": an expression may use everything in it`
          : "A name is made of letters, digits and _, and does not begin with a digit",
        anchor,
      );
    } else if (name === "env") {
      const help = "Every expression knows it: remove it";
      error(path, `\`env\` in \`${field}\` has no effect`, help, anchor);
    } else if (seen.has(name)) {
      warning(path, `"${name}" is duplicated in \`${field}\``, "Remove one of them");
    }
    seen.add(name);
  }
}

function checkValue({ value: fields, error }: Checked): void {
  const { value, sensitive } = fields;
  if (value !== undefined && typeof value !== "string" && value !== true) {
    error(
      ["value"],
      `\`value\` of a Runtime.Definition must be a string or true, and it is ${describe(value)}`,
      "Write a CEL expression over the fields of the resource, such as value: self.url, or true if " +
        "the controller provides the value",
    );
  }
  if (sensitive === undefined) return;
  if (typeof sensitive !== "boolean") {
    error(
      ["sensitive"],
      `\`sensitive\` of a Runtime.Definition must be true or false, and it is ${
        describe(sensitive)
      }`,
      "Write `sensitive: true` to hide the value of these resources",
    );
  } else if (sensitive && value === undefined) {
    error(
      ["sensitive"],
      "`sensitive` has no effect without `value`",
      "Write the value of a resource, such as value: self.password",
      "key",
    );
  }
}
