/** What the command line works with. */
import type { ExecutableCompiler } from "../contract/bundle.ts";
import type { Limits } from "../contract/limits.ts";
import type { LogLevel } from "../contract/log.ts";
import type { Platform } from "../contract/platform.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { KernelOptions } from "../kernel/options.ts";
import type { LogFormat } from "./log_format.ts";

/** What {@link main} is given by the program that calls it. */
export interface CliHost {
  readonly platform: Platform;
  readonly version: string;
  /** The commit of the program, where it can be known. */
  commit(): Promise<string | undefined>;
  /** The machine, `linux x64`. */
  readonly machine: string;
  /** The app that this executable was made for. */
  readonly app?: HostApp;
  /** Makes a kernel on `platform`, unless `options` name another, with the built-in modules. */
  createKernel(options: KernelChoices): Promise<Kernel>;
  /** The names of the built-in modules, such as `http` of `digly:http`. */
  builtinModules(): Promise<readonly string[]>;
  /** What makes executables; `undefined` where no Bun is at hand. `from` is a `file:` URL. */
  findCompiler(from: string): Promise<ExecutableCompiler | undefined>;
}

/** What a command may decide about its kernel. */
export type KernelChoices = Partial<Omit<KernelOptions, "builtins">>;

/** The app that an executable was made for. */
export interface HostApp {
  readonly name: string;
  readonly version: string | undefined;
  /** The name of the executable. */
  readonly command: string;
  /** URL of its `runtime.yaml`. */
  readonly manifest: string;
  /** Whether its manifests may come over `http:` from other machines. */
  readonly allowHttp: boolean;
  /** Limits that were given when it was bundled. */
  readonly limits: Partial<Limits>;
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
  /** Limits that win over those of the manifest. */
  readonly limit?: Partial<Limits>;
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
/** `shop 1.2.0 (digly 0.1.0)`. */
export function versionOfApp({ name, version }: HostApp, own: string): string {
  return `${name}${version === undefined ? "" : ` ${version}`} (digly ${own})`;
}
