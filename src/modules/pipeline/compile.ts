/** Compiles the steps of a job to functions. */
import { setImmediate } from "node:timers";
import {
  fail,
  formatField,
  isDiglyError,
  type ModuleCreateContext,
  type Path,
} from "../../contract/author.ts";
import { type Condition, DEFAULT_VARIABLE, type StepFields } from "./fields.ts";
import type { Expressions } from "./expressions.ts";
import { withRetry, withTimeout } from "./limits.ts";
import { inParallel } from "./parallel.ts";
import type { Retention } from "./retention.ts";
import {
  type ErrorView,
  type Expression,
  isAborted,
  isSuspended,
  NO_RESULT,
  type Run,
  type Scope,
  type Step,
  type StepResults,
} from "./run.ts";

/** After so many items of a loop, others get a turn. */
const ITEMS_A_TURN = 100;

/** What compiling needs. */
export interface Compiler {
  readonly ctx: ModuleCreateContext;
  readonly expressions: Expressions;
  readonly retention: Retention;
  readonly events: StepEvents;
}

/** Emits events about what the steps do. */
export interface StepEvents {
  emit(event: "StepStarted" | "StepEnded" | "StepSkipped", step: string, run: Run): void;
}

/** How long `finally` may take in a run that was aborted. */
const CLEANUP_MS = 10_000;

/** The steps one after the other; the output is that of the last one. */
export function compileSteps(steps: readonly StepFields[], path: Path, compiler: Compiler): Step {
  const compiled = steps.map((step, index) => compileStep(step, [...path, index], compiler));
  return async (scope, run) => {
    let last: unknown = null;
    for (const step of compiled) last = await step(scope, run);
    return last;
  };
}

/** The results of steps before they run. */
export function emptyResults(names: readonly string[]): StepResults {
  return Object.fromEntries(names.map((name) => [name, NO_RESULT]));
}

function compileStep(step: StepFields, path: Path, compiler: Compiler): Step {
  const { ctx, retention, events } = compiler;
  const { name } = step;
  const label = name ?? formatField(path);
  const condition = conditionOf(step.if, [...path, "if"], compiler);
  const isRead = name !== undefined && retention.isRead(name);
  const attempt = withRetry(
    withTimeout(compileAction(step, path, compiler), step.timeout, `The step ${label}`),
    step.retry,
    label,
    ctx,
  );
  const act = step.for === undefined ? attempt : compileLoop(step, path, attempt, compiler);
  const recover = step.catch && compileSteps(step.catch, [...path, "catch"], compiler);
  const cleanUp = step.finally && compileSteps(step.finally, [...path, "finally"], compiler);

  function record(scope: Scope, output: unknown, error: ErrorView | null): void {
    if (isRead) scope.steps[name] = { output: output ?? null, error };
  }

  async function recovered(error: ErrorView, scope: Scope, run: Run): Promise<unknown> {
    record(scope, null, error);
    // It is called only for steps that recover.
    const output = await recover!(scope, run);
    record(scope, output, error);
    return output;
  }

  async function guarded(scope: Scope, run: Run): Promise<unknown> {
    // Before its process ended, the job may have got as far as the steps of `catch`.
    const failure = recover && run.journal?.failureOf(keyOf(label, run));
    if (failure !== undefined) return await recovered(failure, scope, run);
    try {
      const output = await act(scope, run);
      record(scope, output, null);
      return output;
    } catch (thrown) {
      if (isAborted(run)) throw thrown;
      const error = viewOf(thrown);
      await run.execution.emit("StepFailed", { step: label, error: ctx.redact(error) });
      if (recover === undefined) {
        record(scope, null, error);
        throw thrown;
      }
      await run.journal?.recordFailure(keyOf(label, run), error);
      return await recovered(error, scope, run);
    }
  }

  return async (scope, run) => {
    if (condition !== undefined && !condition(scope)) {
      events.emit("StepSkipped", label, run);
      if (isRead) scope.steps[name] = NO_RESULT;
      return null;
    }
    events.emit("StepStarted", label, run);
    let output: unknown;
    if (cleanUp === undefined) output = await guarded(scope, run);
    else {
      try {
        output = await guarded(scope, run);
      } finally {
        if (!isSuspended(run)) await cleanUp(scope, isAborted(run) ? detached(run, ctx) : run);
      }
    }
    events.emit("StepEnded", label, run);
    return output;
  };
}

/** The name under which a durable job records a step, with the items of the loops around it. */
function keyOf(label: string, { items }: Run): string {
  return items === "" ? label : `${label}[${items.slice(0, -1)}]`;
}

/** The rest of a run that was aborted: executions of their own, for a limited time. */
function detached(run: Run, ctx: ModuleCreateContext): Run {
  const { execution } = run;
  const { traceId } = execution;
  const signal = AbortSignal.timeout(CLEANUP_MS);
  return {
    execution,
    execute: (urn, input, options) => ctx.execute(urn, input, { signal, traceId, ...options }),
    outer: signal,
    signal: undefined,
    journal: undefined,
    items: run.items,
  };
}

