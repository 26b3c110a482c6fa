/**
 * The modules of apps that were imported into this process. A runtime imports each URL once, so a
 * file that is to be imported anew gets another URL, with a number in its query.
 */
import type { ImportedModules } from "../contract/platform.ts";

const times = new Map<string, number>();
const versions = new Map<string, number>();

/** Notes that a module is imported from now on. */
export function noteImport(url: string): void {
  if (!times.has(url)) times.set(url, Date.now());
}

/** The URL to import a file by: its own until it was forgotten. */
export function currentUrl(url: string): string {
  const version = versions.get(url);
  return version === undefined ? url : `${url}?v=${version}`;
}

/** True if a module was imported by itself and not only by others. */
export function isImported(url: string): boolean {
  return times.has(url);
}

/** The imported modules; `forgetAll` does what the runtime needs, or returns false if it cannot. */
export function importedModules(forgetAll: (urls: readonly string[]) => boolean): ImportedModules {
  return {
    times: () => times,
    forget(urls) {
      if (!forgetAll(urls)) return false;
      for (const url of urls) {
        times.delete(url);
        versions.set(url, (versions.get(url) ?? 0) + 1);
      }
      return true;
    },
  };
}
