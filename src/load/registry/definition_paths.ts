/** Checks the dotted paths of fields in a definition: they must lead to what its schema has. */
import { nearestField } from "../../diagnostics/nearest.ts";
import { isMap, type Path, type Value, type ValueMap } from "../../contract/resource.ts";
import type { Anchor } from "../../contract/source.ts";
import { findLostPath } from "../../schema/unknown_fields.ts";
import { PATH_DIRECTIVES } from "./scopes.ts";

/** A definition and the functions that report mistakes in it. */
export interface Checked {
  readonly value: ValueMap;
  error(path: Path, problem: string, help?: string, anchor?: Anchor): void;
  warning(path: Path, message: string, help: string): void;
}

/** Checks paths that `field` lists, each with its step in it. */
export function checkPaths(
  checked: Checked,
  field: string,
  paths: readonly (readonly [string, string | number])[],
): void {
  const { error, warning } = checked;
  const seen = new Set<string>();
  for (const [text, step] of paths) {
    const path = [field, step];
    const anchor = typeof step === "string" ? "key" : "value";
    // The empty path is the whole resource.
    if (text === "" && anchor === "key") continue;
    const steps = text.split(".");
    if (seen.has(text)) {
      warning(path, `"${text}" is duplicated in \`${field}\``, "Remove one of them");
    }
    seen.add(text);
    const help = problemOf(steps);
    if (help !== undefined) {
      error(path, `"${text}" in \`${field}\` is not a path`, help, anchor);
      continue;
    }
    checkPath(text, path, anchor, checked);
  }
}

/** What to do about steps that are not a path; `undefined` for a path. */
function problemOf(steps: readonly string[]): string | undefined {
  if (steps.includes("")) {
    return "Write the names of the fields with dots between them, such as request.body";
  }
  const isOpen = (step: string | undefined) => step === undefined || step.startsWith("*");
  return steps.some((step, index) => step === "**" && isOpen(steps[index + 1]))
    ? "Write the name of a field after `**`, such as steps.**.inputs; a path includes everything below it"
    : undefined;
}

/** Checks the paths in declarations of types: those of `$field`, `$inputOf` and the like. */
export function checkTypePaths(checked: Checked, value: Value | undefined, at: Path): void {
  if (!isMap(value)) return;
  for (const [key, item] of Object.entries(value)) {
    const path = [...at, key];
    if (!(PATH_DIRECTIVES as readonly string[]).includes(key)) {
      checkTypePaths(checked, item, path);
      continue;
    }
    for (const [index, text] of [item].flat().entries()) {
      if (typeof text !== "string" || text === "") continue;
      const place = Array.isArray(item) ? [...path, index] : path;
      const help = problemOf(text.split("."));
      if (help === undefined) checkPath(text, place, "value", checked);
      else checked.error(place, `"${text}" in \`${at[0]}\` is not a path`, help);
    }
  }
}

/** Reports a path that the schema of the definition does not have. */
function checkPath(
  text: string,
  path: Path,
  anchor: Anchor,
  { value: { schema }, error }: Checked,
): void {
  const steps = text.split(".");
  const lost = isMap(schema) ? findLostPath(schema, steps) : undefined;
  if (lost === undefined) return;
  const lostStep = steps[lost.step] ?? "";
  const near = lost.isList
    ? "*"
    : lost.known.find((name) => name === nearestField(lostStep, lost.known));
  const before = steps.slice(0, lost.step);
  const meant = near === undefined
    ? undefined
    : [...before, near, ...steps.slice(lost.isList ? lost.step : lost.step + 1)].join(".");
  error(
    path,
    `"${text}" in \`${path[0]}\` leads to nothing: the schema has no ` +
      `\`${[...before, lostStep].join(".")}\``,
    meant !== undefined
      ? `Did you mean "${meant}"?`
      : lost.known.length > 0
      ? `Valid fields are ${[...lost.known].join(", ")}`
      : "Remove it, or add the field to the schema",
    anchor,
  );
}
