/** Which files of an app modules import, directly or not, as far as their text says. */
import type { Files } from "../../contract/platform.ts";

/** The largest file that is searched for imports. */
const LARGEST_FILE = 4 * 1024 * 1024;

/** `from "./a.ts"`, `import "./a.ts"`, `import("./a.ts")` and `require("./a.cjs")`. */
const IMPORT = /(?:\bfrom|\bimport|\brequire)\s*\(?\s*(["'])(\.{1,2}\/[^"'\n]+|file:[^"'\n]+)\1/g;

/** What importers may leave out at the end of a path. */
const ENDINGS = [
  "",
  ".ts",
  ".js",
  ".mts",
  ".mjs",
  ".cts",
  ".cjs",
  ".json",
  "/index.ts",
  "/index.js",
];

/** The files that the modules at `urls` consist of, each with those that it imports. */
export function localModules(
  urls: Iterable<string>,
  files: Files,
): ReadonlyMap<string, readonly string[]> {
  const modules = new Map<string, readonly string[]>();
  const waiting = [...urls].filter((url) => url.startsWith("file:"));
  for (let url = waiting.pop(); url !== undefined; url = waiting.pop()) {
    if (modules.has(url)) continue;
    const imported = importsOf(url, files);
    modules.set(url, imported);
    waiting.push(...imported);
  }
  return modules;
}

function importsOf(url: string, files: Files): readonly string[] {
  if (url.endsWith(".json")) return [];
  let text: string;
  try {
    text = new TextDecoder().decode(files.readBytes(url, LARGEST_FILE));
  } catch {
    return []; // It is being replaced, or it was removed.
  }
  const found = new Set<string>();
  for (const [, , specifier = ""] of text.matchAll(IMPORT)) {
    const target = existing(new URL(specifier, url).href, files);
    if (target !== undefined) found.add(target);
  }
  return [...found];
}

function existing(url: string, files: Files): string | undefined {
  return ENDINGS.map((ending) => url + ending).find((one) => files.stat(one)?.kind === "file");
}
