/** What the command line works with. */
import type { LogLevel } from "../contract/log.ts";
import type { Platform } from "../contract/platform.ts";
import type { Kernel, KernelOptions } from "../kernel.ts";
import type { LogFormat } from "./log_format.ts";

/** What {@link main} is given by the program that calls it. */
export interface CliHost {
  readonly platform: Platform;
  readonly version: string;
  /** Makes a kernel on `platform` with the built-in modules. */
  createKernel(options: Omit<KernelOptions, "platform" | "builtins">): Promise<Kernel>;
}

/** Options that every command takes. */
export interface CommonOptions {
  /** Show debug lines, stacks and causes. */
  readonly verbose?: boolean;
  /** How log lines are written; by default as text on a terminal, as JSON elsewhere. */
  readonly logFormat?: LogFormat;
  /** The least urgent level that is written; by default `info`, or `debug` with `verbose`. */
  readonly logLevel?: LogLevel;
  /** Fetch manifests over `http:` from other machines. */
  readonly allowHttp?: boolean;
  /** Paths of files with environment variables. */
  readonly envFile?: readonly string[];
}

/** Options of the commands that start an app. */
export interface StartOptions extends CommonOptions {
  /** How long the boot may take, in milliseconds. */
  readonly bootTimeout: number;
  /** How long the graceful stop may take, in milliseconds. */
  readonly shutdownTimeout: number;
  /** How long to go on after a signal, already reported as not ready, in milliseconds. */
  readonly drainDelay?: number;
  /** Write every event to {@link EVENTS_FILE}. */
  readonly debug?: boolean;
  /** The same, waiting for the device after each. */
  readonly debugSync?: boolean;
  /** Write a snapshot to {@link SNAPSHOT_FILE} at the end. */
  readonly snapshotOnExit?: boolean;
}

/** Where `--debug` writes, from the working directory. */
export const EVENTS_FILE = ".digly-debug/events.jsonl";

/** Where snapshots are written, from the working directory. */
export const SNAPSHOT_FILE = ".digly-debug/snapshot.yaml";
