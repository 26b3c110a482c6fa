/** Paths in manifests, which are relative to the file that they are written in. */
import { isAbsolute, resolve } from "node:path";
import process from "node:process";
import type { ModuleCreateContext, Path } from "../../contract/author.ts";

/** Where the files of a bundled app seem to be; they are within the executable. */
const BUNDLED = "/bundled/";

/** The absolute path of what the field `at` names; in a bundled app, from the working directory. */
export function resolvePath(path: string, at: Path, ctx: ModuleCreateContext): string {
  const file = ctx.originAt(at)?.file;
  const isOnDisk = file !== undefined && isAbsolute(file) && !file.startsWith(BUNDLED);
  return resolve(isOnDisk ? resolve(file, "..") : process.cwd(), path);
}

/** The same for a database of SQLite, which may be in memory. */
export function resolveSqlitePath(path: string, at: Path, ctx: ModuleCreateContext): string {
  return path === ":memory:" ? path : resolvePath(path, at, ctx);
}
