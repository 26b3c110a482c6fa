/** Walks the files below a folder. */
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { compileGlob } from "./glob.ts";

/** A file or a folder. */
export interface Entry {
  /** Below the folder that was scanned, with slashes. */
  readonly path: string;
  readonly name: string;
  readonly kind: "file" | "folder";
  readonly size: number;
  /** In milliseconds since the epoch. */
  readonly modified: number;
  /** Changes when another file takes the place of one. */
  readonly id: number;
}

/** Options of {@link scan}. */
export interface ScanOptions {
  readonly pattern?: string | undefined;
  readonly recursive: boolean;
  /** The most entries; `tooMany` makes the error for more. */
  readonly limit: number;
  readonly tooMany: () => Error;
}

/** The entries below a folder by path, in order. Links and special files are left out. */
export async function scan(folder: string, options: ScanOptions): Promise<Entry[]> {
  const { pattern, recursive, limit, tooMany } = options;
  const matches = pattern === undefined ? () => true : compileGlob(pattern);
  const entries: Entry[] = [];
  const folders = [""];
  let visited = 0;
  for (const prefix of folders) {
    for (const { name, isFolder } of await namesIn(join(folder, prefix), prefix === "")) {
      // Folders that match nothing cost time, too.
      if (++visited > Math.max(limit * 10, 100_000)) throw tooMany();
      const path = prefix + name;
      if (isFolder && recursive) folders.push(`${path}/`);
      if (!matches(path)) continue;
      const entry = await entryOf(folder, path, name);
      if (entry === undefined) continue;
      if (entries.length >= limit) throw tooMany();
      entries.push(entry);
    }
  }
  return entries.sort((a, b) => a.path < b.path ? -1 : 1);
}

async function namesIn(folder: string, isFirst: boolean) {
  try {
    const found = await readdir(folder, { withFileTypes: true });
    return found.filter((one) => one.isFile() || one.isDirectory())
      .map((one) => ({ name: one.name, isFolder: one.isDirectory() }));
  } catch (error) {
    // A folder that is removed meanwhile is not listed.
    if (isFirst) throw error;
    return [];
  }
}

async function entryOf(folder: string, path: string, name: string): Promise<Entry | undefined> {
  try {
    const status = await lstat(join(folder, path));
    if (!status.isFile() && !status.isDirectory()) return undefined;
    return {
      path,
      name,
      kind: status.isFile() ? "file" : "folder",
      size: status.isFile() ? status.size : 0,
      modified: status.mtimeMs,
      id: status.ino,
    };
  } catch {
    return undefined; // It was removed meanwhile.
  }
}
