/** Jobs that survive the end of their process, as `digly jobs` shows and changes them. */

/**
 * How a job is doing; `waiting` is one that was interrupted and has not gone on yet.
 *
 * @example
 * const hasEnded = (state: JobState) => state !== "running" && state !== "waiting";
 */
export type JobState = "running" | "waiting" | "done" | "failed" | "cancelled";

/**
 * A job.
 *
 * @example
 * const line = ({ id, state }: JobSummary) => `${id} is ${state}`;
 */
export interface JobSummary {
  readonly id: string;
  readonly state: JobState;
  /** When it was begun, and changed last, in ISO 8601. */
  readonly created: string;
  readonly updated: string;
  /** How many processes have worked on it. */
  readonly runs: number;
}

/**
 * A job with everything that is recorded of it.
 *
 * @example
 * const lastStep = ({ steps }: JobRecord) => steps.at(-1)?.step;
 */
export interface JobRecord extends JobSummary {
  readonly input: unknown;
  readonly output: unknown;
  readonly error: { readonly code: string; readonly message: string } | null;
  /** The steps that have ended, in order. */
  readonly steps: readonly {
    readonly step: string;
    readonly ended: string;
    readonly output: unknown;
    readonly error: { readonly code: string; readonly message: string } | null;
  }[];
}

/**
 * What a resource with durable jobs offers in its `api`.
 *
 * @example
 * const { durableJobs } = ctx.use<DurableJobs>("Pipeline.Job.Import");
 * const newest = await durableJobs.list(10);
 */
export interface DurableJobs {
  readonly durableJobs: {
    /** The newest jobs first. */
    list(limit: number): Promise<readonly JobSummary[]>;
    /** The ids of jobs, to find the nearest one. */
    ids(): Promise<readonly string[]>;
    show(id: string): Promise<JobRecord | undefined>;
    /** Lets a failed or cancelled job continue; false if it is in another state. */
    retry(id: string): Promise<boolean>;
    /** Ends a job that has not ended; false if it has. */
    cancel(id: string): Promise<boolean>;
  };
}
