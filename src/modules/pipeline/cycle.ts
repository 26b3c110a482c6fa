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

/** The cycle that begins at `urn`, if that is the first job of it in the order of `jobs`. */
export function findCycle(
  urn: string,
  jobs: readonly RuntimeResource<JobFields>[],
): Cycle | undefined {
  const calls = new Map(jobs.map(({ kind, metadata, steps }) => [
    formatUrn(kind, metadata.name),
    layOut(steps).steps,
  ]));
  const order = [...calls.keys()];
  const start = order.indexOf(urn);
  const seen = new Set<string>();
  let found: Cycle | undefined;

  /** True if `at` leads back to the start through jobs that come after it. */
  function leadsBack(at: string, chain: readonly string[], from: Path): boolean {
    if (at === urn) {
      found = { chain, at: from };
      return true;
    }
    if (seen.has(at) || order.indexOf(at) < start) return false;
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
