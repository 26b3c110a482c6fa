/** The type of what answers requests about documents. */
import type { Workspace } from "./workspace.ts";

/** Answers a request. */
export type Feature = (params: unknown, workspace: Workspace, signal: AbortSignal) => unknown;
