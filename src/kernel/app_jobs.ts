/** The durable jobs of a running app. */
import type { DurableJobs, JobSummary } from "../contract/durable_jobs.ts";
import { fail } from "../contract/errors.ts";
import { formatUrn } from "../contract/urn.ts";
import { didYouMean } from "../diagnostics/nearest.ts";
import type { Kernel } from "./kernel.ts";

/** A resource with jobs. */
export interface JobOwner {
  readonly urn: string;
  readonly jobs: DurableJobs["durableJobs"];
}

/** A job, and the resource that it belongs to. */
export interface ListedJob extends JobSummary {
  readonly job: string;
}

/** The resources with durable jobs. */
export function ownersOfJobs(kernel: Pick<Kernel, "apiOf" | "resources">): JobOwner[] {
  return kernel.resources().flatMap(({ kind, metadata: { name } }): JobOwner[] => {
    const urn = formatUrn(kind, name);
    const api = kernel.apiOf(urn) as Partial<DurableJobs> | undefined;
    return api?.durableJobs === undefined ? [] : [{ urn, jobs: api.durableJobs }];
  });
}

/** The newest jobs of all owners. */
export async function listJobs(owners: readonly JobOwner[], limit: number): Promise<ListedJob[]> {
  const all: ListedJob[] = [];
  for (const { urn, jobs } of owners) {
    for (const summary of await jobs.list(limit)) all.push({ job: urn, ...summary });
  }
  return all.sort((a, b) => a.created < b.created ? 1 : -1).slice(0, limit);
}

/** The resource that a job belongs to. Throws `ERR_USAGE` for an unknown id. */
export async function findJob(owners: readonly JobOwner[], id: string): Promise<JobOwner> {
  const ids: string[] = [];
  for (const owner of owners) {
    const own = await owner.jobs.ids();
    if (own.includes(id) || await owner.jobs.show(id) !== undefined) return owner;
    ids.push(...own);
  }
  throw fail("ERR_USAGE", { problem: `There is no job "${id}"` }, {
    help: didYouMean(id, ids) ?? "`jobs list` shows the jobs",
  });
}
