/** One use of the command line: how it reports, and the kernel it works on. */
import { BUNDLE_ROOT } from "../contract/bundle.ts";
import type { LogRecord } from "../contract/log.ts";
import { isDiglyError } from "../contract/errors.ts";
import type { Platform } from "../contract/platform.ts";
import type { Kernel } from "../kernel/kernel.ts";
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
import { renderError, type RenderOptions, renderWarning } from "./report.ts";
import { hasColor } from "./style.ts";

/** A kernel together with how the command speaks about it. */
export interface Session {
  readonly platform: Platform;
  readonly kernel: Kernel;
  /** How to render errors on standard error. */
  readonly rendering: RenderOptions;
  /** Writes an error to standard error. */
  report(error: unknown): void;
  /** Writes a log line in the name of the kernel. */
  say(level: LogRecord["level"], message: string): void;
}

/** How errors look on standard error before there is a kernel. */
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
 * Reads the environment files that are named, and makes the kernel. Unless `options` say
 * otherwise the first error is thrown, and warnings are shown as they come.
 */
export async function openSession(
  host: CliHost,
  { verbose = false, allowHttp = false, envFile, logFormat, logLevel, limit }: CommonOptions,
  options: KernelChoices,
): Promise<Session> {
  const { platform, app, createKernel } = host;
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
  const kernel = await createKernel({
    diagnostics: {
      error(error) {
        throw error;
      },
      warning(warning) {
        // What a bundle carries was pinned when it was made.
        if (app !== undefined && warning.code === "WARN_NOT_PINNED") return;
        platform.stderr.write(renderWarning(warning, rendering));
      },
    },
    ...options,
    allowHttp: allowHttp || app?.allowHttp === true,
    limits: { ...app?.limits, ...limit },
    log,
    logSteps: level === "debug",
    ...(env === undefined ? {} : { env }),
  });
  const rendering: RenderOptions = { ...plain, redact: (text: string) => kernel.redact(text) };
  return {
    platform,
    kernel,
    rendering,
    report: (error) => platform.stderr.write(renderError(error, rendering)),
    say: (level, message) => log({ time: Date.now(), level, owner: "kernel", message }),
  };
}

/** A session of a command that starts an app; `serve` as in {@link KernelOptions}. */
export async function openAppSession(
  host: CliHost,
  options: StartOptions,
  serve: boolean,
): Promise<Session> {
  const session = await openSession(host, options, {
    serve,
    bootTimeoutMs: options.bootTimeout,
    shutdownTimeoutMs: options.shutdownTimeout,
    ...(options.snapshotOnExit ? { snapshotOnExit: SNAPSHOT_FILE } : {}),
  });
  if (options.debug || options.debugSync) {
    await session.kernel.enableEventStream(EVENTS_FILE, { sync: options.debugSync ?? false });
  }
  return session;
}

/** The exit code for an error that ended a command (decision D-27). */
export function exitCodeFor(error: unknown): number {
  return isDiglyError(error) && error.code === "ERR_USAGE" ? 2 : 1;
}
