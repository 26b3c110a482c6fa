/** Suggests file names. */
import { resolveLocation } from "../contract/location.ts";
import { nearest } from "./nearest.ts";
import type { Files } from "../contract/platform.ts";

/** File extensions that are often confused. */
const ENDING = /\.(?:ya?ml|[cm]?[jt]s)$/;

/** The name with a similar extension, or the nearest one. */
export function nearestFileName(name: string, names: readonly string[]): string | undefined {
  const ending = ENDING.exec(name)?.[0];
  const stem = name.replace(ENDING, "");
  const isYaml = (text: string | undefined) => text?.endsWith("ml");
  return names.find((other) => {
    const its = ENDING.exec(other)?.[0];
    return other !== name && its !== undefined && other.replace(ENDING, "") === stem &&
      (ending === undefined || isYaml(ending) === isYaml(its));
  }) ?? nearest(name, names.filter((other) => other !== name));
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
  const name = url.replace(/\/$/, "").split("/").at(-1)!;
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // A stray % is part of the name.
  }
}
