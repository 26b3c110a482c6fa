/** The errors that definitions declare: `errors: { UniqueViolation: { status: 409 } }`. */
import type { Diagnostics } from "../../contract/diagnostics.ts";
import type { KnownCodes } from "../../contract/check.ts";
import { type ErrorCode, fail, isErrorStatus } from "../../contract/errors.ts";
import type { DeclaredError } from "../../contract/resource_description.ts";
import { nearest } from "../../diagnostics/nearest.ts";
import { isMap, type Path, type ValueMap } from "../../contract/resource.ts";
import type { Located } from "../../contract/source.ts";

/** The part of a kind that matters here. */
interface Declaring {
  readonly module: string;
  readonly servedBy: string;
  readonly errors: DeclaredErrors;
}

/** The errors that a kind declares, by code; "*" for a kind that runs code of the app. */
export type DeclaredErrors = ReadonlyMap<string, DeclaredError> | "*";

const KEYS = ["status", "description"];
const NO_ERRORS: DeclaredErrors = new Map();

/** The codes of the runtime that an execution may fail with. */
const EXECUTION_CODES: readonly ErrorCode[] = [
  "ERR_EXECUTION_FAILED",
  "ERR_INPUT_INVALID",
  "ERR_SCHEMA_VALIDATION",
  "ERR_RESOURCE_NOT_FOUND",
  "ERR_UNAVAILABLE",
  "ERR_LIMIT_EXCEEDED",
  "ERR_CODE_MEMORY",
  "ERR_CODE_TIME",
  "ERR_CODE_FUEL",
  "ERR_CODE_TRAP",
  "ERR_CODE_RESULT",
  "ERR_ABORTED",
];

/** Reads the `errors` of a definition, whose codes begin with `prefix`; reports what is wrong. */
export function readErrors(
  { errors }: ValueMap,
  prefix: string,
  document: Located,
  diagnostics: Diagnostics,
): DeclaredErrors {
  if (errors === undefined) return NO_ERRORS;
  if (errors === "*") return errors;
  const report = (path: Path, problem: string, help: string, part: "key" | "value" = "value") =>
    diagnostics.error(fail("ERR_MODULE_INVALID", { problem }, {
      origin: document.originAt(["errors", ...path], part),
      help,
    }));
  if (!isMap(errors)) {
    const help = "Write a map of errors, such as { NotFound: { status: 404 } }";
    report([], '`errors` of a Runtime.Definition must be a map, or "*"', help);
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
  errors: Readonly<Record<string, DeclaredError>> | "*" = {},
): DeclaredErrors {
  if (errors === "*") return errors;
  return new Map(Object.entries(errors).map(([name, error]) => [`${module}.${name}`, error]));
}

/** The codes that executions of an app may fail with. */
export function knownCodes(
  kinds: ReadonlyMap<string, Declaring>,
  registry: { kinds(): Iterable<string> },
): KnownCodes {
  const codes = new Set<string>(EXECUTION_CODES);
  for (const { errors } of kinds.values()) {
    for (const code of errors === "*" ? [] : errors.keys()) codes.add(code);
  }
  const used = Array.from(registry.kinds(), (kind) => kinds.get(kinds.get(kind)?.servedBy ?? ""));
  return { codes: [...codes], isOpen: used.some((kind) => kind?.errors === "*") };
}

/** What some kind declares about a code. */
export function declaredError(
  kinds: ReadonlyMap<string, Declaring>,
  code: string,
): { readonly status: number | undefined } | undefined {
  for (const { errors } of kinds.values()) {
    const error = errors === "*" ? undefined : errors.get(code);
    if (error !== undefined) return { status: error.status };
  }
  return undefined;
}

/** The errors that the module of a kind declares; "*" for a kind with any. */
export function declaredBy(
  kinds: ReadonlyMap<string, Declaring>,
  kind: string,
): DeclaredErrors | undefined {
  const entry = kinds.get(kinds.get(kind)?.servedBy ?? "");
  if (entry === undefined || entry.errors === "*") return entry?.errors;
  const declared = new Map<string, DeclaredError>();
  for (const { module, errors } of kinds.values()) {
    if (module !== entry.module || errors === "*") continue;
    for (const [code, error] of errors) declared.set(code, error);
  }
  return declared;
}
