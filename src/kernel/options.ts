/** The options of a kernel. */
import type { EmbeddedControllers } from "./boot/controllers.ts";
import type { OptionType } from "../diagnostics/arguments.ts";
import type { Clock } from "../contract/clock.ts";
import type { OnCondition, OnSwitch } from "../contract/coverage.ts";
import type { Diagnostics } from "../contract/diagnostics.ts";
import type { Limits } from "../contract/limits.ts";
import type { Fake } from "../contract/execution.ts";
import type { LogSink } from "../contract/log.ts";
import type { Platform } from "../contract/platform.ts";
import type { OnProgress } from "../contract/progress.ts";
import type { GeneratedValidators } from "../contract/schema.ts";
import type { ParsedSources } from "../load/yaml/parsed_sources.ts";
import type { Probe } from "./probe.ts";

/** The modules that are part of the program. */
export interface Builtins {
  /** Texts of their manifests and definitions, by URL (`digly:/http/module.yaml`). */
  readonly files: Readonly<Record<string, string>>;
  /** The values of their documents as JSON, by the same URLs. */
  readonly documents?: Readonly<Record<string, string>>;
  /** Their controllers, imported on demand. */
  readonly controllers: EmbeddedControllers;
  /** Pregenerated validators of the definitions' schemas, by the definition's URL. */
  readonly validators?: GeneratedValidators;
}

/** Options of the kernel. */
export interface KernelOptions {
  readonly platform: Platform;
  readonly builtins: Builtins;
  /** Receives log records; they are dropped by default. */
  readonly log?: LogSink;
  /** True to log the kernel's own steps as debug records. False by default. */
  readonly logSteps?: boolean;
  /** Receives errors and warnings while loading; by default the first error is thrown. */
  readonly diagnostics?: Diagnostics;
  /** Environment variables; the platform's by default. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** False for a single execution: servers do not listen. True by default. */
  readonly serve?: boolean;
  /**
   * True to check an app without starting it: a secret or variable whose value is not available
   * is a warning. False by default.
   */
  readonly checking?: boolean;
  /** True to let checks ask servers, such as databases. False by default. */
  readonly connects?: boolean;
  /** True to fetch manifests over `http:` from other machines. False by default. */
  readonly allowHttp?: boolean;
  /** True to reject remote manifests without a hash. False by default. */
  readonly frozen?: boolean;
  /**
   * True to isolate scripts that do not say whether they are: code in an interpreter of its own,
   * files in a process. False by default.
   */
  readonly isolateScripts?: boolean;
  /** How long stopping may take, in milliseconds; 30,000 by default. */
  readonly shutdownTimeoutMs?: number;
  /** How long a boot may take, in milliseconds; 60,000 by default. */
  readonly bootTimeoutMs?: number;
  /** Where the `file` of a secret or variable is read from; the platform by default. */
  readonly values?: Pick<Platform, "files" | "toPath">;
  /**
   * Where to write a snapshot when the kernel stops, the boot fails, or the process exits. No
   * snapshot is written by default.
   */
  readonly snapshotOnExit?: string;
  /** The time and timers that controllers see; the real ones by default. */
  readonly clock?: Clock;
  /** Makes the random numbers and trace ids of the app repeatable; for tests only. */
  readonly seed?: number;
  /** Functions that are executed instead of resources, by URN; for tests only. */
  readonly fakes?: Readonly<Record<string, Fake>>;
  /**
   * The roles of this process, which an app with a transport such as `Cluster.Nats` declares; by
   * default the process runs every resource, and connects to no other one.
   */
  readonly roles?: readonly string[];
  /** True to look at the other processes of an app without running any of its resources. */
  readonly observer?: boolean;
  /** Takes the conditions of templates and of fields named `if`, and their outcomes; for tests only. */
  readonly onCondition?: OnCondition;
  /** Takes the fields named `switch`, and the branches that they take; for tests only. */
  readonly onSwitch?: OnSwitch;
  /** Called while an app is loaded and checked, with how far that is. */
  readonly onProgress?: OnProgress;
  /** The documents of earlier loads of the same files, for a program that loads them often. */
  readonly sources?: ParsedSources;
  /** Observes executions, expressions and events, for an inspector. */
  readonly probe?: Probe;
  /** Limits that override those of the started manifest. */
  readonly limits?: Partial<Limits>;
}

/** Types of the options, for callers that are not type-checked. */
export const OPTION_TYPES: Readonly<Record<keyof KernelOptions, OptionType>> = {
  platform: "object",
  builtins: "object",
  log: "function",
  logSteps: "boolean",
  diagnostics: "object",
  env: "object",
  serve: "boolean",
  checking: "boolean",
  connects: "boolean",
  allowHttp: "boolean",
  frozen: "boolean",
  isolateScripts: "boolean",
  shutdownTimeoutMs: "number",
  bootTimeoutMs: "number",
  values: "object",
  snapshotOnExit: "string",
  clock: "object",
  seed: "number",
  fakes: "object",
  roles: "object",
  observer: "boolean",
  onCondition: "function",
  onSwitch: "function",
  onProgress: "function",
  sources: "object",
  probe: "object",
  limits: "object",
};
