/** Which outputs of steps are kept: those that an expression reads. */
import type { ModuleCreateContext, Path } from "../../contract/author.ts";
import type { JobFields } from "./fields.ts";
import type { PlacedStep } from "./visibility.ts";

/** The names of the steps of a job, as far as their results matter. */
export interface Retention {
  /** True if an expression reads the result of a step. */
  isRead(name: string): boolean;
  /** True if an expression reads its output, not only its error. */
  readsOutput(name: string): boolean;
  /** The names of steps that belong to one item of the loop at a path, not to an inner one. */
  namesIn(path: Path): readonly string[];
  /** The names of the steps outside of loops. */
  readonly outerNames: readonly string[];
}

/** Works out which results are kept; conditions and lists must have been compiled. */
export function createRetention(
  { output }: JobFields,
  steps: readonly PlacedStep[],
  ctx: ModuleCreateContext,
): Retention {
  const uses = [
    ...ctx.references(["steps"]),
    ...output === undefined ? [] : ctx.references(["output"]),
  ];
  const ofSteps = uses.filter(({ path: [root] }) => root === "steps");
  // `steps` as a whole, or by a computed name, may be any of them.
  const readsAll = ofSteps.some(({ path }) => path.length === 1);
  const read = new Set(ofSteps.map(({ path }) => path[1]));
  const isRead = (name: string) => readsAll || read.has(name);
  const loops = new Map<string, string[]>();
  const outerNames: string[] = [];
  for (const { step: { name }, path } of steps) {
    if (name === undefined || !isRead(name)) continue;
    const loop = innermostLoop(path, steps);
    if (loop === undefined) outerNames.push(name);
    else loops.set(loop, [...loops.get(loop) ?? [], name]);
  }
  const outputs = new Set(
    ofSteps.filter(({ path }) => path[2] !== "error").map(({ path }) => path[1]),
  );
  return {
    isRead,
    readsOutput: (name) => readsAll || outputs.has(name),
    namesIn: (path) => loops.get(path.join(".")) ?? [],
    outerNames,
  };
}

/** The path of the innermost step with `for` that a step is within; `catch` is not a part of it. */
function innermostLoop(path: Path, steps: readonly PlacedStep[]): string | undefined {
  let innermost: Path = [];
  for (const { step, path: around } of steps) {
    const isAround = around.length < path.length && around.length > innermost.length &&
      around.every((segment, index) => path[index] === segment);
    const field = path[around.length];
    if (isAround && step.for !== undefined && (field === "parallel" || field === "switch")) {
      innermost = around;
    }
  }
  return innermost.length === 0 ? undefined : innermost.join(".");
}
