/** The interface between the command line and the program that runs it. */
import type { ExecutableCompiler } from "../contract/bundle.ts";
import type { Limits } from "../contract/limits.ts";
import type { LogLevel } from "../contract/log.ts";
import type { Platform } from "../contract/platform.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { KernelOptions } from "../kernel/options.ts";
import type { HttpAdapter } from "../inspector/server.ts";
import type { LogFormat } from "./log_format.ts";
import type { McpOffer } from "./mcp_offer.ts";

/** Everything that {@link main} needs from the program. */
export interface CliHost {
  readonly platform: Platform;
  readonly version: string;
  /** The commit that the program was built from, if known. */
  commit(): Promise<string | undefined>;
  /** Operating system and architecture, such as `linux x64`. */
  readonly machine: string;
  /** The app that is bundled into this executable. */
  readonly app?: HostApp;
  /** Creates a kernel with the built-in modules, on `platform` unless `options` has another. */
  createKernel(options: KernelChoices): Promise<Kernel>;
  /** The names of the built-in modules, such as `http` of `digly:http`. */
  builtinModules(): Promise<readonly string[]>;
  /** What tests in code import from `digly/testing`. */
  testingKit(): Promise<Readonly<Record<string, unknown>>>;
  /** Answers an MCP client over the standard streams until it closes its end. */
  serveMcp(offer: McpOffer): Promise<void>;
  /** The HTTP server of this runtime, for the inspector. */
  httpAdapter(): Promise<HttpAdapter>;
  /** Finds Bun near the `file:` URL `from` or on the PATH; `undefined` if there is none. */
  findCompiler(from: string): Promise<ExecutableCompiler | undefined>;
}

/** Kernel options that a command may set. */
export type KernelChoices = Partial<Omit<KernelOptions, "builtins">>;

/** The app that is bundled into an executable. */
export interface HostApp {
  readonly name: string;
  readonly version: string | undefined;
  /** The name of the executable. */
  readonly command: string;
  /** URL of its `runtime.yaml`. */
  readonly manifest: string;
  /** Whether its manifests may be fetched over `http:` from other machines. */
  readonly allowHttp: boolean;
  /** Limits set with `--limit` when it was bundled. */
  readonly limits: Partial<Limits>;
}

/** Options of every command that loads an app. */
export interface CommonOptions {
  /** Show debug logs, stack traces and causes. */
  readonly verbose?: boolean;
  /** Format of log lines; default: text on a terminal, JSON elsewhere. */
  readonly logFormat?: LogFormat;
  /** Lowest level that is written; default: `info`, or `debug` with `verbose`. */
  readonly logLevel?: LogLevel;
  /** Fetch manifests over `http:` from other machines. */
  readonly allowHttp?: boolean;
  /** Isolate scripts that do not say whether they are. */
  readonly isolateScripts?: boolean;
  /** Paths of files with environment variables. */
  readonly envFile?: readonly string[];
  /** Limits that override those of the manifest. */
  readonly limit?: Partial<Limits>;
  /** The roles of this process; the variable `DIGLY_ROLE` by default. */
  readonly role?: readonly string[];
}

/** Options of the commands that start an app. */
export interface StartOptions extends CommonOptions {
  /** Maximum boot time in milliseconds. */
  readonly bootTimeout: number;
  /** Maximum time of a graceful shutdown in milliseconds. */
  readonly shutdownTimeout: number;
  /** How long to keep serving after a signal while reporting not ready, in milliseconds. */
  readonly drainDelay?: number;
  /** Write every event to {@link EVENTS_FILE}. */
  readonly debug?: boolean;
  /** Like `debug`, but flush each event to disk. */
  readonly debugSync?: boolean;
  /** Write a snapshot to {@link SNAPSHOT_FILE} on exit. */
  readonly snapshotOnExit?: boolean;
}

/** Options of `run` and `dev`. */
export interface RunOptions extends StartOptions {
  /** Reload the app when one of its files changes. */
  readonly watch?: boolean;
  /** Serve the inspector. */
  readonly inspect?: boolean;
  /** The port of the inspector; 0 takes a free one. */
  readonly inspectPort?: number;
}

/** What `run` does without options. */
export const DEFAULT_RUN_OPTIONS: Required<
  Pick<RunOptions, "bootTimeout" | "shutdownTimeout" | "drainDelay">
> = { bootTimeout: 60_000, shutdownTimeout: 30_000, drainDelay: 0 };

/** The file that `--debug` writes, relative to the working directory. */
export const EVENTS_FILE = ".digly-debug/events.jsonl";

/** The file with the address of a running inspector, relative to the working directory. */
export const INSPECTOR_FILE = ".digly-debug/inspector.json";

/** The file of snapshots, relative to the working directory. */
export const SNAPSHOT_FILE = ".digly-debug/snapshot.yaml";
/** `shop 1.2.0 (digly 0.1.0)`. */
export function versionOfApp({ name, version }: HostApp, own: string): string {
  return `${name}${version === undefined ? "" : ` ${version}`} (digly ${own})`;
}
