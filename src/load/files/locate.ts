/** Finds manifest files. */
import {
  type DiglyError,
  type ErrorContext,
  fail,
  messageOf,
  type Origin,
} from "../../contract/errors.ts";
import { nearestBeside, nearestFileName } from "../../diagnostics/nearest_file.ts";
import type { DirectoryEntry, FileKind, Files } from "../../contract/platform.ts";

/** Names of module manifests, which are never resources. */
type ManifestName = "runtime.yaml" | "module.yaml";

/** An entry of `resources`, for error messages. */
export interface ResourceEntry {
  /** As written in the manifest. */
  readonly path: string;
  /** Found in the text when it is read, which only errors do. */
  readonly origin: Origin;
  /** The path of a file URL, for people. */
  readonly toPath: (url: string) => string;
}

const YAML = /\.ya?ml$/;
const TEST = /\.test\.ya?ml$/;
const MANIFESTS = ["runtime.yaml", "module.yaml"];
const MOST_NAMES = 5;

/** How an app begins. */
const NEW_APP = "`name: my_app` is enough, and `digly init` creates a starter app";

/**
 * The URL of the manifest that a user means by a place: the file itself, or the one named
 * `what` in a folder. Throws `ERR_MANIFEST_NOT_FOUND`.
 */
export function locateManifest(
  url: string,
  files: Files,
  what: ManifestName,
  toPath: (url: string) => string,
): string {
  const kind = files.stat(url)?.kind;
  if (isRead(kind)) return url;
  if (kind === undefined) {
    const help = what === "runtime.yaml" ? `Write a manifest there: ${NEW_APP}` : undefined;
    throw missing(`${toPath(url)} does not exist`, url, files, toPath, { help });
  }
  const folder = asFolder(url);
  const inside = folder + what;
  if (isRead(files.stat(inside)?.kind)) return inside;
  throw fail("ERR_MANIFEST_NOT_FOUND", {
    problem: `The folder ${toPath(url)} does not contain a ${what}`,
  }, { help: helpInFolder(list(folder, files, toPath), what) });
}

/**
 * The URLs of the manifest files that an entry of `resources` means: a file, or those of
 * a folder in code-point order. Throws `ERR_MANIFEST_NOT_FOUND`.
 */
export function locateResources(url: string, files: Files, entry: ResourceEntry): string[] {
  const { path, toPath } = entry;
  requireLocal(url, entry);
  const kind = files.stat(url)?.kind;
  if (isRead(kind)) return [url];
  if (kind === undefined) {
    throw missing(`"${path}" does not exist`, url, files, toPath, {
      origin: entry.origin,
      help: `Looked at ${toPath(url)}`,
    });
  }
  const found: string[] = [];
  walk(asFolder(url), files, toPath, found, new Set());
  if (found.length > 0) return found;
  throw fail("ERR_MANIFEST_NOT_FOUND", { problem: `The folder "${path}" contains no manifests` }, {
    origin: entry.origin,
    help: "Files named *.yaml and *.yml are read, but no runtime.yaml and module.yaml, no tests " +
      "(*.test.yaml), nothing hidden, and nothing whose name begins with `_`",
  });
}

/** The URL of a file of `definitions`. Throws `ERR_MANIFEST_NOT_FOUND`. */
export function locateDefinition(url: string, files: Files, entry: ResourceEntry): string {
  const { path, toPath } = entry;
  requireLocal(url, entry);
  const kind = files.stat(url)?.kind;
  if (isRead(kind)) return url;
  const { origin } = entry;
  if (kind === undefined) {
    const help = `Looked at ${toPath(url)}`;
    throw missing(`The definition "${path}" does not exist`, url, files, toPath, { origin, help });
  }
  const names = list(asFolder(url), files, toPath).map(({ name }) => name)
    .filter((name) => YAML.test(name)).sort(byCodePoints);
  throw fail("ERR_MANIFEST_NOT_FOUND", {
    problem: `The definition "${path}" is a folder, but a file is expected`,
  }, {
    origin,
    help: names.length === 0
      ? "Name the file that contains the definition"
      : `Name each file of it: ${shortList(names.map((name) => `${asFolder(path)}${name}`))}`,
  });
}

