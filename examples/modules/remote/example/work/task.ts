import process from "node:process";
import { defineController } from "digly/module";

export default defineController<{ factor: number }>({
  create: ({ factor }) => ({
    async execute(input, execution) {
      if (input === "hang") {
        await execution.clock.sleep(60_000, execution.signal).catch((error: unknown) => {
          execution.log.warn("Cancelled");
          throw error;
        });
      }
      if (Number(input) > 1000) {
        throw execution.fail("Work.TooLarge", "Too large", { data: { most: 1000 } });
      }
      await execution.emit("Done", { input });
      const { traceId, depth } = execution;
      return { result: Number(input) * factor, pid: process.pid, traceId, depth };
    },
  }),
});
