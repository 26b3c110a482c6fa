/** Finds manifest files. Rules: decisions D-2 and D-9. */
import { fail, type Origin } from "../contract/errors.ts";
import type { Files } from "../contract/platform.ts";

export function locateManifest(
  url: string,
  files: Files,
  what: string,
  toPath: (url: string) => string,
): string {
  const kind = files.stat(url)?.kind;
  if (kind === "file") return url;
  const inside = `${url.replace(/\/$/, "")}/${what}`;
  if (kind === "directory" && files.stat(inside)?.kind === "file") return inside;
  throw fail("ERR_MANIFEST_NOT_FOUND", {
    problem: `${toPath(kind ? inside : url)} does not exist`,
  });
}

export function locateResources(
  url: string,
  files: Files,
  about: {
    readonly path: string;
    readonly origin: Origin;
    readonly toPath: (url: string) => string;
  },
): string[] {
  const kind = files.stat(url)?.kind;
  if (kind === "file") return [url];
  if (kind === undefined) {
    throw fail("ERR_MANIFEST_NOT_FOUND", { problem: `"${about.path}" does not exist` }, {
      origin: about.origin,
    });
  }
  const folder = url.endsWith("/") ? url : url + "/";
  return files.list(folder).map(({ name }) => name).sort().filter((name) => /\.ya?ml$/.test(name))
    .map((name) => folder + name);
}
