/**
 * Keeps what belongs together in one chunk. esbuild makes a chunk for each set of entries that share a
 * file, and every lazy import is an entry, so what every app loads would be some eighty chunks, of
 * which Node takes about a millisecond each.
 */
import type { Metafile, Plugin } from "esbuild";
import { readFileSync } from "node:fs";
import { dirname, extname } from "node:path";
import { root } from "./command.ts";

/** Files that are loaded together: those that the roots import, without those of groups before. */
interface Group {
  readonly roots: readonly string[];
  readonly except?: RegExp;
}

/** The groups, in the order in which the program loads them. */
const GROUPS: readonly Group[] = [
  // The library uses these files, too, but not the command line.
  { roots: ["cli.ts"], except: /^(?:cli\.ts$|src\/cli\/)/ },
  { roots: ["src/cli/session.ts"] },
  { roots: ["src/kernel/kernel.ts", "src/generated/embedded.ts"] },
  { roots: ["src/cli/run.ts"] },
];

/** Modules that plugins provide are not files: `global:node:process`. */
const MADE_UP = /^[\w-]+:/;

type Inputs = Metafile["inputs"];

/**
 * Makes each entry that uses a file of a group import the whole group, and the groups before: then
 * the files of a group are shared by the same entries. By that time they are loaded anyway. `inputs`
 * are those of a build without this plugin; the entries in `alone` load no more than they use.
 */
export function sharedChunks(
  inputs: Inputs,
  entries: readonly string[],
  alone: readonly string[],
): Plugin {
  const groups = filesOfGroups(inputs);
  const groupOf = new Map(groups.flatMap((files, group) => files.map((file) => [file, group])));
  const imports = new Map<string, number>();
  for (const entry of [...entries, ...lazyImports(inputs)]) {
    if (alone.includes(entry)) continue;
    const used = [...reachable([entry], inputs)].map((file) => groupOf.get(file) ?? 0);
    imports.set(root + entry, Math.max(0, ...used));
  }
  return {
    name: "shared-chunks",
    setup(build) {
      build.onResolve({ filter: /^digly-group:/ }, ({ path }) => ({ path, namespace: "group" }));
      build.onLoad({ filter: /./, namespace: "group" }, ({ path }) => ({
        contents: (groups[Number(path.split(":")[1])] ?? [])
          .map((file) => `import ${JSON.stringify("./" + file)};\n`).join(""),
        resolveDir: root,
      }));
      build.onLoad({ filter: /\.(?:ts|m?js)$/, namespace: "file" }, ({ path }) => {
        const group = imports.get(path);
        if (group === undefined) return undefined;
        const added = groups.slice(0, group + 1).map((_, index) =>
          `import "digly-group:${index}";\n`
        );
        return {
          contents: `${readFileSync(path, "utf8")}\n${added.join("")}`,
          loader: extname(path) === ".ts" ? "ts" : "js",
          resolveDir: dirname(path),
        };
      });
    },
  };
}

/** The files of each group. */
function filesOfGroups(inputs: Inputs): string[][] {
  const taken = new Set<string>();
  return GROUPS.map(({ roots, except }) => {
    const files = [...reachable(roots, inputs)].filter((file) =>
      !taken.has(file) && !MADE_UP.test(file) && except?.test(file) !== true
    );
    for (const file of files) taken.add(file);
    return files;
  });
}

/** The files that are imported lazily. */
function lazyImports(inputs: Inputs): Set<string> {
  const lazy = Object.values(inputs).flatMap(({ imports }) =>
    imports.filter(({ kind, external }) => kind === "dynamic-import" && !external)
  );
  return new Set(lazy.map(({ path }) => path));
}

/** The files and those that they import, but not lazily. */
function reachable(files: readonly string[], inputs: Inputs): Set<string> {
  const found = new Set(files);
  for (const file of found) {
    for (const { path, kind, external } of inputs[file]?.imports ?? []) {
      if (!external && kind !== "dynamic-import") found.add(path);
    }
  }
  return found;
}
