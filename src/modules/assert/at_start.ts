/** Assertions that are made when the app has started. */
import {
  formatUrn,
  type ModuleCreateContext,
  type ResourceInstance,
  type RuntimeResource,
} from "../../contract/author.ts";

/**
 * Executes an assertion when the app has started, and keeps the app running until then. A failed one
 * ends the app with exit code 1: its error is thrown in the teardown, where the program reports it.
 */
export function atStart(
  { kind, metadata: { name } }: RuntimeResource,
  ctx: ModuleCreateContext,
): Pick<ResourceInstance, "start" | "teardown"> {
  let failure: unknown;

  async function run(release: () => void): Promise<void> {
    // Every listener hears that the app has started before it hears of this execution.
    await Promise.resolve();
    try {
      await ctx.execute(formatUrn(kind, name));
    } catch (error) {
      failure = error;
      ctx.requestExit(1);
    } finally {
      release();
    }
  }

  return {
    start() {
      if (!ctx.serve) return; // `digly exec` makes only the assertions that it is asked for.
      const release = ctx.acquireHold("makes an assertion");
      ctx.once("Runtime.Started", () => void run(release));
    },
    teardown() {
      if (failure !== undefined) throw failure;
    },
  };
}
