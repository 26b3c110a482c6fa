/** Checks a `Pipeline.Job`: its steps, and what their expressions and errors are. */
import {
  type CheckContext,
  didYouMean,
  formatUrn,
  type RuntimeResource,
} from "../../contract/author.ts";
import { findCycle } from "./cycle.ts";
import { ACTIONS, type Condition, type JobFields } from "./fields.ts";
import { createNameCheck } from "./name_check.ts";
import { layOut, type PlacedStep, variablesOf } from "./visibility.ts";

export function check(job: RuntimeResource<JobFields>, ctx: CheckContext): void {
  const layout = layOut(job.steps);
  for (const placed of layout.steps) checkStep(placed, ctx);
  checkDuplicates(layout.steps, ctx);
  const areSound = createNameCheck(layout, ctx);
  const places = [
    ...layout.places,
    ...job.output === undefined ? [] : [{ at: ["output"], visible: layout.end }],
  ];
  for (const place of places) {
    // The types of names that are wrong would only report them once more.
    if (areSound(place)) ctx.declare(place.at, variablesOf(place.visible));
  }
  checkCycle(job, ctx);
}

function checkStep({ step, path }: PlacedStep, ctx: CheckContext): void {
  const [first, second] = ACTIONS.filter((action) => step[action] !== undefined);
  if (first === undefined) {
    ctx.report(
      ctx.problem(path, `the step must have one of ${ACTIONS.map(code).join(", ")}`, {
        help: "Write what it does, such as `execute: JavaScript.Script.Store`",
      }),
    );
  } else if (second !== undefined) {
    ctx.report(
      ctx.problem([...path, second], `\`${second}\` cannot be in the same step as \`${first}\``, {
        help: "Write two steps",
      }),
    );
  }
  const isExecution = step.execute !== undefined || step.resource !== undefined;
  if (step.inputs !== undefined && first !== undefined && !isExecution) {
    ctx.report(
      ctx.problem([...path, "inputs"], `\`inputs\` has no effect in a step with \`${first}\``, {
        help: "Write the inputs into the steps that execute something",
      }),
    );
  }
  if (step.as !== undefined && step.for === undefined) {
    ctx.report(
      ctx.problem([...path, "as"], "`as` has no effect without `for`", {
        help: "Add `for`, an expression that gives a list, or remove it",
      }),
    );
  } else if (step.as === "input" || step.as === "steps" || step.as === "env") {
    ctx.report(
      ctx.problem([...path, "as"], `"${step.as}" has a meaning of its own in expressions`, {
        help: "Choose another name",
      }),
    );
  }
  if (step.concurrency !== undefined && step.for === undefined && step.parallel === undefined) {
    ctx.report(
      ctx.problem([...path, "concurrency"], "`concurrency` has no effect without `for`", {
        help: "Add `for`, an expression that gives a list, or remove it",
      }),
    );
  }
  checkExpressions({ step, path }, ctx);
  checkCodes({ step, path }, ctx);
}

function code(name: string): string {
  return `\`${name}\``;
}

/** Compiles the conditions and the list, so that their mistakes are found. */
function checkExpressions({ step, path }: PlacedStep, ctx: CheckContext): void {
  const compile = (expression: unknown, at: PlacedStep["path"], type: unknown) => {
    if (expression === undefined || typeof expression === "boolean") return;
    if (Array.isArray(expression)) return;
    try {
      ctx.expression(expression as Exclude<Condition, boolean>, at, type);
    } catch (error) {
      ctx.report(error as Parameters<CheckContext["report"]>[0]);
    }
  };
  compile(step.if, [...path, "if"], { type: "boolean" });
  compile(step.for, [...path, "for"], { type: "array" });
  step.switch?.forEach((alternative, index, all) => {
    const at = [...path, "switch", index];
    compile(alternative.if, [...at, "if"], { type: "boolean" });
    if (alternative.if === undefined && index < all.length - 1) {
      ctx.report(
        ctx.problem(at, "the alternatives after this one are never used", {
          help: "Add `if` to it, or make it the last one",
        }),
      );
    }
  });
}

function checkCodes({ step, path }: PlacedStep, ctx: CheckContext): void {
  const { codes, isOpen } = ctx.errorCodes();
  step.retry?.on?.forEach((code, index) => {
    if (codes.includes(code)) return;
    const near = didYouMean(code, codes);
    // Code of the app may throw any code, but hardly one that looks misspelt.
    if (isOpen && near === undefined && /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$/.test(code)) return;
    ctx.report(
      ctx.problem([...path, "retry", "on", index], `"${code}" is not the code of an error`, {
        help: near ?? "`digly kinds --errors` lists the codes that modules declare",
      }),
    );
  });
}

function checkDuplicates(steps: readonly PlacedStep[], ctx: CheckContext): void {
  const first = new Map<string, PlacedStep["path"]>();
  for (const { step: { name }, path } of steps) {
    if (name === undefined) continue;
    const at = [...path, "name"];
    const other = first.get(name);
    if (other === undefined) {
      first.set(name, at);
      continue;
    }
    ctx.report(
      ctx.problem(at, `another step is called "${name}"`, {
        help: "Rename one of them: the names of all steps of a job are different",
        related: [{ at: other, message: "the first one" }],
      }),
    );
  }
}

/** Reports a job that would execute itself without an end; the first one of a cycle does it. */
function checkCycle(job: RuntimeResource<JobFields>, ctx: CheckContext): void {
  const jobs = ctx.resourcesOf(job.kind) as readonly RuntimeResource<JobFields>[];
  const urn = formatUrn(job.kind, job.metadata.name);
  const cycle = findCycle(urn, jobs);
  if (cycle === undefined) return;
  const { chain, at } = cycle;
  ctx.report(
    ctx.problem(
      at,
      chain.length === 1
        ? "the job executes itself"
        : `the job executes itself: ${[...chain, chain[0]].join(" → ")}`,
      { help: "Execute another resource, or loop with `for`" },
    ),
  );
}
