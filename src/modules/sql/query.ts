/** `Sql.Query`: a statement that is prepared when the app starts and run with every execution. */
import {
  type Context,
  fail,
  formatUrn,
  inputError,
  type ModuleCreateContext,
  type ResourceInstance,
  type RuntimeResource,
  toInputSchema,
  violationsError,
} from "../../contract/author.ts";
import type { SqlConnection } from "./api.ts";
import type { Outcome, RunOptions } from "./database.ts";
import type { QueryFields } from "./fields.ts";
import { executionError } from "./public_error.ts";
import { isSqlError, SqlError } from "./sql_error.ts";
import { parseStatement } from "./statement.ts";
import { textPartOf } from "./text_part.ts";
import { withoutBigInts } from "./values.ts";

export async function create(
  resource: RuntimeResource<QueryFields>,
  ctx: ModuleCreateContext,
): Promise<ResourceInstance> {
  const { kind, metadata: { name }, returns, inputSchema, outputSchema } = resource;
  const urn = formatUrn(kind, name);
  const connection = ctx.use<SqlConnection>(resource.connection);
  const { database } = connection;
  const parts = ctx.parts(resource.text);
  const { values } = parts;
  const statement = parseStatement(parts.texts, database.dialect);
  const maxRows = returns === "one" ? 1 : resource.maxRows;
  const validateInput = inputSchema === undefined
    ? undefined
    : await ctx.validator(toInputSchema(inputSchema), { defaults: true });
  const validateOutput = outputSchema === undefined
    ? undefined
    : await ctx.validator(toInputSchema(outputSchema));

  function syntaxError({ message, details: { offset, help } }: SqlError): unknown {
    const place = offset === undefined ? undefined : statement.placeOf(offset);
    return fail("Sql.Syntax", { problem: `${urn}: ${message}` }, {
      origin: ctx.originAt(["text"], place && textPartOf(place, parts)),
      help,
    });
  }

  function resultOf({ rows, changed }: Outcome): unknown {
    if (returns === "exec") return { changed };
    return returns === "many" ? rows : rows[0] ?? null;
  }

  return {
    async start() {
      try {
        await database.prepare(statement);
      } catch (error) {
        if (!isSqlError(error)) throw error;
        throw isSqlError(error, "unavailable", "timeout")
          ? executionError(urn, error)
          : syntaxError(error);
      }
    },
    async execute(input, execution) {
      const record = connection.recorderOf(execution);
      if (record === undefined) return await run(input, execution);
      try {
        return await connection.transaction(execution, async () => {
          const result = await run(input, execution);
          await record(connection.transactionOf(execution)!, result);
          return result;
        });
      } catch (error) {
        throw executionError(urn, error);
      }
    },
  };

  async function run(input: unknown, execution: Context): Promise<unknown> {
    const { violations, value } = validateInput?.(input) ?? { violations: [], value: input };
    if (violations.length > 0) throw inputError(urn, violations);
    const scope = { input: value ?? null };
    const bound = values.map((value) => value(scope));
    const options: RunOptions = { maxRows, signal: execution.signal };
    let outcome: Outcome;
    try {
      outcome = await connection.sessionOf(execution).run(statement, bound, options);
    } catch (error) {
      if (returns === "one" && isSqlError(error, "rows")) throw severalRows(urn, error);
      throw isSqlError(error, "syntax") ? syntaxError(error) : executionError(urn, error);
    }
    const result = resultOf(outcome);
    if (validateOutput === undefined || result === null) return result;
    const { violations: mistakes } = validateOutput(withoutBigInts(result));
    if (mistakes.length > 0) throw violationsError(`The result of ${urn}`, mistakes);
    return result;
  }
}

function severalRows(urn: string, cause: SqlError): unknown {
  return executionError(
    urn,
    new SqlError("rows", "it gives more than one row", {
      help: "Add LIMIT 1 to the text, or write `returns: many`",
      cause,
    }),
  );
}
