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
import type { Recorder, SqlConnection } from "./api.ts";
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
    execute(input, execution) {
      const record = connection.recorderOf(execution);
      return record === undefined ? run(input, execution) : recorded(input, execution, record);
    },
  };

  async function recorded(
    input: unknown,
    execution: Context,
    record: Recorder,
  ): Promise<unknown> {
    try {
      return await connection.transaction(execution, async () => {
        const result = await run(input, execution);
        // The execution is in a transaction here.
        await record(connection.transactionOf(execution)!, result);
        return result;
      });
    } catch (error) {
      throw executionError(urn, error);
    }
  }

  /** Gives a promise only if the database does: most queries on SQLite need none. */
  function run(input: unknown, execution: Context): unknown {
    const { violations, value } = validateInput?.(input) ?? { violations: [], value: input };
    if (violations.length > 0) throw inputError(urn, violations);
    const scope = { input: value ?? null };
    const bound = values.map((value) => value(scope));
    const options: RunOptions = {
      maxRows,
      get signal() {
        return execution.signal;
      },
    };
    try {
      const outcome = connection.sessionOf(execution).run(statement, bound, options);
      return outcome instanceof Promise ? outcome.then(checked, refuse) : checked(outcome);
    } catch (error) {
      return refuse(error);
    }
  }

  function checked(outcome: Outcome): unknown {
    const result = resultOf(outcome);
    if (validateOutput === undefined || result === null) return result;
    const { violations } = validateOutput(withoutBigInts(result));
    if (violations.length > 0) throw violationsError(`The result of ${urn}`, violations);
    return result;
  }

  function refuse(error: unknown): never {
    if (returns === "one" && isSqlError(error, "rows")) throw severalRows(urn, error);
    throw isSqlError(error, "syntax") ? syntaxError(error) : executionError(urn, error);
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
