/** Finds the places that a runtime does not report: of an import that cannot be resolved, and in JSON. */
import type { Platform } from "../contract/platform.ts";
import { readTextFile } from "../contract/read_file.ts";
import { nearestBeside } from "./nearest_file.ts";

/** The files of the machine, in which the sources of an error are read. */
export type SourceFiles = Pick<Platform, "files" | "toPath" | "toUrl">;

/** The longest source that is searched. */
const LONGEST_SOURCE = 16 * 1024 * 1024;

/** What was found wrong, and where. */
export interface FoundPlace {
  readonly message: string;
  readonly place: {
    /** Path of the file. */
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
export function findImport(
  error: Error,
  url: string,
  machine: SourceFiles,
): FoundPlace | undefined {
  // deno-lint-ignore no-control-regex
  const bare = error.message.replace(/\x1b\[[0-9;]*m/g, "");
  const [first = ""] = bare.split(/\n| +at file:/, 1);
  const line = first.replace(/\.$/, "");
  const missing = MISSING.exec(line)?.groups;
  if (missing !== undefined) return findMissing(missing["name"] ?? "", url, machine);
  const unexported = NO_EXPORT.exec(line)?.groups;
  if (unexported !== undefined) {
    const { name, file } = unexported as { name: string; file: string };
    const found = importsOf(url, machine).find(({ target, before }) =>
      target !== undefined && machine.toPath(target) === file &&
      new RegExp(`\\b${name.replaceAll("$", "\\$")}\\b`).test(before)
    );
    return found && { message: `"${found.specifier}" exports no \`${name}\``, place: found.place };
  }
  const plain = NO_ATTRIBUTE.exec(line)?.groups?.["url"];
  const found = plain && importsOf(url, machine).find(({ target }) => target === plain);
  if (!found) return undefined;
  const { specifier, place } = found;
  const help = `Write: from "${specifier}" with { type: "json" }`;
  return { message: `"${specifier}" is imported without its type`, place, help };
}

function findMissing(name: string, url: string, machine: SourceFiles): FoundPlace | undefined {
  const path = machine.toPath(name);
  for (const { specifier, target, place } of importsOf(url, machine)) {
    if (target !== undefined && (specifier === name || machine.toPath(target) === path)) {
      const help = helpForPath(specifier, target, machine);
      return { message: `Cannot find "${specifier}"`, place, help };
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
  /** URL of the file; `undefined` for a package. */
  readonly target: string | undefined;
  readonly place: FoundPlace["place"];
  /** The text of the statement up to the specifier. */
  readonly before: string;
}

/** The imports of a module and of the files it imports; no parser, since it may not parse. */
function importsOf(url: string, machine: SourceFiles): ImportPlace[] {
  const found: ImportPlace[] = [];
  const urls = new Set(url.startsWith("file:") ? [url] : []);
  for (const from of urls) {
    const text = readSource(from, machine);
    if (text === undefined || from.endsWith(".json")) continue;
    for (const match of text.matchAll(IMPORT)) {
      const { before, specifier } = match.groups as { before: string; specifier: string };
      const isFile = /^(?:\.{0,2}\/|file:)/.test(specifier) && URL.canParse(specifier, from);
      const target = isFile ? new URL(specifier, from).href : undefined;
      const at = placeAt(text, match.index + before.length);
      const place = { file: machine.toPath(from), ...at, length: specifier.length + 2 };
      found.push({ specifier, target, place, before });
      if (target !== undefined) urls.add(target);
    }
  }
  return found;
}

const IMPORT =
  /(?<before>\b(?:(?:import|export)\b[^;'"]*?\bfrom\s*|import\s*\(?\s*))(?<quote>["'])(?<specifier>[^"'\n]+)\k<quote>/g;

function helpForPath(specifier: string, target: string, machine: SourceFiles): string {
  const near = nearestBeside(target, machine.files);
  return near === undefined
    ? `Looked at ${machine.toPath(target)}`
    : `Did you mean "${specifier.replace(/[^/]+$/, near)}"?`;
}

/** A mistake in JSON that the module at `url` imports; Node names the file, V8 the position. */
export function findJson(
  error: Error,
  url: string,
  machine: SourceFiles,
): FoundPlace | undefined {
  if (!/\bJSON\b/.test(error.message) || error.name !== "SyntaxError") return undefined;
  for (const { target, place, specifier } of importsOf(url, machine)) {
    if (!target?.endsWith(".json")) continue;
    const text = readSource(target, machine);
    const problem = text === undefined ? undefined : jsonProblem(text);
    if (problem === undefined) continue;
    const offset = / at position (\d+)/.exec(problem)?.[1];
    const message = problem.replace(/ in JSON at position .*$/s, "").replace(/, "[^]*$/, "")
      .replace(/^JSON Parse error: /, "");
    return {
      message: `"${specifier}" is not valid JSON: ${message}`,
      place: offset === undefined
        ? place
        : { file: machine.toPath(target), ...placeAt(text ?? "", Number(offset)), length: 1 },
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
  return { line: before.length, column: (before.at(-1) ?? "").length + 1 };
}

/** The text of a source; `undefined` if it cannot be read, which is not the mistake to report. */
export function readSource(url: string, { files }: SourceFiles): string | undefined {
  try {
    return readTextFile(url, files, LONGEST_SOURCE);
  } catch {
    return undefined;
  }
}
