/** Finds the file a user probably meant. */
import { resolveLocation } from "./location.ts";
import { nearest } from "./nearest.ts";
import type { Files } from "./platform.ts";

/** The ending of a file's name that people mistake for another of its sort. */
const ENDING = /\.(?:ya?ml|[cm]?[jt]s)$/;

/** The name with another ending of the same sort, or the nearest one. */
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

/** The name of what lies beside the missing `url` and was most likely meant. */
export function nearestBeside(url: string, files: Files): string | undefined {
  if (!url.startsWith("file:") || files.stat(url) !== undefined) return undefined;
  const folder = new URL(url.endsWith("/") ? ".." : ".", url).href;
  if (files.stat(folder)?.kind !== "directory") return undefined;
  return nearestFileName(lastOf(url), namesIn(folder, files));
}

/** `path` with the name in it that was most likely meant; `base` is the file that names it. */
export function nearestPath(path: string, base: string, files: Files): string | undefined {
  if (/^[a-z][a-z0-9+.-]+:/i.test(path)) return undefined;
  const near = nearestBeside(resolveLocation(path, base), files);
  return near && path.replace(/[^/]+(\/?)$/, (_, slash: string) => near + slash);
}

function namesIn(folder: string, files: Files): string[] {
  try {
    return files.list(folder).map(({ name }) => name);
  } catch {
    return []; // It only serves a better message.
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
