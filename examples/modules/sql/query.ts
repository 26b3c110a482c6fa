import { defineController, fail, inputError, type Late, toInputSchema } from "digly/module";
import type { Database, Session } from "./lib/db.ts";

interface Query {
  readonly connection: string;
  readonly text: string | Late<string>;
  readonly result: "one" | "many" | "exec";
  readonly inputSchema?: unknown;
}

export default defineController<Query>({
  async create({ connection, text, result, inputSchema = {} }, ctx) {
    const database = ctx.use<Database>(connection);
    const { texts, values } = ctx.parts(text);
    const schema = toInputSchema(inputSchema);
    const validate = await ctx.validator(schema, { coerce: true, defaults: true });
    return {
      async execute(input, execution) {
        const { violations, value } = validate(input ?? null);
        if (violations.length > 0) throw inputError(execution.urn, violations);
        const session = execution.values[`sql:${connection}`] as Session | undefined ?? database;
        const bound = values.map((evaluate) => evaluate({ input: value }));
        const { rows, changed } = await session.run(texts, bound, execution.signal)
          .catch((error: unknown) => {
            throw translate(error);
          });
        await execution.emit("Queried", { rows: rows.length, changed });
        if (result === "exec") return { changed };
        if (result === "many") return rows;
        if (rows.length > 1) {
          const problem = `${execution.urn} found ${rows.length} rows instead of one`;
          throw fail("Sql.TooManyRows", { problem }, {
            help: "Add `limit 1`, or use `result: many`",
          });
        }
        return rows[0] ?? null;
      },
    };
  },
});

/** PostgreSQL has the code 23505 for it, SQLite a message. */
function translate(cause: unknown): unknown {
  const { code, message } = cause as { code?: unknown; message?: unknown };
  const isUnique = code === "23505" || /UNIQUE constraint failed/.test(String(message));
  return isUnique ? fail("Sql.UniqueViolation", { problem: "The row exists" }, { cause }) : cause;
}
