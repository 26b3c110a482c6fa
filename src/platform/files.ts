/** Files and paths through `node:fs`, which Node, Bun and Deno share. */
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, sep } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { DirectoryEntry, FileKind, Files } from "../contract/platform.ts";

/** Without `O_NONBLOCK`, opening a pipe would wait for somebody to write to it. */
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** Windows has neither flag, and creating a link there takes a privilege. */
const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT |
  (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

/** Readable and writable by the owner, and by nobody else. */
const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;

/** How much is read at once where the size of a file is not known. */
const PART = 64 * 1024;

/** Files of the machine, by `file:` URL. */
export const diskFiles: Files = {
  stat(url) {
    const path = pathOf(url);
    return path === undefined ? undefined : statPath(path);
  },
  changedAt(url) {
    const path = pathOf(url);
    const stats = path === undefined ? undefined : statsAt(path);
    // Both, because a tool may copy a file with its old time, and Deno rounds `ctime` to seconds.
    return stats && Math.max(stats.mtimeMs, stats.ctimeMs);
  },
  readBytes(url, limit) {
    const path = fileURLToPath(url);
    return withFile(path, READ, (file) => readAll(file, regularStats(file, path), limit + 1));
  },
  list(url) {
    const folder = fileURLToPath(url);
    const entries: DirectoryEntry[] = [];
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const kind = entry.isSymbolicLink()
        ? statPath(`${folder}/${entry.name}`)?.kind
        : kindOf(entry);
      if (kind !== undefined) entries.push({ name: entry.name, kind });
    }
    return entries;
  },
  realUrl(url) {
    const real = pathToFileURL(realpathSync.native(fileURLToPath(url))).href;
    return url.endsWith("/") && !real.endsWith("/") ? real + "/" : real;
  },
  readPart(url, offset, length) {
    const path = fileURLToPath(url);
    return withFile(path, READ, (file) => {
      regularStats(file, path);
      const bytes = new Uint8Array(length);
      return bytes.subarray(0, readSync(file, bytes, 0, length, offset));
    });
  },
  replace(url, text, access) {
    const path = fileURLToPath(url);
    const temporary = `${path}.${process.pid}.tmp`;
    makeFolder(path, access === "private");
    // A file that is left from a process of the same number; a link of that name is not followed.
    rmSync(temporary, { force: true });
    try {
      const mode = access === "private" ? { mode: PRIVATE_FILE } : {};
      writeFileSync(temporary, text, { flush: true, flag: "wx", ...mode });
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  },
  openAppend(url, start) {
    const path = fileURLToPath(url);
    makeFolder(path, true);
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) throw isLink(path);
    const file = openSync(path, APPEND, PRIVATE_FILE);
    try {
      regularStats(file, path);
      fchmodSync(file, PRIVATE_FILE);
      if (start === "empty") ftruncateSync(file);
    } catch (error) {
      closeSync(file);
      throw error;
    }
    return {
      write(bytes, length) {
        let written = 0;
        while (written < length) {
          written += writeSync(file, bytes, written, length - written, null);
        }
      },
      sync: () => fsyncSync(file),
      close: () => closeSync(file),
    };
  },
};

/** The `file:` URL of a path relative to the working directory; one that is such a URL, as it is. */
export function toUrl(path: string): string {
  if (/^file:/i.test(path) && URL.canParse(path)) return new URL(path).href;
  return pathToFileURL(path).href;
}

/** The path of a `file:` URL; any other URL, or one that names no path here, as it is. */
export function toPath(url: string): string {
  return pathOf(url) ?? url;
}

/** The working directory as a `file:` URL that ends in a slash. */
export function cwd(): string {
  return pathToFileURL(process.cwd() + "/").href;
}

function pathOf(url: string): string | undefined {
  if (!url.startsWith("file:")) return undefined;
  try {
    const path = fileURLToPath(url);
    return path.includes("\0") ? undefined : path;
  } catch {
    return undefined; // an encoded slash, or a host: nothing can stand there
  }
}

const NOTHING_THERE = new Set(["ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG"]);

function statPath(path: string): ReturnType<Files["stat"]> {
  const stats = statsAt(path);
  return stats && { kind: kindOf(stats), size: stats.size };
}

function statsAt(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch (error) {
    if (NOTHING_THERE.has((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}

function kindOf(found: Pick<Stats, "isFile" | "isDirectory">): FileKind {
  return found.isFile() ? "file" : found.isDirectory() ? "directory" : "special";
}

function withFile<T>(path: string, flags: number, work: (file: number) => T): T {
  const file = openSync(path, flags);
  try {
    return work(file);
  } finally {
    closeSync(file);
  }
}

/** What an open file is; throws for what is not a regular file, which could be without an end. */
function regularStats(file: number, path: string): Stats {
  const found = fstatSync(file);
  if (found.isFile()) return found;
  throw Object.assign(new Error(`EINVAL: not a regular file, open '${path}'`), { code: "EINVAL" });
}

/** At most `most` bytes from the current position of the file. Its size is only a hint. */
function readAll(file: number, { size }: Stats, most: number): Uint8Array {
  let bytes = new Uint8Array(Math.min(most, size + 1));
  let length = 0;
  for (;;) {
    if (length === bytes.length) {
      if (length === most) return bytes;
      const longer = new Uint8Array(Math.min(most, Math.max(PART, length * 2)));
      longer.set(bytes);
      bytes = longer;
    }
    const count = readSync(file, bytes, length, bytes.length - length, null);
    if (count === 0) return bytes.subarray(0, length);
    length += count;
  }
}

/** Makes the folders above a file. For a private file below the working directory, they may not be links. */
function makeFolder(path: string, isPrivate: boolean): void {
  const folder = dirname(path);
  if (!isPrivate) {
    mkdirSync(folder, { recursive: true });
    return;
  }
  mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
  const here = process.cwd().replace(/[/\\]*$/, sep);
  for (let at = folder; at.startsWith(here) && at !== here; at = dirname(at)) {
    if (lstatSync(at).isSymbolicLink()) throw isLink(at);
  }
}

function isLink(path: string): Error {
  return Object.assign(new Error(`ELOOP: ${path} is a symbolic link`), { code: "ELOOP" });
}
