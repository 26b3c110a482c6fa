/** The modules of an app that have changed since they were imported. */
import type { Files } from "../../contract/platform.ts";
import { localModules } from "./local_modules.ts";

/**
 * The URLs of files to import anew: those that have changed, and all that import one of them.
 * `imported` says when each module was imported.
 */
export function changedModules(
  imported: ReadonlyMap<string, number>,
  files: Files,
): ReadonlySet<string> {
  const modules = localModules(imported.keys(), files);
  const importers = new Map<string, string[]>();
  for (const [url, targets] of modules) {
    for (const target of targets) importers.set(target, [...importers.get(target) ?? [], url]);
  }
  const times = importTimes(imported, modules);
  const changed = new Set<string>();
  const reached = [...modules.keys()].filter((url) => {
    const changedAt = files.changedAt(url);
    return changedAt === undefined || changedAt > (times.get(url) ?? Infinity);
  });
  for (let url = reached.pop(); url !== undefined; url = reached.pop()) {
    if (changed.has(url)) continue;
    changed.add(url);
    reached.push(...importers.get(url) ?? []);
  }
  return changed;
}

/** When each file was first imported: with the first of the modules that import it. */
function importTimes(
  imported: ReadonlyMap<string, number>,
  modules: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  const inOrder = [...imported].sort(([, one], [, other]) => one - other);
  for (const [entry, time] of inOrder) {
    const waiting = [entry];
    for (let url = waiting.pop(); url !== undefined; url = waiting.pop()) {
      if (times.has(url)) continue;
      times.set(url, time);
      waiting.push(...modules.get(url) ?? []);
    }
  }
  return times;
}
