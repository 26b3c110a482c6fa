/** Finds the places that a runtime does not report: of an import that cannot be resolved, and in JSON. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { nearestFileName } from "./nearest_file.ts";

/** What was found wrong, and where. */
export interface FoundPlace {
  readonly message: string;
  readonly place: {
    readonly file: string;
    readonly line: number;
    readonly column: number;
    readonly length: number;
  };
  readonly help?: string;
}

const MISSING =
  /^(?:Cannot find (?<what>module|package)|Module not found) ['"](?<name>.+?)['"](?: (?:imported )?from ['"]?.+?['"]?)?$/;
const NO_EXPORT = /^Export named '(?<name>.+?)' not found in module '(?<file>.+?)'/;
const NO_ATTRIBUTE = /^Module "(?<url>file:.+?)" needs an import attribute/;

/** The place of what could not be imported by the module at `url`, or by one that it imports. */
export function findImport(error: Error, url: string): FoundPlace | undefined {
  // deno-lint-ignore no-control-regex
  const bare = error.message.replace(/\x1b\[[0-9;]*m/g, "");
  const line = bare.split(/\n| +at file:/, 1)[0]!.replace(/\.$/, "");
  const missing = MISSING.exec(line)?.groups;
  if (missing !== undefined) return findMissing(missing["name"]!, url);
  const unexported = NO_EXPORT.exec(line)?.groups;
  if (unexported !== undefined) {
    const { name, file } = unexported as { name: string; file: string };
    const found = importsOf(url).find(({ target, before }) =>
      target === file && new RegExp(`\\b${name.replaceAll("$", "\\$")}\\b`).test(before)
    );
    return found && { message: `"${found.specifier}" exports no \`${name}\``, place: found.place };
  }
  const plain = NO_ATTRIBUTE.exec(line)?.groups?.["url"];
  const found = plain && importsOf(url).find(({ target }) => target === pathOf(plain));
  if (!found) return undefined;
  const { specifier, place } = found;
  const help = `Write: from "${specifier}" with { type: "json" }`;
  return { message: `"${specifier}" is imported without its type`, place, help };
}

function findMissing(name: string, url: string): FoundPlace | undefined {
  const path = name.startsWith("file:") ? pathOf(name) : name;
  for (const { specifier, target, place } of importsOf(url)) {
    if (target !== undefined && (specifier === name || target === path)) {
      return { message: `Cannot find "${specifier}"`, place, help: helpForPath(specifier, target) };
    }
    if (target === undefined && (specifier === name || specifier.startsWith(`${name}/`))) {
      const help = "Install it beside the controller";
      return { message: `Cannot find the package "${name}"`, place, help };
    }
  }
  return undefined;
}

interface ImportPlace {
  readonly specifier: string;
  /** Path of the file; `undefined` for a package. */
  readonly target: string | undefined;
  readonly place: FoundPlace["place"];
  /** The text of the statement up to the specifier. */
  readonly before: string;
}

/** The imports of a module and of the files it imports; no parser, since it may not parse. */
function importsOf(url: string): ImportPlace[] {
  const found: ImportPlace[] = [];
  const own = pathOf(url);
  const files = new Set(own === undefined ? [] : [own]);
  for (const file of files) {
    const text = read(file);
    if (text === undefined || file.endsWith(".json")) continue;
    for (const match of text.matchAll(IMPORT)) {
      const { before, specifier } = match.groups as { before: string; specifier: string };
      const target = /^(?:\.{0,2}\/|file:)/.test(specifier)
        ? pathOf(new URL(specifier, pathToFileURL(file)).href)
        : undefined;
      const at = placeAt(text, match.index + before.length);
      const place = { file, ...at, length: specifier.length + 2 };
      found.push({ specifier, target, place, before });
      if (target !== undefined) files.add(target);
    }
  }
  return found;
}

const IMPORT =
  /(?<before>\b(?:(?:import|export)\b[^;'"]*?\bfrom\s*|import\s*\(?\s*))(?<quote>["'])(?<specifier>[^"'\n]+)\k<quote>/g;

function helpForPath(specifier: string, path: string): string {
  const near = nearestFileName(basename(path), namesIn(dirname(path)));
  return near === undefined
    ? `Looked at ${path}`
    : `Did you mean "${specifier.replace(/[^/]+$/, near)}"?`;
}

/** A mistake in JSON that the module at `url` imports; Node names the file, V8 the position. */
export function findJson(error: Error, url: string): FoundPlace | undefined {
  if (!/\bJSON\b/.test(error.message) || error.name !== "SyntaxError") return undefined;
  for (const { target, place, specifier } of importsOf(url)) {
    if (!target?.endsWith(".json")) continue;
    const text = read(target);
    const problem = text === undefined ? undefined : jsonProblem(text);
    if (problem === undefined) continue;
    const offset = / at position (\d+)/.exec(problem)?.[1];
    const message = problem.replace(/ in JSON at position .*$/s, "").replace(/, "[^]*$/, "")
      .replace(/^JSON Parse error: /, "");
    return {
      message: `"${specifier}" is not valid JSON: ${message}`,
      place: offset === undefined
        ? place
        : { file: target, ...placeAt(text!, Number(offset)), length: 1 },
      help: "JSON has no comments and no comma after the last item, and quotes every key",
    };
  }
  return undefined;
}

function jsonProblem(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function placeAt(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: before.at(-1)!.length + 1 };
}

function pathOf(url: string): string | undefined {
  try {
    return fileURLToPath(url);
  } catch {
    return undefined; // No file, or a name that no file has.
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // It only serves a better message.
  }
}
