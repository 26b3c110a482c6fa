/** Checks the names in the expressions of a job: steps that have run, and variables of loops. */
import {
  type CheckContext,
  didYouMean,
  type NameUse,
  type Path,
  type RuntimeResource,
} from "../../contract/author.ts";
import { DEFAULT_VARIABLE, type JobFields } from "./fields.ts";
import type { Layout, Visible } from "./visibility.ts";

const FIELDS = ["output", "error"];

/** Reports names of steps that are unknown or have not run, and loop variables outside their loop. */
export function checkNames(
  job: RuntimeResource<JobFields>,
  { places, steps, end }: Layout,
  ctx: CheckContext,
): void {
  const names = new Map<string, Path>();
  const variables = new Set([DEFAULT_VARIABLE]);
  for (const { step, path } of steps) {
    if (step.name !== undefined && !names.has(step.name)) names.set(step.name, path);
    if (step.as !== undefined) variables.add(step.as);
  }

  function checkUse({ path: [root, name, field], at, part }: NameUse, visible: Visible): void {
    const report = (message: string, help: string) =>
      ctx.report(ctx.problem(at, message, { help, ...(part === undefined ? {} : { part }) }));
    if (root !== "steps") {
      if (!variables.has(root!) || visible.variables.has(root!)) return;
      report(`"${root}" is not known here: it is the variable of a loop`, loopHelp(visible));
    } else if (name === undefined) return;
    else if (!visible.steps.has(name)) {
      const step = names.get(name);
      if (step === undefined) {
        report(
          `no step is called "${name}"`,
          didYouMean(name, visible.steps.keys()) ?? knownSteps(visible),
        );
      } else report(`the step "${name}" ${whyUnknown(step, at)}`, knownSteps(visible));
    } else if (field !== undefined && !FIELDS.includes(field)) {
      report(
        `a step has no "${field}"`,
        didYouMean(field, FIELDS) ?? `Write steps.${name}.output, or steps.${name}.error`,
      );
    }
  }

  for (const { at, visible } of places) {
    for (const use of ctx.references(at)) checkUse(use, visible);
  }
  if (job.output === undefined) return;
  for (const use of ctx.references(["output"])) checkUse(use, end);
}

function loopHelp({ variables }: Visible): string {
  const known = [...variables.keys()];
  return known.length === 0
    ? "Use it in `inputs` of a step with `for`, and in the steps within it"
    : `The variable here is ${known.join(", ")}`;
}

function knownSteps({ steps }: Visible): string {
  return steps.size === 0
    ? "No step has run here"
    : `Steps that have run here: ${[...steps.keys()].join(", ")}`;
}

/** Why a step that exists has no output at a place. */
function whyUnknown(step: Path, at: Path): string {
  const differ = step.findIndex((segment, index) => segment !== at[index]);
  if (differ < 0) return "has not ended here";
  if (step[differ - 1] === "parallel") return "runs at the same time";
  const isLater = typeof step[differ] === "number" && Number(step[differ]) > Number(at[differ]);
  if (isLater) return "has not run yet";
  return at[0] === "output" || step[differ - 1] !== "switch"
    ? "runs within a loop, once for each item"
    : "is in another alternative";
}
