/** `Sql.Transaction`: executes a resource in a transaction. */
import type {
  ModuleCreateContext,
  ResourceInstance,
  RuntimeResource,
} from "../../contract/author.ts";
import type { SqlConnection } from "./api.ts";
import type { TransactionFields } from "./fields.ts";
import { executionError } from "./public_error.ts";

export function create(
  { connection, execute }: RuntimeResource<TransactionFields>,
  ctx: ModuleCreateContext,
): ResourceInstance {
  const { transaction, transactionOf, recorderOf } = ctx.use<SqlConnection>(connection);
  return {
    async execute(input, execution) {
      try {
        return await transaction(execution, async () => {
          const result = await execution.execute(execute, input);
          // The execution is in a transaction here.
          await recorderOf(execution)?.(transactionOf(execution)!, result);
          return result;
        });
      } catch (error) {
        throw executionError(execution.urn, error);
      }
    },
  };
}
