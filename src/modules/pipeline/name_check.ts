/** Checks the names in the expressions of a job: steps that have run, and variables of loops. */
import { type CheckContext, didYouMean, type NameUse, type Path } from "../../contract/author.ts";
import { DEFAULT_VARIABLE } from "./fields.ts";
import type { Layout, Place, Visible } from "./visibility.ts";

const FIELDS = ["output", "error"];

/**
 * Creates a function that reports names of steps that are unknown or have not run at a place, and loop
 * variables outside of their loop. It returns false if there are any.
 */
export function createNameCheck({ steps }: Layout, ctx: CheckContext): (place: Place) => boolean {
  const names = new Map<string, Path>();
  const variables = new Set([DEFAULT_VARIABLE]);
  for (const { step, path } of steps) {
    if (step.name !== undefined && !names.has(step.name)) names.set(step.name, path);
    if (step.as !== undefined) variables.add(step.as);
  }

  /** What is wrong with a use, and what to do; `undefined` if nothing is. */
  function problemOf(
    { path: [root, name, field], at }: NameUse,
    visible: Visible,
  ): { readonly message: string; readonly help: string } | undefined {
    if (root !== "steps") {
      if (root === undefined || !variables.has(root) || visible.variables.has(root)) {
        return undefined;
      }
      const message = `"${root}" is not known here: it is the variable of a loop`;
      return { message, help: loopHelp(visible) };
    }
    if (name === undefined) return undefined;
    if (!visible.steps.has(name)) {
      const step = names.get(name);
      return step === undefined
        ? {
          message: `no step is called "${name}"`,
          help: didYouMean(name, visible.steps.keys()) ?? knownSteps(visible),
        }
        : { message: `the step "${name}" ${whyUnknown(step, at)}`, help: knownSteps(visible) };
    }
    if (field === undefined || FIELDS.includes(field)) return undefined;
    return {
      message: `a step has no "${field}"`,
      help: didYouMean(field, FIELDS) ?? `Write steps.${name}.output, or steps.${name}.error`,
    };
  }

  return ({ at, visible }) => {
    let isSound = true;
    for (const use of ctx.references(at)) {
      const problem = problemOf(use, visible);
      if (problem === undefined) continue;
      isSound = false;
      const { message, help } = problem;
      const part = use.part === undefined ? {} : { part: use.part };
      ctx.report(ctx.problem(use.at, message, { help, ...part }));
    }
    return isSound;
  };
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
