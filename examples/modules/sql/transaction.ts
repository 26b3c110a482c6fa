import { defineController } from "digly/module";
import type { Database } from "./lib/db.ts";

export default defineController<{ connection: string; execute: string }>({
  create({ connection, execute }, ctx) {
    const database = ctx.use<Database>(connection);
    return {
      execute: (input, execution) =>
        database.transaction((session) =>
          execution.execute(execute, input, { values: { [`sql:${connection}`]: session } })
        ),
    };
  },
});
