/** Finds test files. */
import { fail } from "../contract/errors.ts";
import { resolveLocation } from "../contract/location.ts";
import type { Files, Platform } from "../contract/platform.ts";
import { nearestBeside } from "../diagnostics/nearest_file.ts";
import { CASE_FILE } from "./test_case.ts";

/** What files with tests in code are called. */
export const SCRIPT_FILE: RegExp = /\.test\.[cm]?[jt]s$/;

/** What tests are in, for messages. */
const NAMES = "*.test.yaml, *.test.ts or *.test.js";

/**
 * The URLs of the test files at paths: files, and those in folders at any depth, sorted.
 * Hidden folders and `node_modules` are left out. Throws `ERR_USAGE` for a path that does not exist or
 * is not a test, and if there are none.
 */
export function findTests(paths: readonly string[], platform: Platform): string[] {
  const { files, toUrl, toPath } = platform;
  const found = new Set<string>();
  for (const path of paths) {
    const url = toUrl(path);
    const kind = files.stat(url)?.kind;
    if (kind === undefined) {
      const near = nearestBeside(url, files);
      throw fail("ERR_USAGE", { problem: `${toPath(url)} does not exist` }, {
        help: near === undefined ? "Name a file or a folder" : `Did you mean "${near}"?`,
      });
    }
    if (kind === "directory") walk(url, files, found, new Set());
    else if (isTest(url)) found.add(url);
    else {
      throw fail("ERR_USAGE", { problem: `"${path}" is not a test` }, {
        help: `Tests are in files named ${NAMES}`,
      });
    }
  }
  if (found.size === 0) {
    const places = paths.map((path) => `"${path}"`).join(" and ");
    throw fail("ERR_USAGE", { problem: `There are no tests in ${places}` }, {
      help: `Write one in a file named ${NAMES}`,
    });
  }
  return [...found].sort();
}

function isTest(url: string): boolean {
  return CASE_FILE.test(url) || SCRIPT_FILE.test(url);
}

function walk(folder: string, files: Files, found: Set<string>, visited: Set<string>): void {
  // A link may lead back to a folder above.
  const real = files.realUrl(folder);
  if (visited.has(real)) return;
  visited.add(real);
  const base = folder.endsWith("/") ? folder : `${folder}/`;
  for (const { name, kind } of files.list(base)) {
    if (name.startsWith(".") || name === "node_modules") continue;
    const url = resolveLocation(`./${name}`, base);
    if (kind === "directory") walk(url, files, found, visited);
    else if (kind === "file" && isTest(name)) found.add(url);
  }
}
