/** Jobs that execute themselves, directly or through other jobs. */
import { formatUrn, type Path, type RuntimeResource } from "../../contract/author.ts";
import type { JobFields, StepFields } from "./fields.ts";
import { layOut, type PlacedStep } from "./visibility.ts";

/** A cycle, seen from its first job. */
export interface Cycle {
  /** The URNs of the jobs, without the first one again at the end. */
  readonly chain: readonly string[];
  /** The field of the first job that leads to the next one. */
  readonly at: Path;
}

/** The steps of jobs, by their URN and in their order. */
interface Calls {
  readonly steps: ReadonlyMap<string, readonly PlacedStep[]>;
  readonly order: ReadonlyMap<string, number>;
}

/** Of each list of jobs, since every job in it is checked with the same list. */
const known = new WeakMap<readonly RuntimeResource<JobFields>[], Calls>();

function callsOf(jobs: readonly RuntimeResource<JobFields>[]): Calls {
  let calls = known.get(jobs);
  if (calls === undefined) {
    const steps = new Map(jobs.map((job) => [
      formatUrn(job.kind, job.metadata.name),
      layOut(job.steps).steps,
    ]));
    const order = new Map(Array.from(steps.keys(), (urn, index) => [urn, index]));
    known.set(jobs, calls = { steps, order });
  }
  return calls;
}

/** The cycle that begins at `urn`, if that is the first job of it in the order of `jobs`. */
export function findCycle(
  urn: string,
  jobs: readonly RuntimeResource<JobFields>[],
): Cycle | undefined {
  const { steps: calls, order } = callsOf(jobs);
  const start = order.get(urn) ?? -1;
  const seen = new Set<string>();
  let found: Cycle | undefined;

  /** True if `at` leads back to the start through jobs that come after it. */
  function leadsBack(at: string, chain: readonly string[], from: Path): boolean {
    if (at === urn) {
      found = { chain, at: from };
      return true;
    }
    if (seen.has(at) || (order.get(at) ?? -1) < start) return false;
    seen.add(at);
    return (calls.get(at) ?? []).some((placed) =>
      leadsBack(targetOf(placed.step) ?? "", [...chain, at], from)
    );
  }

  const own: readonly PlacedStep[] = calls.get(urn) ?? [];
  own.some(({ step, path }) => {
    const target = targetOf(step);
    const field = step.execute === undefined ? "resource" : "execute";
    return target !== undefined && leadsBack(target, [urn], [...path, field]);
  });
  return found;
}

/** The URN that a step executes. */
function targetOf({ execute, resource }: StepFields): string | undefined {
  return execute ?? (resource && formatUrn(resource.kind, resource.metadata.name));
}
