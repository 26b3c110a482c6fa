/** Resolves paths and URLs written in manifests. */
import { fail } from "./errors.ts";

/**
 * The URL of a place named in the file at `base`: a path relative to it, an absolute path, or
 * a URL. Characters of paths that are special in URLs are escaped.
 * Throws `ERR_MANIFEST_INVALID` for what is neither.
 */
export function resolveLocation(place: string, base: string): string {
  if (place.includes("\0")) {
    throw fail("ERR_MANIFEST_INVALID", {
      problem: `${JSON.stringify(place)} is not a path: it has a NUL character in it`,
    }, { help: "Remove the character; no file can have it in its name" });
  }
  const isUrl = /^[a-z][a-z0-9+.-]+:/i.test(place);
  if (isUrl || isRemote(base)) {
    if (URL.canParse(place, base)) return new URL(place, base).href;
    throw fail("ERR_MANIFEST_INVALID", { problem: `"${place}" is not a valid URL` }, {
      help: "Write a path, or a URL like https://example.com/module.yaml",
    });
  }
  const escaped = place.replace(/[%?#]/g, (character) => encodeURIComponent(character));
  return new URL(escaped, base).href;
}

/** True for a place on the network. */
export function isRemote(url: string): boolean {
  return /^https?:/i.test(url);
}

/** A remote URL without its `#sha256=…`. */
export function withoutHash(url: string): string {
  return isRemote(url) ? url.replace(/#.*$/s, "") : url;
}

/** The names of the built-in modules, `http` of `digly:http`, whose manifests are in `files`. */
export function builtinNames(files: Readonly<Record<string, string>>): string[] {
  return Object.keys(files).flatMap((url) => /^digly:\/([^/]+)\/module\.yaml$/.exec(url)?.[1] ?? [])
    .sort();
}

/** True for a file of an installed package, which the importing user cannot change. */
export function isInstalled(url: string): boolean {
  return url.includes("/node_modules/");
}
