/** `Runtime.OnStart`: executes a resource once, when the app has started. */
import {
  type Controller,
  defineController,
  formatUrn,
  formOf,
  resultJson,
} from "../../contract/author.ts";

const controller: Controller = defineController<{
  execute: string;
  inputs?: unknown;
  exit: boolean;
}>({
  create({ kind, metadata: { name }, execute, inputs = null, exit }, ctx) {
    const urn = formatUrn(kind, name);

    /** Events are not awaited, so a failure has to end the app itself. */
    async function run(release: () => void): Promise<void> {
      // Every listener hears that the app has started before it hears of this execution.
      await Promise.resolve();
      try {
        const result = await ctx.execute(urn);
        if (exit) ctx.requestExit(exitCode(result));
      } catch (error) {
        ctx.log.error(`${execute} failed`, { error });
        ctx.requestExit(1);
      } finally {
        release();
      }
    }

    /** The exit code that a result asks for; other results are written to standard output. */
    function exitCode(result: unknown): number {
      if (Number.isInteger(result) && Number(result) >= 0 && Number(result) <= 255) {
        return Number(result);
      }
      if (result === undefined || result === null) return 0;
      if (formOf(result) !== "data") {
        ctx.log.warn(`The result of ${execute} is not data, and is not written`);
      } else ctx.stdout.write(resultJson(urn, result, "result") + "\n");
      return 0;
    }

    return {
      start() {
        if (!ctx.serve) return; // `digly exec` executes only what it was asked for.
        const release = ctx.acquireHold(`executes ${execute}`);
        ctx.once("Runtime.Started", () => void run(release));
      },
      execute: (_input, context) => context.execute(execute, inputs),
    };
  },
});

export default controller;
