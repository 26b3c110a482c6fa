/** Checks the text of a query as far as that is possible without its database. */
import {
  type CheckContext,
  fail,
  formatUrn,
  type RuntimeResource,
  toInputSchema,
} from "../../contract/author.ts";
import { UrlError } from "../shared/store_url.ts";
import type { ConnectionFields, QueryFields } from "./fields.ts";
import { parseStatement } from "./statement.ts";
import { textPartOf } from "./text_part.ts";
import { parseUrl } from "./url.ts";

export function check(query: RuntimeResource<QueryFields>, ctx: CheckContext): void {
  const { kind, metadata: { name }, connection, text, returns, outputSchema } = query;
  const output = toInputSchema(outputSchema) as { readonly type?: unknown } | undefined;
  if (returns === "many" && output?.type === "object") {
    ctx.report(
      ctx.problem(["outputSchema"], "describes a map, but the result of `many` is a list", {
        help: "Write { type: array, items: … }, or `returns: one`",
      }),
    );
  }
  const dialect = dialectOf(connection, ctx);
  if (dialect === undefined) return;
  const parts = ctx.parts(text);
  const { problem } = parseStatement(parts.texts, dialect);
  if (problem === undefined) return;
  const { message, help, place } = problem;
  const { origin } = ctx.problem(["text"], message, { part: textPartOf(place, parts) });
  ctx.report(fail("Sql.Syntax", {
    problem: `${formatUrn(kind, name)}: the text ${message}`,
  }, { origin, help }));
}

/** The database that a query is for; `undefined` if its connection is wrong, which is reported. */
function dialectOf(connection: string, ctx: CheckContext) {
  const resource = ctx.resourcesOf("Sql.Connection")
    .find(({ kind, metadata }) => formatUrn(kind, metadata.name) === connection);
  if (resource === undefined) return undefined;
  try {
    return parseUrl((resource as RuntimeResource<ConnectionFields>).url).dialect;
  } catch (error) {
    if (error instanceof UrlError) return undefined;
    throw error;
  }
}
