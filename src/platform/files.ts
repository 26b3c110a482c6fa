/** Files and paths through `node:fs`, which Node, Bun and Deno share. */
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { DirectoryEntry, Files } from "../contract/platform.ts";

/** Files of the machine, by `file:` URL. */
export const diskFiles: Files = {
  stat(url) {
    const path = pathOf(url);
    return path === undefined ? undefined : statPath(path);
  },
  readBytes(url) {
    return readFileSync(fileURLToPath(url));
  },
  list(url) {
    const folder = fileURLToPath(url);
    const entries: DirectoryEntry[] = [];
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isFile()) entries.push({ name: entry.name, kind: "file" });
      else if (entry.isDirectory()) entries.push({ name: entry.name, kind: "directory" });
      else if (entry.isSymbolicLink()) {
        const target = statPath(`${folder}/${entry.name}`);
        if (target !== undefined) entries.push({ name: entry.name, kind: target.kind });
      }
    }
    return entries;
  },
  realUrl(url) {
    const real = pathToFileURL(realpathSync.native(fileURLToPath(url))).href;
    return url.endsWith("/") && !real.endsWith("/") ? real + "/" : real;
  },
  readPart(url, offset, length) {
    const file = openSync(fileURLToPath(url), "r");
    try {
      const bytes = new Uint8Array(length);
      return bytes.subarray(0, readSync(file, bytes, 0, length, offset));
    } finally {
      closeSync(file);
    }
  },
  replace(url, text) {
    const path = fileURLToPath(url);
    const temporary = `${path}.${process.pid}.tmp`;
    mkdirSync(dirname(path), { recursive: true });
    try {
      writeFileSync(temporary, text, { flush: true });
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  },
  openAppend(url, start) {
    const path = fileURLToPath(url);
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(path, "a");
    if (start === "empty") ftruncateSync(file);
    return {
      write(text) {
        let rest: Uint8Array = Buffer.from(text);
        while (rest.length > 0) rest = rest.subarray(writeSync(file, rest));
      },
      sync: () => fsyncSync(file),
      close: () => closeSync(file),
    };
  },
};

/** The `file:` URL of a path relative to the working directory. */
export function toUrl(path: string): string {
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
    return fileURLToPath(url);
  } catch {
    return undefined; // an encoded slash, or a host: nothing can stand there
  }
}

const NOTHING_THERE = new Set(["ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG"]);

function statPath(path: string): ReturnType<Files["stat"]> {
  try {
    const found = statSync(path);
    return { kind: found.isDirectory() ? "directory" : "file", size: found.size };
  } catch (error) {
    if (NOTHING_THERE.has((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}
