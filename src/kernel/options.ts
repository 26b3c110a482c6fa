/** What a kernel is made with. */
import type { EmbeddedControllers } from "./boot/controllers.ts";
import type { OptionType } from "../contract/arguments.ts";
import type { Diagnostics } from "../contract/diagnostics.ts";
import type { Limits } from "../contract/limits.ts";
import type { LogSink } from "../contract/log.ts";
import type { Platform } from "../contract/platform.ts";
import type { GeneratedValidators } from "../contract/schema.ts";

/** The modules that are part of the program. */
export interface Builtins {
  /** Texts of their manifests and definitions, by URL (`digly:/http/module.yaml`). */
  readonly files: Readonly<Record<string, string>>;
  /** Their controllers, imported when first asked for. */
  readonly controllers: EmbeddedControllers;
  /** Validators of the definitions' schemas, generated ahead, by the definition's URL. */
  readonly validators?: GeneratedValidators;
}

/** How a kernel works. */
export interface KernelOptions {
  readonly platform: Platform;
  readonly builtins: Builtins;
  /** Takes log records; without one they are dropped. */
  readonly log?: LogSink;
  /** True to log the kernel's own steps as debug records. False by default. */
  readonly logSteps?: boolean;
  /** Takes errors and warnings while loading; without one the first error is thrown. */
  readonly diagnostics?: Diagnostics;
  /** Environment variables; the platform's by default. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** False for a single execution: servers do not listen. True by default. */
  readonly serve?: boolean;
  /**
   * True to check an app without starting it: a secret or variable whose value cannot be had
   * here is a warning. False by default.
   */
  readonly checking?: boolean;
  /** True to fetch manifests over `http:` from other machines. False by default. */
  readonly allowHttp?: boolean;
  /** True to refuse remote manifests without a hash (decision D-31). False by default. */
  readonly frozen?: boolean;
  /** How long stopping may take, in milliseconds; 30,000 by default. */
  readonly shutdownTimeoutMs?: number;
  /** How long a boot may take, in milliseconds; 60,000 by default. */
  readonly bootTimeoutMs?: number;
  /** Where the `file` of a secret or variable is read; the platform itself by default. */
  readonly values?: Pick<Platform, "files" | "toPath">;
  /**
   * Where to write a snapshot when the kernel stops, the boot fails, or the process is ended
   * by someone else. None is written by default.
   */
  readonly snapshotOnExit?: string;
  /** Single limits; they win over those that the started manifest sets. */
  readonly limits?: Partial<Limits>;
}

/** Types of the options, for callers that no compiler has checked. */
export const OPTION_TYPES: Readonly<Record<keyof KernelOptions, OptionType>> = {
  platform: "object",
  builtins: "object",
  log: "function",
  logSteps: "boolean",
  diagnostics: "object",
  env: "object",
  serve: "boolean",
  checking: "boolean",
  allowHttp: "boolean",
  frozen: "boolean",
  shutdownTimeoutMs: "number",
  bootTimeoutMs: "number",
  values: "object",
  snapshotOnExit: "string",
  limits: "object",
};
