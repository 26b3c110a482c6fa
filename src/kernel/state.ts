/** The states of a kernel, and what exists in each of them. */
import type { LoadedApp } from "./loaded_app.ts";
import type { RunningApp } from "./running_app.ts";

/** A kernel goes through these states in order, and may stop in any of them. */
export type KernelState =
  | { readonly phase: "empty"; readonly app: undefined; readonly running: undefined }
  | { readonly phase: "loaded"; readonly app: LoadedApp; readonly running: undefined }
  | {
    readonly phase: "starting" | "started";
    readonly app: LoadedApp;
    readonly running: RunningApp;
  }
  | {
    readonly phase: "stopping";
    readonly app: LoadedApp | undefined;
    readonly running: RunningApp | undefined;
  }
  | {
    readonly phase: "stopped";
    readonly app: LoadedApp | undefined;
    readonly running: undefined;
  };
