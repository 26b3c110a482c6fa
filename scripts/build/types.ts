/** Writes the declarations of the library's entries, and of what they name. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path/posix";
import { root, run } from "./command.ts";

const LOCAL_IMPORT = /(from |import\()"(\.[^"]+)\.ts"/g;

const ENTRIES = ["mod.d.ts", "testing.d.ts", "src/contract/author.d.ts"];

/** Writes below `dist/types/`; gives the paths below `dist/`. */
export function writeTypes(): string[] {
  const all = mkdtempSync(tmpdir() + "/digly-types-");
  try {
    run("tsc", ["-p", "tsconfig.types.json", "--outDir", all]);
    return [...reachable(all, ENTRIES)].sort().map((path) => {
      const text = readFileSync(`${all}/${path}`, "utf8");
      mkdirSync(`${root}dist/types/${dirname(path)}`, { recursive: true });
      writeFileSync(`${root}dist/types/${path}`, text.replaceAll(LOCAL_IMPORT, '$1"$2.js"'));
      return `types/${path}`;
    });
  } finally {
    rmSync(all, { recursive: true });
  }
}

/** The declarations that `paths` lead to, themselves included. */
function reachable(folder: string, paths: readonly string[]): Set<string> {
  const found = new Set(paths);
  for (const path of found) {
    const text = readFileSync(`${folder}/${path}`, "utf8");
    for (const [, , specifier] of text.matchAll(LOCAL_IMPORT)) {
      found.add(join(dirname(path), `${specifier}.d.ts`));
    }
  }
  return found;
}
