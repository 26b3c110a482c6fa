/** Finds and opens the files of a folder, and nothing else. */
import { constants } from "node:fs";
import { type FileHandle, open, realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import { badRequest, RequestError } from "./errors.ts";

/** A file that is open; its receiver closes it. */
export interface OpenFile {
  readonly handle: FileHandle;
  /** The path with all links resolved. */
  readonly path: string;
  readonly size: number;
  /** Milliseconds since 1970, as precise as every runtime says. */
  readonly modifiedMs: number;
}

/** Errors of paths that lead to no file. */
const ABSENT: ReadonlySet<string> = new Set([
  "ENOENT",
  "ENOTDIR",
  "ELOOP",
  "ENAMETOOLONG",
  "EINVAL",
  // A device or socket.
  "ENXIO",
  "ENODEV",
  "EOPNOTSUPP",
]);

/** Without `O_NONBLOCK`, opening a pipe would wait for a writer; the last link is resolved already. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

const IS_WINDOWS = sep === "\\";

/**
 * The names in a path of a request, the last of which is empty for a folder; `undefined` if no
 * file that is served can have them. Throws an error for the client if they are not encoded text.
 */
export function namesIn(path: string): string[] | undefined {
  const names: string[] = [];
  const segments = path.split("/").slice(1);
  for (const [index, segment] of segments.entries()) {
    const name = segment.includes("%") ? decode(segment) : segment;
    const isLast = index === segments.length - 1;
    if (name === "" ? !isLast : !isServed(name)) return undefined;
    names.push(name);
  }
  return names;
}

/** True for a name that a file may have: no dot at its start, and no separator. */
export function isServed(name: string): boolean {
  if (name.startsWith(".") || /[/\\\0]/.test(name)) return false;
  // Windows ignores dots and spaces at the end, and a colon leads to another stream of the file.
  return !(IS_WINDOWS && /[:]|[. ]$/.test(name));
}

/**
 * Opens a file below the folder `root`. A link is followed if it stays in the folder. Gives
 * `"folder"` for a folder, and `undefined` if there is no such file.
 */
export async function openBelow(
  root: string,
  names: readonly string[],
): Promise<OpenFile | "folder" | undefined> {
  let handle: FileHandle | undefined;
  try {
    const folder = await realpath(root);
    const path = await realpath(join(folder, ...names));
    const prefix = folder.endsWith(sep) ? folder : folder + sep;
    if (path === folder) return "folder";
    if (!path.startsWith(prefix)) return undefined;
    handle = await open(path, FLAGS);
    const stats = await handle.stat();
    if (stats.isFile()) {
      const file = { handle, path, size: stats.size, modifiedMs: Math.floor(stats.mtimeMs) };
      handle = undefined;
      return file;
    }
    return stats.isDirectory() ? "folder" : undefined;
  } catch (error) {
    const { code = "" } = error as { code?: string };
    // Windows does not open folders.
    if (code === "EISDIR") return "folder";
    if (ABSENT.has(code)) return undefined;
    if (code === "EACCES" || code === "EPERM") {
      throw new RequestError(403, "FORBIDDEN", "The file may not be read");
    }
    throw error;
  } finally {
    await handle?.close();
  }
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw badRequest("The path must be percent-encoded UTF-8");
  }
}
