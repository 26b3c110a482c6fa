/** The options of `digly jobs`. */
import type { StartOptions } from "./host.ts";

/** What `digly jobs` does. */
export const JOB_ACTIONS = ["list", "show", "retry", "cancel"] as const;

/** The options as they were parsed. */
export interface JobsOptions extends StartOptions {
  readonly count: number;
  readonly format: "text" | "json";
}