/** True for what reading decides about; a device or a pipe is refused there. */
function isRead(kind: FileKind | undefined): boolean {
  return kind === "file" || kind === "special";
}

function requireLocal(url: string, entry: ResourceEntry): void {
  if (url.startsWith("file:")) return;
  const { path, origin } = entry;
  throw fail("ERR_MANIFEST_NOT_FOUND", {
    problem: `"${path}" is not a file or folder on this machine`,
  }, { origin, help: "Download it, and name the file" });
}

function walk(
  folder: string,
  files: Files,
  toPath: (url: string) => string,
  found: string[],
  visited: Set<string>,
): void {
  // A link may lead back to a folder above.
  const real = files.realUrl(folder);
  if (visited.has(real)) return;
  visited.add(real);
  const entries = list(folder, files, toPath);
  for (const { name, kind } of entries.sort((a, b) => byCodePoints(a.name, b.name))) {
    if (name.startsWith(".") || name.startsWith("_") || name === "node_modules") continue;
    const url = folder + encodeName(name);
    if (kind === "directory") walk(`${url}/`, files, toPath, found, visited);
    else if (isResourceFile(name)) found.push(url);
  }
}

/** Manifests of modules are no resources, and neither are test cases. */
function isResourceFile(name: string): boolean {
  return YAML.test(name) && !TEST.test(name) && !MANIFESTS.includes(name);
}

function list(folder: string, files: Files, toPath: (url: string) => string): DirectoryEntry[] {
  try {
    return files.list(folder);
  } catch (error) {
    const reason = messageOf(error).split(", ")[0];
    throw fail("ERR_MANIFEST_INVALID", {
      problem: `The folder ${toPath(folder)} cannot be read: ${reason}`,
    }, { cause: error });
  }
}

function asFolder(url: string): string {
  return url.endsWith("/") ? url : `${url}/`;
}

/** A name as a segment of a URL; the rest is left to the URL standard, as for any other path. */
function encodeName(name: string): string {
  const escaped = name.replace(/[%?#\\\t\n\r]/g, encodeURIComponent);
  return new URL(`file:///${escaped}`).pathname.slice(1);
}

/** UTF-16 order differs from code-point order only where surrogates meet what is above them. */
function byCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    if (a.charCodeAt(at) === b.charCodeAt(at)) continue;
    // Two characters may begin with the same surrogate.
    const start = at > 0 && isHighSurrogate(a.charCodeAt(at - 1)) ? at - 1 : at;
    return (a.codePointAt(start) ?? 0) - (b.codePointAt(start) ?? 0);
  }
  return a.length - b.length;
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

function missing(
  problem: string,
  url: string,
  files: Files,
  toPath: (url: string) => string,
  context: ErrorContext = {},
): DiglyError {
  const parent = new URL(url.endsWith("/") ? ".." : ".", url).href;
  let help = context.help;
  if (files.stat(parent)?.kind !== "directory") {
    help = `The folder ${toPath(parent).replace(/(.)\/$/, "$1")} does not exist`;
  } else {
    const near = nearestBeside(url, files);
    if (near !== undefined) help = `Did you mean "${near}"? It is in the same folder`;
  }
  return fail("ERR_MANIFEST_NOT_FOUND", { problem }, { ...context, help });
}

function helpInFolder(entries: readonly DirectoryEntry[], what: ManifestName): string {
  const names = entries.filter(({ kind }) => kind === "file").map(({ name }) => name)
    .filter((name) => YAML.test(name)).sort(byCodePoints);
  const near = nearestFileName(what, names);
  if (near !== undefined) {
    return `It contains ${near}: rename it to ${what}, or name the file itself`;
  }
  if (names.length === 0) {
    return what === "runtime.yaml"
      ? `Create one in it: ${NEW_APP}`
      : `Create a ${what} in it, or name another folder`;
  }
  return `It contains ${shortList(names)}: name the file that is the ${what}`;
}

function shortList(names: readonly string[]): string {
  const rest = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : "";
  return names.slice(0, MOST_NAMES).join(", ") + rest;
}
