/** Checks the text of a query: by itself, and with the tables of its database where these are known. */
import {
  type CheckContext,
  fail,
  formatUrn,
  type RuntimeResource,
  toInputSchema,
} from "../../contract/author.ts";
import type { ConnectionFields, QueryFields } from "./fields.ts";
import { connectionOf, databaseOf, MIGRATED, targetOf } from "./migrated.ts";
import type { Schema } from "./rows.ts";
import { isSqlError, type SqlError } from "./sql_error.ts";
import { parseStatement } from "./statement.ts";
import { textPartOf } from "./text_part.ts";

export function check(query: RuntimeResource<QueryFields>, ctx: CheckContext): void {
  const { kind, metadata: { name }, text, returns, outputSchema } = query;
  const urn = formatUrn(kind, name);
  const output = toInputSchema(outputSchema) as { readonly type?: unknown } | undefined;
  if (returns === "many" && output?.type === "object") {
    ctx.report(
      ctx.problem(["outputSchema"], "describes a map, but the result of `many` is a list", {
        help: "Write { type: array, items: … }, or `returns: one`",
      }),
    );
  }
  const connection = connectionOf(query.connection, ctx);
  const target = connection && targetOf(connection);
  if (connection === undefined || target === undefined) return;
  const { dialect } = target;
  const parts = ctx.parts(text);
  const statement = parseStatement(parts.texts, dialect);
  const { problem } = statement;
  if (problem !== undefined) {
    const { message, help, place } = problem;
    const { origin } = ctx.problem(["text"], message, { part: textPartOf(place, parts) });
    ctx.report(fail("Sql.Syntax", { problem: `${urn}: the text ${message}` }, { origin, help }));
    return;
  }
  const isAsked = dialect === "sqlite" ? ctx.checking : ctx.connects;
  if (!isAsked) return;
  ctx.whenOffered(MIGRATED, async (offers) => {
    const { schema, mistake } = dialect === "sqlite"
      ? await inMemory(statement.text, returns, databaseOf(connection, target), offers)
      : await onServer(statement.text, returns, connection, offers, ctx);
    if (schema !== undefined && returns !== "exec") ctx.output(schema);
    if (mistake === undefined) return;
    const { message, details: { offset, help } } = mistake;
    // Queues, stores and jobs make their tables themselves.
    if (/^(?:no such table: (?:main\.)?|relation ")digly_/.test(message)) return;
    const part = offset === undefined ? undefined : textPartOf(statement.placeOf(offset), parts);
    const { origin } = ctx.problem(["text"], message, part && { part });
    ctx.report(fail("Sql.Syntax", { problem: `${urn}: ${message}` }, { origin, help }));
  });
}

/** What a database says about a query. */
interface Answer {
  readonly schema?: Schema;
  readonly mistake?: SqlError;
}

/** The answer of a database in memory that has the tables of the migrations. */
async function inMemory(
  text: string,
  returns: QueryFields["returns"],
  database: string,
  offers: ReadonlyMap<string, object>,
): Promise<Answer> {
  const { modelOf } = await import("./schema_model.ts");
  const handle = (await modelOf(database, offers))?.handle;
  if (handle === undefined) return {};
  const { resultSchema } = await import("./row_schema.ts");
  try {
    return { schema: resultSchema(text, returns, handle) };
  } catch (error) {
    if (isSqlError(error, "syntax")) return { mistake: error };
    throw error;
  }
}

/** The answer of the server. */
async function onServer(
  text: string,
  returns: QueryFields["returns"],
  connection: RuntimeResource<ConnectionFields>,
  offers: ReadonlyMap<string, object>,
  ctx: CheckContext,
): Promise<Answer> {
  const { describedSchema, postgresModelOf } = await import("./postgres_model.ts");
  const model = await postgresModelOf(connection, offers, ctx);
  const answer = model.answers.get(text);
  if (answer === undefined) return {};
  if (isSqlError(answer)) return { mistake: answer };
  return { schema: describedSchema(text, returns, answer, model) };
}
