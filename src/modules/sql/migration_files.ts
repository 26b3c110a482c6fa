/** The files of migrations: finding, reading and ordering them. */
import type { AppFile, ModuleCreateContext } from "../../contract/author.ts";
import type { MigrationsFields } from "./fields.ts";

/** One file to apply. */
export interface MigrationFile {
  /** The name under which it is recorded. */
  readonly name: string;
  readonly path: string;
  readonly text: string;
  /** SHA-256 of the text, in which the ends of lines do not matter. */
  readonly checksum: string;
}

/** The files of a folder or a list. */
export interface ListedFiles {
  readonly files: readonly AppFile[];
  readonly isFolder: boolean;
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
export async function readMigrations(
  files: readonly AppFile[],
  isFolder: boolean,
): Promise<MigrationFile[]> {
  const chosen = isFolder
    ? files.filter(({ name }) => name.endsWith(".sql")).sort((a, b) => byNumber(a.name, b.name))
    : files;
  const names = new Set<string>();
  const migrations: MigrationFile[] = [];
  for (const { name, path, bytes } of chosen) {
    if (names.has(name)) {
      throw new FilesError(
        `two files are called ${name}`,
        "Migrations are recorded by name: rename one",
      );
    }
    names.add(name);
    const text = decode(bytes, path);
    migrations.push({ name, path, text, checksum: await checksumOf(text) });
  }
  return migrations;
}

/** The files that the field `files` of migrations names: those of a folder, or of a list. */
export function readListed(
  files: MigrationsFields["files"],
  ctx: Pick<ModuleCreateContext, "readFiles">,
): ListedFiles {
  return typeof files === "string" ? { files: ctx.readFiles(["files"]), isFolder: true } : {
    files: files.flatMap((_file, index) => ctx.readFiles(["files", index])),
    isFolder: false,
  };
}

/** Orders by the number that names begin with, so that 10 comes after 9; then by name. */
function byNumber(a: string, b: string): number {
  const [first, second] = [parseInt(a), parseInt(b)];
  if (first !== second && !Number.isNaN(first) && !Number.isNaN(second)) return first - second;
  return a < b ? -1 : a > b ? 1 : 0;
}

function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new FilesError(`the file ${path} is not UTF-8 text`);
  }
}

async function checksumOf(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text.replaceAll("\r\n", "\n"));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
