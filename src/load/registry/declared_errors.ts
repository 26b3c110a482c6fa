/** The errors that definitions declare: `errors: { UniqueViolation: { status: 409 } }`. */
import type { Diagnostics } from "../../contract/diagnostics.ts";
import { fail, isErrorStatus } from "../../contract/errors.ts";
import type { DeclaredError } from "../../contract/module.ts";
import { nearest } from "../../diagnostics/nearest.ts";
import { isMap, type Path, type ValueMap } from "../../contract/resource.ts";
import type { Located } from "../../contract/source.ts";
import type { KindTable } from "./kinds.ts";

const KEYS = ["status", "description"];
const NO_ERRORS: ReadonlyMap<string, DeclaredError> = new Map();

/** Reads the `errors` of a definition, whose codes begin with `prefix`; reports what is wrong. */
export function readErrors(
  { errors }: ValueMap,
  prefix: string,
  document: Located,
  diagnostics: Diagnostics,
): ReadonlyMap<string, DeclaredError> {
  if (errors === undefined) return NO_ERRORS;
  const report = (path: Path, problem: string, help: string, part: "key" | "value" = "value") =>
    diagnostics.error(fail("ERR_MODULE_INVALID", { problem }, {
      origin: document.originAt(["errors", ...path], part),
      help,
    }));
  if (!isMap(errors)) {
    const help = "Write a map of errors, such as { NotFound: { status: 404 } }";
    report([], "`errors` of a Runtime.Definition must be a map", help);
    return NO_ERRORS;
  }
  const declared = new Map<string, DeclaredError>();
  for (const [name, entry] of Object.entries(errors)) {
    if (!/^[A-Za-z_]\w*$/.test(name)) {
      const help = `Write an identifier, such as NotFound for the code ${prefix}.NotFound`;
      report([name], `"${name}" is not a valid name of an error`, help, "key");
      continue;
    }
    if (!isMap(entry)) {
      report([name], `The error "${name}" must be a map`, "Write { status: 409 }");
      continue;
    }
    for (const key of Object.keys(entry).filter((key) => !KEYS.includes(key))) {
      const near = nearest(key, KEYS);
      const help = near === undefined ? `Known are ${KEYS.join(", ")}` : `Did you mean "${near}"?`;
      report([name, key], `Unknown key "${key}" in the error "${name}"`, help, "key");
    }
    const { status, description } = entry;
    if (status !== undefined && !isErrorStatus(status)) {
      const problem = `The status of the error "${name}" is not an error status`;
      report([name, "status"], problem, "Write a number from 400 to 599");
    }
    declared.set(`${prefix}.${name}`, {
      ...(isErrorStatus(status) ? { status } : {}),
      ...(typeof description === "string" ? { description } : {}),
    });
  }
  return declared;
}

/** The errors of a module registered in code, by code. */
export function codesOf(
  module: string,
  errors: Readonly<Record<string, DeclaredError>> = {},
): ReadonlyMap<string, DeclaredError> {
  return new Map(Object.entries(errors).map(([name, error]) => [`${module}.${name}`, error]));
}

/** The HTTP status that some kind declares for a code. */
export function declaredStatus(kinds: KindTable, code: string): number | undefined {
  for (const { errors } of kinds.values()) {
    const status = errors.get(code)?.status;
    if (status !== undefined) return status;
  }
  return undefined;
}
