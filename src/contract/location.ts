/** Places as manifests write them. */

/**
 * The URL of a place named in the file at `base`: a path relative to it, an absolute path, or
 * a URL. Characters of paths that mean something in URLs stand for themselves.
 */
export function resolveLocation(place: string, base: string): string {
  if (/^[a-z][a-z0-9+.-]+:/i.test(place)) return new URL(place).href;
  const escaped = place.replace(/[%?#]/g, (character) => encodeURIComponent(character));
  return new URL(escaped, base).href;
}
