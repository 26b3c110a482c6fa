/** `Pipeline.Job`: executes resources step by step. */
import {
  type Context,
  type Controller,
  defineController,
  formatUrn,
  inputError,
  resultJson,
  toInputSchema,
} from "../../contract/author.ts";
import { compileSteps, emptyResults, type StepEvents } from "./compile.ts";
import { compileExpressions } from "./expressions.ts";
import type { JobFields } from "./fields.ts";
import { withTimeout } from "./limits.ts";
import { createRetention } from "./retention.ts";
import type { Journal, Run, Scope } from "./run.ts";
import { layOut } from "./visibility.ts";

const controller: Controller = defineController<JobFields>({
  async create(job, ctx) {
    const { kind, metadata: { name }, inputSchema } = job;
    const urn = formatUrn(kind, name);
    const { steps } = layOut(job.steps);
    const expressions = compileExpressions(steps, ctx);
    const retention = createRetention(job, steps, ctx);
    const events: StepEvents = {
      emit(event, step, { execution }) {
        if (ctx.hasResourceListeners(kind, name, event)) void execution.emit(event, { step });
      },
    };
    const compiled = compileSteps(job.steps, ["steps"], { ctx, expressions, retention, events });
    const run = withTimeout(compiled, job.timeout, "The job");
    const outputOf = job.output === undefined ? undefined : ctx.template(job.output);
    const validate = inputSchema === undefined
      ? undefined
      : await ctx.validator(toInputSchema(inputSchema), { defaults: true });
    const results = emptyResults(retention.outerNames);
    const counts = { runs: 0, running: 0, failed: 0 };

    const durable = job.durable === undefined
      ? undefined
      : (await import("./durable.ts")).createDurable(
        urn,
        { connection: job.durable, retention: job.retention },
        ctx,
      );

    /** The input with its defaults; throws for one that does not fit. */
    function validated(input: unknown): unknown {
      const { violations, value } = validate?.(input) ?? { violations: [], value: input };
      if (violations.length > 0) throw inputError(urn, violations);
      return value ?? null;
    }

    async function perform(
      input: unknown,
      execution: Context,
      journal?: Journal,
    ): Promise<unknown> {
      const scope: Scope = { input, steps: { ...results } };
      const whole: Run = {
        execution,
        execute: (urn, input, options) => execution.execute(urn, input, options),
        outer: execution.signal,
        signal: journal?.lost,
        journal,
        items: "",
      };
      const last = await run(scope, whole);
      return outputOf === undefined ? last : outputOf(scope);
    }

    return {
      ...(durable === undefined ? {} : {
        api: { durableJobs: durable.durableJobs },
        init: () => durable.init(),
        drain: () => durable.stop(),
      }),
      start() {
        if (!ctx.serve) return;
        if (durable !== undefined) {
          const first = job.on === "start"
            ? resultJson(urn, validated(null), "its input")
            : undefined;
          return durable.start(first);
        }
        if (job.on !== "start") return;
        const release = ctx.acquireHold("the job runs");
        ctx.execute(urn).catch((error: unknown) => {
          ctx.log.error("The job failed", { error });
          ctx.requestExit(1);
        }).finally(release);
      },
      async execute(input, execution) {
        // A continued job has its input in the database.
        const isResumed = durable?.isResumed(execution) === true;
        const value = isResumed ? input : validated(input);
        counts.runs++;
        counts.running++;
        try {
          return durable === undefined
            ? await perform(value, execution)
            : await durable.execute(value, execution, perform);
        } catch (error) {
          counts.failed++;
          throw error;
        } finally {
          counts.running--;
        }
      },
      snapshot: () => ({ ...counts }),
    };
  },
});

export default controller;
