/** Reads files that are named by users: regular files only, and never more of them than a limit. */
import type { FileKind, Files } from "./platform.ts";

/** Why something cannot be read as a file, as the end of a sentence; `undefined` if it can. */
export function notAFile(kind: FileKind | undefined): string | undefined {
  switch (kind) {
    case undefined:
      return "does not exist";
    case "directory":
      return "is a folder, not a file";
    case "special":
      return "is a device, a pipe or a socket, and only regular files are read";
    case "file":
      return undefined;
  }
}

/** The text of a file, or `undefined` when it is larger than `limit` bytes. */
export function readTextFile(url: string, files: Files, limit: number): string | undefined {
  const bytes = files.readBytes(url, limit);
  return bytes.length > limit ? undefined : new TextDecoder().decode(bytes);
}