/** A condition; `undefined` for none. */
function conditionOf(
  condition: Condition | undefined,
  path: Path,
  { expressions, ctx }: Compiler,
): ((scope: Scope) => boolean) | undefined {
  if (condition === undefined || condition === true) return undefined;
  if (condition === false) return () => false;
  const evaluate = expressions.at(path);
  return (scope) => {
    const value = evaluate(scope);
    if (typeof value === "boolean") return value;
    throw wrongType("true or false", path, ctx);
  };
}

function wrongType(type: string, path: Path, ctx: ModuleCreateContext): unknown {
  const field = path.at(-1);
  return fail("ERR_EXECUTION_FAILED", { problem: `\`${field}\` must be ${type}` }, {
    origin: ctx.originAt(path),
    help: "Its expression has another result",
  });
}

/** The step for each item of a list. */
function compileLoop(
  step: StepFields,
  path: Path,
  act: Step,
  { ctx, expressions, retention }: Compiler,
): Step {
  const at = [...path, "for"];
  const { as = DEFAULT_VARIABLE, concurrency = 1 } = step;
  const items: Expression = Array.isArray(step.for) ? ctx.template(step.for) : expressions.at(at);
  const isKept = step.name !== undefined && retention.readsOutput(step.name);
  const own = retention.namesIn(path);
  const ownResults = own.length === 0 ? undefined : emptyResults(own);

  function scopeOf(item: unknown, scope: Scope): Scope {
    const steps = ownResults === undefined ? scope.steps : { ...scope.steps, ...ownResults };
    return { ...scope, [as]: item, steps };
  }

  return async (scope, run) => {
    const list = items(scope);
    if (!Array.isArray(list)) throw wrongType("a list", at, ctx);
    // A list that nothing reads would only take memory.
    const outputs: unknown[] | undefined = isKept ? new Array(list.length) : undefined;
    const runItem = async (index: number, part: Run) => {
      // Steps of a durable job are recorded for each item.
      const own = part.journal === undefined ? part : { ...part, items: `${part.items}${index}.` };
      const output = await act(scopeOf(list[index], scope), own);
      if (outputs !== undefined) outputs[index] = output ?? null;
      // Items that wait for nothing would keep requests, timers and the collector of memory waiting.
      if (index % ITEMS_A_TURN === ITEMS_A_TURN - 1) {
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    if (concurrency === 1) {
      for (let index = 0; index < list.length; index++) await runItem(index, run);
    } else {
      await inParallel(list.length, concurrency, run, runItem);
    }
    return outputs ?? null;
  };
}

/** What a step does, once. */
function compileAction(step: StepFields, path: Path, compiler: Compiler): Step {
  if (step.parallel !== undefined) return compileParallel(step, path, compiler);
  if (step.switch !== undefined) return compileSwitch(step.switch, path, compiler);
  const { ctx } = compiler;
  const urn = step.execute ?? ctx.child([...path, "resource"]);
  const inputs = inputsOf(step, ctx);
  const label = step.name ?? formatField(path);
  return (scope, run) => {
    const { execute, journal, signal } = run;
    return journal === undefined
      ? execute(urn, inputs(scope), signal === undefined ? undefined : { signal })
      : journal.execute(keyOf(label, run), urn, () => inputs(scope), run);
  };
}

function inputsOf(step: StepFields, ctx: ModuleCreateContext): Expression {
  if (step.inputs !== undefined) return ctx.template(step.inputs);
  const { as = DEFAULT_VARIABLE } = step;
  const name = step.for === undefined ? "input" : as;
  return (scope) => scope[name];
}

function compileParallel(step: StepFields, path: Path, compiler: Compiler): Step {
  // It is called only for steps with branches.
  const fields = step.parallel!;
  const branches = fields.map((branch, index) =>
    compileStep(branch, [...path, "parallel", index], compiler)
  );
  // In a loop, `concurrency` is about the items.
  const width = step.for === undefined ? step.concurrency ?? branches.length : branches.length;
  return async (scope, run) => {
    const outputs: Record<string, unknown> = {};
    for (const { name } of fields) if (name !== undefined) outputs[name] = null;
    await inParallel(branches.length, width, run, async (index, part) => {
      // Branches run by their index.
      const output = await branches[index]!(scope, part);
      const { name } = fields[index]!;
      if (name !== undefined) outputs[name] = output ?? null;
    });
    return outputs;
  };
}

function compileSwitch(
  cases: NonNullable<StepFields["switch"]>,
  path: Path,
  compiler: Compiler,
): Step {
  const compiled = cases.map(({ if: condition, steps }, index) => {
    const at = [...path, "switch", index];
    return {
      condition: conditionOf(condition, [...at, "if"], compiler),
      run: compileSteps(steps, [...at, "steps"], compiler),
    };
  });
  return async (scope, run) => {
    const chosen = compiled.find(({ condition }) => condition?.(scope) ?? true);
    return chosen === undefined ? null : await chosen.run(scope, run);
  };
}

/** An error as expressions see it. */
function viewOf(error: unknown): ErrorView {
  if (!isDiglyError(error)) {
    const message = error instanceof Error ? error.message : String(error);
    return { code: "ERR_EXECUTION_FAILED", message, status: null, data: null };
  }
  const { status, data } = error.details as { readonly status?: number; readonly data?: unknown };
  return {
    code: error.code,
    message: error.message,
    status: status ?? null,
    data: data ?? null,
  };
}
