/** `File.Watch`: executes a resource when files change. */
import {
  type Controller,
  defineController,
  durationMs,
  formatUrn,
  type Late,
} from "../../contract/author.ts";
import { continuesLater } from "../shared/continued_job.ts";
import { tooMany } from "./errors.ts";
import { Root } from "./root.ts";
import { type Change, Watcher } from "./watcher.ts";

/** The fields of a `File.Watch`. */
interface WatchFields {
  readonly root: string;
  readonly pattern?: string;
  readonly recursive: boolean;
  readonly debounce: string | number;
  readonly execute: string;
  readonly inputs?: unknown | Late<unknown>;
}

/** How many files are watched. */
const MOST_FILES = 100_000;

const controller: Controller = defineController<WatchFields>({
  create(resource, ctx) {
    const { kind, metadata: { name }, execute, pattern, recursive } = resource;
    const urn = formatUrn(kind, name);
    const root = new Root(resource.root, ctx);
    const inputs = resource.inputs === undefined ? undefined : ctx.template(resource.inputs);
    const counts = { changes: 0, failed: 0 };
    let watcher: Watcher | undefined;
    let release: (() => void) | undefined;

    async function report(change: Change): Promise<void> {
      counts.changes++;
      void ctx.emitResourceEvent(kind, name, "Changed", change);
      try {
        await ctx.execute(urn, change);
      } catch (error) {
        if (continuesLater(error, execute)) return;
        counts.failed++;
        ctx.log.error(`The change of ${change.path} could not be handled`, { error });
      }
    }

    return {
      init: () => root.open(),
      async start() {
        if (!ctx.serve) return; // `digly exec` starts nothing in the background.
        watcher = new Watcher(root.folder, {
          pattern,
          recursive,
          limit: MOST_FILES,
          tooMany: () => tooMany(".", MOST_FILES),
          // The schema has checked the duration.
          debounceMs: durationMs(resource.debounce)!,
          clock: ctx.clock,
          report,
          warn: (problem, error) => ctx.log.warn(problem, { error }),
        });
        await watcher.start();
        release = ctx.acquireHold(`watches ${resource.root}`);
      },
      execute: (change, context) =>
        context.execute(execute, inputs === undefined ? change : inputs({ change })),
      drain: () => watcher?.stop(),
      teardown: () => release?.(),
      snapshot: () => ({ files: watcher?.files ?? 0, ...counts }),
    };
  },
});

export default controller;
