/** How a script is isolated, and its limits. */
import { type Path, type Problem, readCodeLimits } from "../../contract/author.ts";
import type { IsolateLimits } from "./isolated/isolate.ts";

/** The fields that a script is isolated by. */
export interface IsolationFields {
  readonly isolate?: boolean;
  readonly limits?: Readonly<Record<string, unknown>>;
}

/** An interpreter cannot begin with less. */
const LEAST_MEMORY = 1024 * 1024;
const MOST_MEMORY = 1024 * 1024 * 1024;

/** The limits of a script. Throws for those that are not valid. */
export function limitsOf({ limits }: IsolationFields, problem: Problem): IsolateLimits {
  const read = readCodeLimits(limits);
  if ("problem" in read) throw problem(["limits", read.name], read.problem, { help: read.help });
  const at: Path = ["limits", "memory"];
  if (
    limits?.["memory"] !== undefined && (read.memory < LEAST_MEMORY || read.memory > MOST_MEMORY)
  ) {
    throw problem(at, "the memory of a script is from 1MiB to 1GiB", {
      help: "Write `memory: 64MiB`",
    });
  }
  return { memory: read.memory, time: read.time };
}
