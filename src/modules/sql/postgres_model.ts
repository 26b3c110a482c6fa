/** What PostgreSQL says about the queries of an app, for a check that may connect. */
import {
  type CheckContext,
  durationMs,
  formatUrn,
  type RuntimeResource,
} from "../../contract/author.ts";
import type { RunOptions } from "./database.ts";
import type { ConnectionFields, QueryFields } from "./fields.ts";
import { readFor } from "./migrate.ts";
import type { MigratedOffer } from "./migrated.ts";
import { type Connection, createConnection } from "./postgres_connection.ts";
import type { DescribedColumn, Description } from "./postgres_describe.ts";
import { hasAggregate, mayHaveNoRow, orNull, resultOf, type Schema } from "./rows.ts";
import { statementsOf } from "./script.ts";
import { isSqlError, type SqlError } from "./sql_error.ts";
import { parseStatement } from "./statement.ts";

const ALL: RunOptions = { maxRows: Infinity };

/** The answers of a database. */
export interface PostgresModel {
  /** Why it could not be asked. */
  readonly problem: SqlError | undefined;
  /** By the text of a query. One without an answer may need migrations that are not applied. */
  readonly answers: ReadonlyMap<string, Description | SqlError>;
  /** True for a column that may be null in its table. */
  isNullable(column: DescribedColumn): boolean;
}

/** The models of a check, by their connections. */
const models = new WeakMap<object, Promise<PostgresModel>>();

/** Asks a database once about all of its queries; nothing is executed or changed. */
export function postgresModelOf(
  connection: RuntimeResource<ConnectionFields>,
  offers: ReadonlyMap<string, object>,
  ctx: CheckContext,
): Promise<PostgresModel> {
  let model = models.get(connection);
  if (model === undefined) {
    const own = ([...offers.values()] as MigratedOffer[])
      .filter(({ database }) => database === connection.url);
    models.set(connection, model = ask(connection, own, textsOf(connection, ctx)));
  }
  return model;
}

/** The texts of the queries of a connection, without those that are wrong by themselves. */
function textsOf({ kind, metadata: { name } }: RuntimeResource, ctx: CheckContext): string[] {
  const queries = ctx.resourcesOf("Sql.Query") as RuntimeResource<QueryFields>[];
  return queries.filter(({ connection }) => connection === formatUrn(kind, name))
    .map(({ text }) => parseStatement(ctx.parts(text).texts, "postgres"))
    .filter(({ problem }) => problem === undefined)
    .map(({ text }) => text);
}

async function ask(
  { url, timeout }: ConnectionFields,
  offers: readonly MigratedOffer[],
  texts: readonly string[],
): Promise<PostgresModel> {
  const answers = new Map<string, Description | SqlError>();
  const timeoutMs = durationMs(timeout) ?? 0;
  const connection = createConnection({ url, timeoutMs, onLost() {}, onEnd() {} });
  let nullable: ReadonlySet<string> = new Set();
  let problem: SqlError | undefined;
  try {
    const isComplete = await isMigrated(connection, offers);
    for (const text of texts) {
      const answer = await describe(connection, text);
      if (!isSqlError(answer) || isComplete || !namesUnknown(answer)) answers.set(text, answer);
    }
    nullable = await nullableColumns(connection, [...answers.values()]);
  } catch (error) {
    if (!isSqlError(error)) throw error;
    problem = error;
  } finally {
    await connection.close();
  }
  return {
    problem,
    answers,
    isNullable: ({ table, number }) => nullable.has(`${table}.${number}`),
  };
}

/** The description of a statement, or the mistake in it. */
async function describe(connection: Connection, text: string): Promise<Description | SqlError> {
  try {
    return await connection.describe(text);
  } catch (error) {
    if (isSqlError(error, "syntax")) return error;
    throw error;
  }
}

/** The columns of tables that may be null, by the tables and numbers that descriptions name. */
async function nullableColumns(
  connection: Connection,
  answers: readonly (Description | SqlError)[],
): Promise<ReadonlySet<string>> {
  const tables = answers.flatMap((answer) =>
    isSqlError(answer) ? [] : answer.columns.map(({ table }) => table)
  );
  const text = `SELECT attrelid, attnum FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE NOT attnotnull AND relkind IN ('r', 'p') AND attrelid = ANY($1)`;
  const { rows } = await connection.run(text, [[...new Set(tables)]], ALL);
  return new Set(rows.map(({ attrelid, attnum }) => `${attrelid}.${attnum}`));
}

/** The server's codes for tables, columns, functions and types that it does not know. */
const UNKNOWN = ["42P01", "42703", "42883", "42704"];

function namesUnknown({ cause }: SqlError): boolean {
  return UNKNOWN.includes(String((cause as { readonly code?: unknown }).code));
}

/** True if every migration of the app is applied. */
async function isMigrated(
  connection: Connection,
  offers: readonly MigratedOffer[],
): Promise<boolean> {
  if (offers.length === 0) return true;
  const applied = new Set<unknown>();
  try {
    const { rows } = await connection.run("SELECT name FROM digly_migrations", [], ALL);
    for (const { name } of rows) applied.add(name);
  } catch (error) {
    if (!isSqlError(error, "syntax")) throw error;
    return false; // The table is made by the first start of the app.
  }
  for (const offer of offers) {
    try {
      const files = await readFor(offer, "postgres");
      if (files.some(({ name }) => !applied.has(name))) return false;
    } catch {
      return false; // What is wrong with the files is reported for their resource.
    }
  }
  return true;
}

/**
 * The schema of what a query gives. Whether an expression, a column of a view or one of an outer join
 * is ever null is not known, and is not asked of who uses it.
 */
export function describedSchema(
  text: string,
  returns: QueryFields["returns"],
  { columns }: Description,
  { isNullable }: PostgresModel,
): Schema {
  const bare = statementsOf(text, "postgres").map((statement) => statement.bare).join("; ");
  return resultOf(
    columns.map((column) => ({
      name: column.name,
      schema: isNullable(column) ? orNull(column.schema) : column.schema,
    })),
    returns,
    !hasAggregate(bare) && mayHaveNoRow(bare),
  );
}
