/** How a script is isolated, and its limits. */
import { type Path, type Problem, readCodeLimits } from "../../../contract/author.ts";

/** `true` is an interpreter of its own, `process` a process of its own. */
export type Isolation = boolean | "process";

/** The fields that a script is isolated by. */
export interface IsolationFields {
  readonly isolate?: Isolation;
  readonly limits?: Readonly<Record<string, unknown>>;
}

/** The limits of an isolated script. */
export interface IsolationLimits {
  /** Bytes of memory. */
  readonly memory: number;
  /** Milliseconds that one execution may compute. */
  readonly time: number;
}

/** A process contains a whole runtime, and what packages do takes longer. */
const OF_PROCESSES: IsolationLimits = { memory: 256 * 1024 * 1024, time: 10_000 };

/** An interpreter cannot begin with less. */
const LEAST_MEMORY = 1024 * 1024;
const MOST_MEMORY = 1024 * 1024 * 1024;

/** The limits of a script. Throws for those that are not valid. */
export function limitsOf({ isolate, limits }: IsolationFields, problem: Problem): IsolationLimits {
  const read = readCodeLimits(limits);
  if ("problem" in read) throw problem(["limits", read.name], read.problem, { help: read.help });
  const defaults = isolate === "process" ? OF_PROCESSES : read;
  const time = limits?.["time"] === undefined ? defaults.time : read.time;
  if (limits?.["memory"] === undefined) return { memory: defaults.memory, time };
  const { memory } = read;
  if (memory >= LEAST_MEMORY && memory <= MOST_MEMORY) return { memory, time };
  const at: Path = ["limits", "memory"];
  throw problem(at, "the memory of a script is from 1MiB to 1GiB", {
    help: "Write `memory: 64MiB`",
  });
}
