/** Reads the controllers that definitions and manifests list. */
import {
  CODE_LIMIT_NAMES,
  codeLimit,
  type CodeLimits,
  readCodeLimits,
} from "../../contract/code_limits.ts";
import type { Diagnostics } from "../../contract/diagnostics.ts";
import { HOSTS, isWebAssembly } from "../../contract/code.ts";
import type { ControllerEntry } from "../../contract/manifest.ts";
import { CONTROLLER_SCHEMA, keysOf } from "../../contract/manifest_schema.ts";
import { isMap, type Path, type Value, type ValueMap } from "../../contract/resource.ts";
import type { Located } from "../../contract/source.ts";
import {
  checkKeys,
  type Fields,
  isMisspelt,
  nameOf,
  readList,
  readMap,
  readRequired,
  readText,
  reportField,
  withLazyOrigin,
  withoutExpression,
} from "../yaml/fields.ts";
import { describe } from "../yaml/shape.ts";
import { nearest } from "../../diagnostics/nearest.ts";
import { type RangeMistake, rangeMistake } from "./version_range.ts";

const KEYS = keysOf(CONTROLLER_SCHEMA);

/** Runtimes that Digly runs on, and `wasm`. An entry may be for another one, such as `rust`. */
const RUNTIMES = [...HOSTS, "wasm"];

/**
 * The controllers at `path` of a document: of a manifest, or of a definition. Reports
 * `ERR_MODULE_INVALID`. Entrypoints are relative to the document's file.
 */
export function readControllerEntries(
  value: Value,
  document: Located,
  path: Path,
  diagnostics: Diagnostics,
): ControllerEntry[] {
  return readEntries(value, path, { document, diagnostics });
}

/** The controllers in a list; an absent list has none. */
export function readEntries(
  value: Value | undefined,
  path: Path,
  fields: Fields,
): ControllerEntry[] {
  return readList(value, path, "controllers", fields, (item, at) => readEntry(item, at, fields));
}

function readEntry(item: Value, at: Path, fields: Fields): ControllerEntry | undefined {
  const { document } = fields;
  const base = document.source.url;
  if (typeof item === "string") {
    const entrypoint = withoutExpression(readText(item, at, fields), at, fields);
    return entrypoint === undefined
      ? undefined
      : withLazyOrigin({ runtimes: [], entrypoint, base }, document, at);
  }
  if (!isMap(item)) {
    const problem = `${nameOf(at)} must be a path, or a map with \`entrypoint\`, and it is ${
      describe(item)
    }`;
    reportField(fields, at, problem, "Write the path of the controller, such as ./controller.ts");
    return undefined;
  }
  checkKeys(item, KEYS, at, "a controller", fields);
  const runtimes = readRuntimes(item, at, fields);
  const entrypoint = readRequired(item, "entrypoint", KEYS, at, fields);
  if (runtimes === undefined || entrypoint === undefined) return undefined;
  const written = item["limits"];
  if (written === undefined) return withLazyOrigin({ runtimes, entrypoint, base }, document, at);
  if (!isWebAssembly(entrypoint)) {
    const path = [...at, "limits"];
    const problem = `${
      nameOf(path)
    } applies only to WebAssembly, and "${entrypoint}" is not a .wasm file`;
    reportField(fields, path, problem, "Remove it: code in JavaScript has no limits", "key");
    return undefined;
  }
  const limits = readLimits(written, [...at, "limits"], fields);
  return limits && withLazyOrigin({ runtimes, entrypoint, base, limits }, document, at);
}

/** What a controller in WebAssembly may use, with the defaults for what is not written. */
function readLimits(value: Value, path: Path, fields: Fields): CodeLimits | undefined {
  const map = readMap(value, path, "a map with `memory`, `time` and `fuel`", fields);
  if (map === undefined) return undefined;
  if (!checkKeys(map, CODE_LIMIT_NAMES, path, "`limits` of a controller", fields)) return undefined;
  for (const name of CODE_LIMIT_NAMES) {
    const limit = map[name] === undefined ? undefined : codeLimit(name, map[name]);
    if (limit !== undefined && "problem" in limit) {
      reportField(fields, [...path, name], limit.problem, limit.help);
    }
  }
  const limits = readCodeLimits(map);
  return "problem" in limits ? undefined : limits;
}

/** The runtimes of an entry: a string, a list, or absent for any. */
function readRuntimes(map: ValueMap, at: Path, fields: Fields): readonly string[] | undefined {
  const value = map["runtime"];
  const path = [...at, "runtime"];
  if (value === undefined) return isMisspelt(map, "runtime", KEYS) ? undefined : [];
  if (!Array.isArray(value)) {
    const one = readRuntime(value, path, fields);
    return one === undefined ? undefined : [one];
  }
  if (value.length === 0) {
    reportField(fields, path, `${nameOf(path)} is empty`, "List a runtime, or remove it for any");
    return undefined;
  }
  const runtimes = value.flatMap((item, index) =>
    readRuntime(item, [...path, index], fields) ?? []
  );
  return runtimes.length === value.length ? runtimes : undefined;
}

function readRuntime(value: Value, path: Path, fields: Fields): string | undefined {
  const text = withoutExpression(readText(value, path, fields), path, fields);
  return text === undefined ? undefined : checkRuntime(text, path, fields);
}

/**
 * Reports what is wrong with a `runtime`, whatever the runtime of this host is: an entry that never
 * fits would be skipped silently wherever another one does.
 */
function checkRuntime(runtime: string, path: Path, fields: Fields): string | undefined {
  // The ranges of built-in modules are tested.
  const mistake = fields.document.source.url.startsWith("digly:")
    ? undefined
    : runtimeMistake(runtime);
  if (mistake === undefined) return runtime;
  reportField(fields, path, mistake.problem, mistake.help);
  return undefined;
}

function runtimeMistake(runtime: string): RangeMistake | undefined {
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
  if (range === "") {
    return {
      problem: `The version range after "${name}@" is empty`,
      help: `Write one, such as ">=20 <23", or only "${name}" for any version`,
    };
  }
  return rangeMistake(range, (parts) => `${name}@${parts}`);
}
