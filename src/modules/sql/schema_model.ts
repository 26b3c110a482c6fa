/**
 * The tables that the migrations of a SQLite database make, in a database in memory. Only what defines
 * tables is run: data takes time, and a check must have no effect on anything outside.
 */
import type { DatabaseSync } from "node:sqlite";
import { type DiglyError, fail } from "../../contract/author.ts";
import { importSqlite } from "../shared/sqlite.ts";
import { originInFile } from "./mistake.ts";
import { readFor } from "./migrate.ts";
import type { MigratedOffer } from "./migrated.ts";
import type { MigrationFile } from "./migration_files.ts";
import { withNearestName } from "./nearest_name.ts";
import { isSqlError } from "./sql_error.ts";
import { sqliteError } from "./sqlite_error.ts";
import { type ScriptStatement, statementsOf } from "./script.ts";

/** The tables of a database. */
export interface SchemaModel {
  /** Undefined if the tables are not known: the migrations expect some that they do not make. */
  readonly handle: DatabaseSync | undefined;
  /** What is wrong with the migrations of a resource, by its URN. */
  readonly problems: ReadonlyMap<string, DiglyError>;
}

/** The models of a check, by the first of their offers. */
const models = new WeakMap<MigratedOffer, Promise<SchemaModel>>();

/** The model of a database, which `databaseOf` has named; undefined without migrations. */
export async function modelOf(
  database: string,
  offers: ReadonlyMap<string, object>,
): Promise<SchemaModel | undefined> {
  const own = ([...offers.values()] as MigratedOffer[]).filter((offer) =>
    offer.database === database
  )
    .sort((a, b) => Number(b.isFirst) - Number(a.isFirst));
  const [first] = own;
  if (first === undefined) return undefined;
  let model = models.get(first);
  if (model === undefined) models.set(first, model = build(own));
  return await model;
}

async function build(offers: readonly MigratedOffer[]): Promise<SchemaModel> {
  const problems = new Map<string, DiglyError>();
  let Sqlite;
  try {
    Sqlite = await importSqlite();
  } catch {
    return { handle: undefined, problems }; // Node before 22.13, which cannot run the app.
  }
  const handle = new Sqlite(":memory:");
  for (const offer of offers) {
    try {
      for (const file of await readFor(offer, "sqlite")) {
        if (!define(file, offer.urn, handle)) return { handle: undefined, problems };
      }
    } catch (error) {
      problems.set(offer.urn, error as DiglyError);
      return { handle: undefined, problems };
    }
  }
  return { handle, problems };
}

/** Runs what a file defines; false if it expects tables that are not there. */
function define({ name, path, text }: MigrationFile, urn: string, handle: DatabaseSync): boolean {
  for (const statement of statementsOf(text, "sqlite")) {
    try {
      if (!defineOne(statement, handle)) return false;
    } catch (thrown) {
      const error = withNearestName(sqliteError(thrown, statement.text), handle);
      if (!isSqlError(error)) throw error;
      if (isForeign(error)) return false;
      const { offset = 0, help } = error.details;
      throw fail("Sql.Migration", { problem: `${urn}: ${name} failed: ${error.message}` }, {
        origin: originInFile(path, text, statement.start + offset),
        help,
        cause: error,
      });
    }
  }
  return true;
}

function defineOne({ text, bare }: ScriptStatement, handle: DatabaseSync): boolean {
  const [word = ""] = /^\w+/.exec(bare) ?? [];
  if (/^ATTACH$/i.test(word)) return false; // Other files are not looked at.
  if (/^(?:CREATE|ALTER|DROP)$/i.test(word)) {
    // A table of the rows of a recursive query may never be complete.
    if (/\bRECURSIVE\b/i.test(bare)) return false;
    handle.exec(text);
  } else if (/^(?:INSERT|REPLACE|UPDATE|DELETE|SELECT|WITH|VALUES)$/i.test(word)) {
    handle.prepare(text);
  }
  return true;
}

/** True if a statement names a table that something else than the migrations makes. */
function isForeign(error: Error): boolean {
  return /^no such (?:table|index|view|trigger|module)\b/.test(error.message);
}
