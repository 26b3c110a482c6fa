/** The errors of files. Their texts name paths below the root only, since clients may see them. */
import { type DiglyError, fail, isDiglyError, messageOf } from "../../contract/author.ts";

/** The error for a path that leads out of the root. */
export function outsideRoot(path: string): DiglyError {
  return fail("File.OutsideRoot", { problem: `${quote(path)} leads out of the folder` }, {
    help: "Give a path below `root`, without `..` and without links that lead out of it",
  });
}

/** The error for a file that is too large. */
export function tooLarge(path: string, maxBytes: number): DiglyError {
  return fail("File.TooLarge", { problem: `${quote(path)} is larger than ${maxBytes} bytes` }, {
    help: "Raise `maxBytes`",
  });
}

/** The error for what is neither a file nor absent. */
export function notAFile(path: string): DiglyError {
  return fail("File.NotAFile", { problem: `${quote(path)} is not a regular file` });
}

/** The error for a folder with too many entries. */
export function tooMany(path: string, limit: number): DiglyError {
  return fail("File.TooMany", { problem: `${quote(path)} has more than ${limit} entries` }, {
    help: "Raise `limit`, or narrow the `pattern`",
  });
}

/** The error for a failed operation of the file system. */
export function fileError(error: unknown, path: string, action: "read" | "written"): DiglyError {
  if (isDiglyError(error)) return error;
  const { code } = error as { readonly code?: unknown };
  switch (code) {
    case "ENOENT":
      return fail("File.NotFound", { problem: `${quote(path)} does not exist` });
    case "EISDIR":
    case "ENOTDIR":
    case "EEXIST":
      return notAFile(path);
    case "ELOOP":
      return outsideRoot(path);
    case "ENAMETOOLONG":
      return fail("File.NotFound", { problem: `${quote(path)} is too long for a path` });
    case "ENOSPC":
    case "EDQUOT":
    case "EFBIG":
      return fail("File.DiskFull", {
        problem: `${quote(path)} was not written, because the disk is full`,
      }, { help: "Free space on the disk, and try again" });
  }
  return fail("ERR_EXECUTION_FAILED", {
    problem: `${quote(path)} cannot be ${action}: ${messageOf(error)}`,
  }, { cause: error });
}

/** A path in quotes, not too long. */
function quote(path: string): string {
  return JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);
}
