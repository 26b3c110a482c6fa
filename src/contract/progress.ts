/** How far a kernel is while it loads or checks an app, for who waits for it. */

/** What is being done: files are read, resources made, and their parts checked one after the other. */
export type ProgressStep = "files" | "resources" | "fields" | "code" | "checks" | "types";

/** How far a step is. */
export interface Progress {
  readonly step: ProgressStep;
  readonly done: number;
  /** How many there are, if that is known. */
  readonly total?: number;
}

/** Called often, with `undefined` at the end. */
export type OnProgress = (progress: Progress | undefined) => void;
