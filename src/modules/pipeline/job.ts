/** `Pipeline.Job`: executes resources step by step. */
import {
  type Context,
  type Controller,
  defineController,
  formatUrn,
  inputError,
  toInputSchema,
} from "../../contract/author.ts";
import { compileSteps, emptyResults, type StepEvents } from "./compile.ts";
import { compileExpressions } from "./expressions.ts";
import type { JobFields } from "./fields.ts";
import { withTimeout } from "./limits.ts";
import { createRetention } from "./retention.ts";
import type { Run, Scope } from "./run.ts";
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
        if (ctx.isResourceEventHeard(kind, name, event)) void execution.emit(event, { step });
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

    async function perform(input: unknown, execution: Context): Promise<unknown> {
      const scope: Scope = { input, steps: { ...results } };
      const whole: Run = {
        execution,
        execute: (urn, input, options) => execution.execute(urn, input, options),
        outer: execution.signal,
        signal: undefined,
      };
      const last = await run(scope, whole);
      return outputOf === undefined ? last : outputOf(scope);
    }

    return {
      start() {
        if (job.on !== "start" || !ctx.serve) return;
        const release = ctx.acquireHold("the job runs");
        ctx.execute(urn).catch((error: unknown) => {
          ctx.log.error("The job failed", { error });
          ctx.requestExit(1);
        }).finally(release);
      },
      async execute(input, execution) {
        const { violations, value } = validate?.(input) ?? { violations: [], value: input };
        if (violations.length > 0) throw inputError(urn, violations);
        counts.runs++;
        counts.running++;
        try {
          return await perform(value ?? null, execution);
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
