import { defineController } from "digly/module";
import { type Database, openDatabase } from "./lib/db.ts";

export default defineController<{ url: string; pool: number; setup: readonly string[] }>({
  create({ url, pool, setup }) {
    let database: Database | undefined;
    return {
      async init() {
        database = await openDatabase(url, pool);
        for (const text of setup) await database.run([text], []);
      },
      get api() {
        return database;
      },
      teardown: () => database?.close(),
      snapshot: () => ({ ...database?.stats() }),
    };
  },
});
