/** The files of migrations: finding, reading and ordering them. */
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { messageOf } from "./sql_error.ts";

/** One file to apply. */
export interface MigrationFile {
  /** The name under which it is recorded. */
  readonly name: string;
  readonly path: string;
  readonly text: string;
  /** SHA-256 of the text, in which the ends of lines do not matter. */
  readonly checksum: string;
}

/** A mistake in the list of files. */
export class FilesError extends Error {
  readonly help: string | undefined;

  constructor(message: string, help?: string) {
    super(message);
    this.help = help;
  }
}

/** The SQL files of a folder in order, or the files of a list as it is. */
export async function readMigrations(paths: string | readonly string[]): Promise<MigrationFile[]> {
  const files = typeof paths === "string" ? await filesIn(paths) : paths;
  const names = new Set<string>();
  const migrations: MigrationFile[] = [];
  for (const path of files) {
    const name = basename(path);
    if (names.has(name)) {
      throw new FilesError(
        `two files are called ${name}`,
        "Migrations are recorded by name: rename one",
      );
    }
    names.add(name);
    const text = await readText(path);
    migrations.push({ name, path, text, checksum: await checksumOf(text) });
  }
  return migrations;
}

async function filesIn(folder: string): Promise<string[]> {
  let names: string[];
  try {
    if (!(await stat(folder)).isDirectory()) {
      throw new FilesError(
        `${folder} is not a folder`,
        "Write a list to name files: [./schema.sql]",
      );
    }
    names = await readdir(folder);
  } catch (error) {
    if (error instanceof FilesError) throw error;
    throw new FilesError(`the folder ${folder} cannot be read: ${messageOf(error)}`);
  }
  return names.filter((name) => name.endsWith(".sql")).sort(byNumber).map((name) =>
    join(folder, name)
  );
}

/** Orders by the number that names begin with, so that 10 comes after 9; then by name. */
function byNumber(a: string, b: string): number {
  const [first, second] = [parseInt(a), parseInt(b)];
  if (first !== second && !Number.isNaN(first) && !Number.isNaN(second)) return first - second;
  return a < b ? -1 : a > b ? 1 : 0;
}

async function readText(path: string): Promise<string> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(path));
  } catch (error) {
    throw new FilesError(`the file ${path} cannot be read: ${messageOf(error)}`);
  }
}

async function checksumOf(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text.replaceAll("\r\n", "\n"));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
