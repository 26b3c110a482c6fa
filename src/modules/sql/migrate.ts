/** Applies migrations: each once, in order, in a transaction, by one process at a time. */
import {
  type DiglyError,
  fail,
  type Logger,
  messageOf,
  type Origin,
} from "../../contract/author.ts";
import type { Database, Dialect, RunOptions, ScriptSession } from "./database.ts";
import { findTransactionControl, originInFile } from "./mistake.ts";
import {
  FilesError,
  type ListedFiles,
  type MigrationFile,
  readMigrations,
} from "./migration_files.ts";
import { isSqlError } from "./sql_error.ts";

const TABLE = "digly_migrations";
const ALL: RunOptions = { maxRows: Infinity };

/** On whose behalf migrations are applied. */
export interface MigrationOwner {
  readonly urn: string;
  readonly log: Logger;
  readonly files: () => ListedFiles;
  /** Where the field that names the files is written. */
  readonly origin: () => Origin | undefined;
}

/** A migration that is recorded in the database. */
export interface AppliedMigration {
  readonly name: string;
  readonly checksum: string;
  readonly appliedAt: string;
}

/** Applies the files that the database does not have yet. */
export async function migrate(
  database: Database,
  owner: MigrationOwner,
): Promise<void> {
  const files = await readFor(owner, database.dialect);
  const applied = await database.migration(async (session) => {
    await session.script(
      `CREATE TABLE IF NOT EXISTS ${TABLE} (
        name text PRIMARY KEY, position integer NOT NULL UNIQUE,
        checksum text NOT NULL, applied_at text NOT NULL
      )`,
    );
    return await appliedIn(session);
  });
  checkApplied(files, applied, owner);
  for (const file of files) {
    if (applied.some(({ name }) => name === file.name)) continue;
    const isNew = await database.migration((session) => apply(file, session, database, owner));
    if (isNew) owner.log.info(`Applied ${file.name}`);
  }
}

/** The migrations of a database, in the order in which they were applied. */
export async function appliedMigrations(database: Database): Promise<readonly AppliedMigration[]> {
  return await appliedIn(database);
}

async function appliedIn(session: Pick<ScriptSession, "run">): Promise<AppliedMigration[]> {
  const text = `SELECT name, checksum, applied_at FROM ${TABLE} ORDER BY position`;
  const { rows } = await session.run({ text }, [], ALL);
  return rows.map((row) => ({
    name: String(row["name"]),
    checksum: String(row["checksum"]),
    appliedAt: String(row["applied_at"]),
  }));
}

/** Reads the files of an owner, in order. */
export async function readFor(
  owner: Omit<MigrationOwner, "log">,
  dialect: Dialect,
): Promise<MigrationFile[]> {
  const files = await read(owner);
  checkFiles(files, dialect, owner);
  return files;
}

async function read(
  { urn, files: filesOf, origin }: Omit<MigrationOwner, "log">,
): Promise<MigrationFile[]> {
  try {
    const { files, isFolder } = filesOf();
    return await readMigrations(files, isFolder);
  } catch (error) {
    const help = error instanceof FilesError ? error.help : undefined;
    throw fail("Sql.Migration", { problem: `${urn}: ${messageOf(error)}` }, {
      origin: origin(),
      help,
    });
  }
}

function checkFiles(
  files: readonly MigrationFile[],
  dialect: Dialect,
  { urn }: Pick<MigrationOwner, "urn">,
): void {
  for (const { name, path, text } of files) {
    const control = findTransactionControl(text, dialect);
    if (control === undefined) continue;
    throw fail("Sql.Migration", { problem: `${urn}: ${name} begins or ends a transaction` }, {
      origin: originInFile(path, text, control),
      help: "Remove the statement: each file is applied in a transaction of its own",
    });
  }
}

/** Applied files must be what they were, and new ones must come after them. */
function checkApplied(
  files: readonly MigrationFile[],
  applied: readonly AppliedMigration[],
  { urn }: MigrationOwner,
): void {
  const checksums = new Map(applied.map(({ name, checksum }) => [name, checksum]));
  const last = files.findLastIndex(({ name }) => checksums.has(name));
  files.forEach((file, index) => {
    const { name, path, text } = file;
    const checksum = checksums.get(name);
    if (checksum !== undefined) return requireUnchanged(file, checksum, urn);
    if (index > last) return;
    throw fail("Sql.Migration", {
      problem: `${urn}: ${name} comes before ${files[last]?.name}, which is applied already`,
    }, {
      origin: originInFile(path, text, 0),
      help: "Rename it, so that it comes after all that are applied",
    });
  });
}

function requireUnchanged(
  { name, path, text, checksum }: MigrationFile,
  known: string,
  urn: string,
) {
  if (checksum === known) return;
  throw fail("Sql.Migration", {
    problem: `${urn}: ${name} was changed after it had been applied`,
  }, {
    origin: originInFile(path, text, 0),
    help: "Restore its text, and write the change as a new file",
  });
}

/** Applies a file, unless another process has done so in the meantime. */
async function apply(
  file: MigrationFile,
  session: ScriptSession,
  { dialect }: Database,
  { urn }: MigrationOwner,
): Promise<boolean> {
  const { name, path, text, checksum } = file;
  const known = (await appliedIn(session)).find((other) => other.name === name);
  if (known !== undefined) {
    requireUnchanged(file, known.checksum, urn);
    return false;
  }
  try {
    await session.script(text);
  } catch (error) {
    if (!isSqlError(error) || error.kind === "unavailable") throw error;
    const { offset = 0, help } = error.details;
    throw migrationFailed(error, `${urn}: ${name} failed: ${error.message}`, {
      origin: originInFile(path, text, offset),
      help,
    });
  }
  const values = dialect === "postgres" ? "$1, $2, $3" : "?1, ?2, ?3";
  await session.run(
    {
      text: `INSERT INTO ${TABLE} (name, checksum, applied_at, position)
        SELECT ${values}, count(*) + 1 FROM ${TABLE}`,
    },
    [name, checksum, new Date().toISOString()],
    ALL,
  );
  return true;
}

function migrationFailed(
  cause: Error,
  problem: string,
  more: { readonly origin: Origin; readonly help: string | undefined },
): DiglyError {
  return fail("Sql.Migration", { problem }, { ...more, cause });
}
