/** The kernel that a command works on, and how the command reports errors and log lines. */
import { BUNDLE_ROOT } from "../contract/bundle.ts";
import type { LogRecord } from "../contract/log.ts";
import { isDiglyError } from "../contract/errors.ts";
import type { Platform } from "../contract/platform.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { plainRecord } from "../observe/log_record.ts";
import { readEnvFiles } from "./env_file.ts";
import {
  type CliHost,
  type CommonOptions,
  EVENTS_FILE,
  type KernelChoices,
  SNAPSHOT_FILE,
  type StartOptions,
} from "./host.ts";
import { logTo } from "./log_format.ts";
import { createProgress, outputsAbove, type ProgressLine, showKernelProgress } from "./progress.ts";
import { renderError, type RenderOptions, renderWarning } from "./report.ts";
import { hasColor } from "../diagnostics/style.ts";

/** The kernel and the reporting of one command. */
export interface Session {
  readonly platform: Platform;
  /** Shows what takes long; the outputs of `platform` remove it before they write. */
  readonly progress: ProgressLine;
  readonly kernel: Kernel;
  /** How to render errors on standard error. */
  readonly rendering: RenderOptions;
  /** Writes an error to standard error. */
  report(error: unknown): void;
  /** Writes a log line of the kernel. */
  log(level: LogRecord["level"], message: string): void;
  /** Writes a log line with an error, its place and its help. */
  logError(message: string, error: unknown): void;
}

/** What a command chooses for its kernel. */
export interface SessionChoices extends KernelChoices {
  /** True for commands that act as a node of an app with roles. */
  readonly takesRoles?: boolean;
}

/** Rendering options for errors on standard error before a kernel exists. */
export function renderingOn({ platform, app }: CliHost, verbose: boolean): RenderOptions {
  return {
    color: hasColor(platform.stderr, platform.env),
    verbose,
    cwd: app === undefined
      ? platform.toPath(platform.cwd())
      : new URL(BUNDLE_ROOT).pathname.slice(0, -1),
  };
}

/**
 * Reads the environment files and creates the kernel. By default the first error is thrown and
 * warnings are printed immediately.
 */
export async function openSession(
  host: CliHost,
  options: CommonOptions,
  { takesRoles = false, ...choices }: SessionChoices,
): Promise<Session> {
  const { verbose = false, allowHttp = false, envFile, logFormat, logLevel, limit, role } = options;
  const { app, createKernel } = host;
  const progress = createProgress(host.platform);
  const platform = { ...host.platform, ...outputsAbove(progress, host.platform) };
  const plain = renderingOn(host, verbose);
  const level = logLevel ?? (verbose ? "debug" : "info");
  const log = logTo(platform.stderr, {
    format: logFormat ?? (platform.stderr.isTerminal ? "text" : "json"),
    level,
    color: plain.color,
    stacks: verbose,
    cwd: plain.cwd,
  });
  const env = envFile === undefined ? undefined : await readEnvFiles(envFile, platform);
  const roles = takesRoles ? role ?? rolesIn((env ?? platform.env)["DIGLY_ROLE"]) : [];
  const kernel = await createKernel({
    diagnostics: {
      error(error) {
        throw error;
      },
      warning(warning) {
        // The files of a bundle were pinned when it was built.
        if (app !== undefined && warning.code === "WARN_NOT_PINNED") return;
        platform.stderr.write(renderWarning(warning, rendering));
      },
    },
    ...choices,
    ...(roles.length === 0 ? {} : { roles }),
    allowHttp: allowHttp || app?.allowHttp === true,
    isolateScripts: options.isolateScripts ?? false,
    limits: { ...app?.limits, ...limit },
    log,
    logSteps: level === "debug",
    onProgress: showKernelProgress(progress),
    ...(env === undefined ? {} : { env }),
  });
  const rendering: RenderOptions = { ...plain, redact: (text: string) => kernel.redact(text) };
  return {
    platform,
    progress,
    kernel,
    rendering,
    report: (error) => platform.stderr.write(renderError(error, rendering)),
    log: (level, message) => log({ time: Date.now(), level, owner: "kernel", message }),
    logError(message, error) {
      const record = { time: Date.now(), level: "error", owner: "kernel", message } as const;
      log(kernel.redact(plainRecord({ ...record, fields: { error } })));
    },
  };
}

/** The roles that `DIGLY_ROLE` lists, with commas between them. */
function rolesIn(text: string | undefined): readonly string[] {
  return text?.split(",").map((role) => role.trim()).filter((role) => role !== "") ?? [];
}

/** Opens the session of a command that starts an app; `serve: false` starts no servers. */
export async function openAppSession(
  host: CliHost,
  options: StartOptions,
  serve: boolean,
): Promise<Session> {
  const session = await openSession(host, options, {
    serve,
    takesRoles: true,
    bootTimeoutMs: options.bootTimeout,
    shutdownTimeoutMs: options.shutdownTimeout,
    ...(options.snapshotOnExit ? { snapshotOnExit: SNAPSHOT_FILE } : {}),
  });
  if (options.debug || options.debugSync) {
    await session.kernel.enableEventStream(EVENTS_FILE, { sync: options.debugSync ?? false });
  }
  return session;
}

/** The exit code for an error that ended a command; see docs/decisions.md#exit-codes. */
export function exitCodeFor(error: unknown): number {
  return isDiglyError(error) && error.code === "ERR_USAGE" ? 2 : 1;
}
