/** Checks the text of a query: by itself, and with the tables that migrations for SQLite make. */
import {
  type CheckContext,
  fail,
  formatUrn,
  type RuntimeResource,
  toInputSchema,
} from "../../contract/author.ts";
import type { QueryFields } from "./fields.ts";
import { connectionOf, databaseOf, MIGRATED, targetOf } from "./migrated.ts";
import { isSqlError } from "./sql_error.ts";
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
  const dialect = connection && targetOf(connection)?.dialect;
  if (connection === undefined || dialect === undefined) return;
  const parts = ctx.parts(text);
  const statement = parseStatement(parts.texts, dialect);
  const { problem } = statement;
  if (problem !== undefined) {
    const { message, help, place } = problem;
    const { origin } = ctx.problem(["text"], message, { part: textPartOf(place, parts) });
    ctx.report(fail("Sql.Syntax", { problem: `${urn}: the text ${message}` }, { origin, help }));
    return;
  }
  const database = databaseOf(connection);
  if (!ctx.checking || database === undefined) return;
  ctx.whenOffered(MIGRATED, async (offers) => {
    const { modelOf } = await import("./schema_model.ts");
    const handle = (await modelOf(database, offers))?.handle;
    if (handle === undefined) return;
    const { resultSchema } = await import("./row_schema.ts");
    try {
      const schema = resultSchema(statement.text, returns, handle);
      if (returns !== "exec") ctx.output(schema);
    } catch (error) {
      if (!isSqlError(error, "syntax")) throw error;
      const { message, details: { offset, help } } = error;
      // Queues, stores and jobs make their tables themselves.
      if (/^no such table: (?:main\.)?digly_/.test(message)) return;
      const part = offset === undefined ? undefined : textPartOf(statement.placeOf(offset), parts);
      const { origin } = ctx.problem(["text"], message, part && { part });
      ctx.report(fail("Sql.Syntax", { problem: `${urn}: ${message}` }, { origin, help }));
    }
  });
}
