/** Suggests file names. */
import { resolveLocation } from "../contract/location.ts";
import { nearest } from "./nearest.ts";
import type { Files } from "../contract/platform.ts";

/** File extensions that are often confused, each group on its own. */
const GROUPS: readonly (readonly string[])[] = [
  [".yaml", ".yml"],
  [".js", ".mjs", ".cjs", ".ts", ".mts", ".cts"],
];

/**
 * The name with a similar extension, or the nearest one whose extension could be meant: a manifest
 * is not what someone meant who wrote the name of a program.
 */
export function nearestFileName(name: string, names: readonly string[]): string | undefined {
  const [stem, ending] = split(name);
  const others = names.filter((other) => other !== name);
  const isSibling = (other: string) => {
    const [itsStem, itsEnding] = split(other);
    return itsStem === stem && groupOf(itsEnding) !== undefined &&
      (groupOf(ending) === undefined
        ? ending === "" || isLike(ending, itsEnding)
        : groupOf(ending) === groupOf(itsEnding));
  };
  return others.find(isSibling) ??
    nearest(name, others.filter((other) => isLike(ending, split(other)[1])));
}

/** True if one extension may have been written for the other. */
function isLike(ending: string, other: string): boolean {
  if (ending === "" || ending === other) return true;
  const group = groupOf(ending);
  return group === undefined ? nearest(ending, [other]) !== undefined : group.includes(other);
}

function groupOf(ending: string): readonly string[] | undefined {
  return GROUPS.find((group) => group.includes(ending));
}

/** The name without its extension, and the extension with its dot. */
function split(name: string): readonly [stem: string, ending: string] {
  const dot = name.lastIndexOf(".");
  return dot <= 0 ? [name, ""] : [name.slice(0, dot), name.slice(dot)];
}

/** The nearest name in the folder of the missing `url`. */
export function nearestBeside(url: string, files: Files): string | undefined {
  if (!url.startsWith("file:") || files.stat(url) !== undefined) return undefined;
  const folder = new URL(url.endsWith("/") ? ".." : ".", url).href;
  if (files.stat(folder)?.kind !== "directory") return undefined;
  return nearestFileName(lastOf(url), namesIn(folder, files));
}

/** `path` with the nearest existing name; `base` is the file that contains it. */
export function nearestPath(path: string, base: string, files: Files): string | undefined {
  if (/^[a-z][a-z0-9+.-]+:/i.test(path)) return undefined;
  const near = nearestBeside(resolveLocation(path, base), files);
  return near && path.replace(/[^/]+(\/?)$/, (_, slash: string) => near + slash);
}

function namesIn(folder: string, files: Files): string[] {
  try {
    return files.list(folder).map(({ name }) => name);
  } catch {
    return []; // Only used for suggestions.
  }
}

function lastOf(url: string): string {
  const name = url.replace(/\/$/, "").split("/").at(-1) ?? "";
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // A stray % is part of the name.
  }
}
