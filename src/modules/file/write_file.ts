/** Replaces and extends files, one write at a time for each of them. */
import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, rename, stat, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileError, notAFile } from "./errors.ts";

/** The last write of each file that is being written. */
const writes = new Map<string, Promise<void>>();

/** Replaces a file at once: a reader sees the old or the new content. `path` is for errors. */
export function replaceFile(real: string, content: Uint8Array, path: string): Promise<void> {
  return inOrder(real, path, async () => {
    await mkdir(dirname(real), { recursive: true });
    const mode = await modeOf(real, path);
    // In the folder of the file, so that it can be renamed.
    const temporary = join(dirname(real), `.${basename(real).slice(0, 100)}.${randomUUID()}.tmp`);
    try {
      const file = await open(temporary, "wx", mode ?? 0o666);
      try {
        await writeAll(file, content);
        // The umask may have taken something away from the mode of the old file.
        if (mode !== undefined) await file.chmod(mode);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, real);
    } catch (error) {
      await unlink(temporary).catch(() => {});
      throw error;
    }
  });
}

/** Writes at the end of a file; if that fails, the file has its old length. */
export function appendToFile(real: string, content: Uint8Array, path: string): Promise<void> {
  return inOrder(real, path, async () => {
    await mkdir(dirname(real), { recursive: true });
    await modeOf(real, path);
    const { O_APPEND, O_CREAT, O_NOFOLLOW = 0, O_WRONLY } = constants;
    const file = await open(real, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o666);
    try {
      const { size } = await file.stat();
      try {
        await writeAll(file, content);
      } catch (error) {
        await file.truncate(size).catch(() => {});
        throw error;
      }
    } finally {
      await file.close();
    }
  });
}

/** Runs `write` after the writes of the same file that have begun. */
async function inOrder(real: string, path: string, write: () => Promise<void>): Promise<void> {
  const previous = writes.get(real) ?? Promise.resolve();
  const own = previous.catch(() => {}).then(write);
  writes.set(real, own);
  try {
    await own;
  } catch (error) {
    throw fileError(error, path, "written");
  } finally {
    if (writes.get(real) === own) writes.delete(real);
  }
}

/** The mode of an existing file. Throws for what is not a regular file. */
async function modeOf(real: string, path: string): Promise<number | undefined> {
  try {
    const status = await stat(real);
    if (!status.isFile()) throw notAFile(path);
    return status.mode & 0o777;
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === "ENOENT") return undefined;
    throw error;
  }
}

async function writeAll(file: FileHandle, content: Uint8Array): Promise<void> {
  for (let at = 0; at < content.length;) {
    const { bytesWritten } = await file.write(content, at, content.length - at, null);
    at += bytesWritten;
  }
}
