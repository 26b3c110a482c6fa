/** Paths of URLs with escapes, which other programs may decode before they resolve dots. */

/** True if a path would lead out of the folder it is in once its escapes are decoded. */
export function leavesFolder(path: string): boolean {
  return /%2f|%5c/i.test(path) &&
    path.split(/\/|%2f|%5c/i).some((segment) => /^(?:\.|%2e){2}$/i.test(segment));
}
