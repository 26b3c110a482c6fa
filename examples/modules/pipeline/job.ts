import { type Context, defineController, fail, formatUrn, isDiglyError } from "digly/module";
import type { InlineResource, ModuleCreateContext, Path } from "digly/module";

interface StepFields {
  readonly name?: string;
  readonly if?: string;
  readonly for?: string;
  readonly parallel?: number | readonly StepFields[];
  readonly execute?: string;
  readonly resource?: InlineResource;
  readonly inputs?: unknown;
  readonly retry?: Retry;
  readonly timeoutMs?: number;
  readonly catch?: readonly StepFields[];
}
interface Retry {
  readonly attempts: number;
  readonly backoffMs: number;
  readonly factor: number;
  readonly codes?: readonly string[];
}
interface Fields {
  readonly on: "start" | "execute";
  readonly steps: readonly StepFields[];
  readonly output?: unknown;
}

type Scope = Readonly<Record<string, unknown>> & { readonly steps: Record<string, unknown> };
/** Runs one step; its result is added to `steps` by its name. */
type Step = (scope: Scope, execution: Context) => Promise<unknown>;

export default defineController<Fields>({
  create({ kind, metadata: { name }, on, steps, output }, ctx) {
    const runSteps = compileSteps(steps, ctx, ["steps"]);
    const outputOf = output === undefined ? undefined : ctx.template(output);
    let running = 0;
    let runs = 0;
    return {
      start() {
        if (on !== "start" || !ctx.serve) return;
        const release = ctx.acquireHold("the job runs");
        ctx.execute(formatUrn(kind, name)).catch((error: unknown) => {
          ctx.log.error("The job failed", { error });
          ctx.requestExit(1);
        }).finally(release);
      },
      async execute(input = null, execution) {
        running++;
        runs++;
        try {
          const scope = { input, steps: {}, item: null, index: null, attempt: 1, error: null };
          const last = await runSteps(scope, execution);
          return outputOf === undefined ? last : outputOf(scope);
        } finally {
          running--;
        }
      },
      snapshot: () => ({ runs, running }),
    };
  },
});

/** Runs the steps one after the other; their result is that of the last one. */
function compileSteps(steps: readonly StepFields[], ctx: ModuleCreateContext, path: Path): Step {
  const compiled = steps.map((step, index) => compileStep(step, ctx, [...path, index]));
  return async (scope, execution) => {
    let last: unknown;
    for (const step of compiled) last = await step(scope, execution);
    return last;
  };
}

function compileStep(step: StepFields, ctx: ModuleCreateContext, path: Path): Step {
  const label = { step: step.name ?? path.join(".") };
  const condition = step.if === undefined ? undefined : ctx.expression(step.if, [...path, "if"]);
  const items = step.for === undefined ? undefined : ctx.expression(step.for, [...path, "for"]);
  const action = compileAction(step, ctx, path);
  const recover = step.catch && compileSteps(step.catch, ctx, [...path, "catch"]);
  const { attempts = 1, backoffMs = 0, factor = 1, codes } = step.retry ?? {};
  const mustBe = (type: string, field: string) => {
    const origin = ctx.originAt([...path, field]);
    return fail("ERR_EXECUTION_FAILED", { problem: `\`${field}\` must be ${type}` }, { origin });
  };

  async function withRetries(scope: Scope, execution: Context): Promise<unknown> {
    for (let attempt = 1;; attempt++) {
      try {
        return await action({ ...scope, attempt }, execution);
      } catch (error) {
        const mayRetry = codes === undefined || codes.includes(describe(error).code ?? "");
        if (attempt >= attempts || !mayRetry || execution.signal.aborted) throw error;
        await execution.emit("StepRetried", { ...label, attempt, error: describe(error) });
        await execution.clock.sleep(backoffMs * factor ** (attempt - 1), execution.signal);
      }
    }
  }

  async function forEach(list: unknown, scope: Scope, execution: Context): Promise<unknown> {
    if (!Array.isArray(list)) throw mustBe("a list", "for");
    const results: unknown[] = new Array(list.length);
    const entries = list.entries();
    const worker = async () => {
      for (const [index, item] of entries) {
        results[index] = await withRetries({ ...scope, item, index }, execution);
      }
    };
    const width = typeof step.parallel === "number" ? step.parallel : 1;
    await Promise.all(Array.from({ length: Math.min(width, list.length) }, worker));
    return results;
  }

  return async (scope, execution) => {
    const end = (status: string, output: unknown, error?: unknown) => {
      if (step.name !== undefined) scope.steps[step.name] = { status, output, error };
      return output;
    };
    const isWanted = condition?.(scope) ?? true;
    if (typeof isWanted !== "boolean") throw mustBe("true or false", "if");
    if (!isWanted) {
      await execution.emit("StepSkipped", label);
      return end("skipped", null);
    }
    await execution.emit("StepStarted", label);
    try {
      const output = items
        ? await forEach(items(scope), scope, execution)
        : await withRetries(scope, execution);
      await execution.emit("StepEnded", label);
      return end("done", output);
    } catch (thrown) {
      const error = describe(thrown);
      await execution.emit("StepFailed", { ...label, error });
      if (recover === undefined || execution.signal.aborted) throw thrown;
      return end("failed", await recover({ ...scope, error }, execution), error);
    }
  };
}

function compileAction(step: StepFields, ctx: ModuleCreateContext, path: Path): Step {
  const { parallel, timeoutMs } = step;
  if (typeof parallel === "object") {
    const branches = parallel.map((branch, i) =>
      compileStep(branch, ctx, [...path, "parallel", i])
    );
    return (scope, execution) => Promise.all(branches.map((branch) => branch(scope, execution)));
  }
  const urn = step.execute ?? ctx.child([...path, "resource"]);
  const inputs = step.inputs === undefined
    ? ({ item, input }: Scope) => item ?? input
    : ctx.template(step.inputs);
  return (scope, execution) => {
    const deadline = timeoutMs && Date.now() + timeoutMs;
    return execution.execute(urn, inputs(scope), { ...(deadline && { deadline }) });
  };
}

function describe(error: unknown) {
  const { code, details } = isDiglyError(error) ? error : { code: null, details: {} };
  const message = error instanceof Error ? error.message : String(error);
  return { code, message, data: (details as { data?: unknown }).data ?? null };
}
