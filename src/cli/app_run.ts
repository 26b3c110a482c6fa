/**
 * Runs an app from boot to graceful stop, and handles the signals and unhandled errors that
 * arrive in each phase; see docs/decisions.md#signals and docs/decisions.md#exit-codes.
 */
import { isDiglyError } from "../contract/errors.ts";
import type { StopSignal } from "../contract/platform.ts";
import { unhandledError } from "./report.ts";
import { SNAPSHOT_FILE } from "./host.ts";
import type { Session } from "./session.ts";

/** An app to run, and the work to run it for. */
export interface AppRun {
  readonly path: string;
  /** Awaited before the app is stopped. */
  readonly beforeStop?: () => Promise<void>;
  /** How long to keep serving after a signal, in milliseconds. */
  readonly drainDelayMs?: number;
  /** Called once the app is loaded; if it throws, the command ends before the boot. */
  readonly beforeBoot?: () => void;
  /** Called for SIGHUP, which then does not stop the app. */
  readonly onHangup?: () => void;
  /** Called once the app has started. */
  readonly onStarted?: () => void;
  /**
   * The purpose of the run; the app stops when this resolves or a signal arrives, which aborts
   * `signal`.
   */
  readonly work: (signal: AbortSignal) => Promise<void>;
}

const SIGNAL_EXIT: Readonly<Record<StopSignal, number>> = {
  SIGHUP: 129,
  SIGINT: 130,
  SIGTERM: 143,
};

/** How long closed handles may take to leave the event loop, in milliseconds. */
const SETTLE_MS = 50;

/** How often to check for open handles; most are gone after one turn of the event loop. */
const POLL_INTERVAL_MS = 2;

/** How often to check at least. */
const LEAST_LOOKS = 5;

/** An interval this long never fires in practice; it only keeps the process alive. */
const FOREVER = 2 ** 30;

/** How a run has ended. */
export interface AppEnd {
  readonly exitCode: number;
  /** The signal that stopped it. */
  readonly interrupted: StopSignal | undefined;
}

/** Boots an app, runs its work and stops it; resolves with the exit code. */
export async function runToCompletion(session: Session, app: AppRun): Promise<number> {
  return (await runToEnd(session, app)).exitCode;
}

/** The same as {@link runToCompletion}, for who has to know why the app has ended. */
export async function runToEnd(session: Session, app: AppRun): Promise<AppEnd> {
  let interrupted: StopSignal | undefined;
  const exitCode = await runUntilStopped(session, app, (signal) => interrupted = signal);
  return { exitCode, interrupted };
}

async function runUntilStopped(
  session: Session,
  app: AppRun,
  onInterrupted: (signal: StopSignal) => void,
): Promise<number> {
  const { platform, kernel, report, log } = session;
  let phase: "boot" | "work" | "stop" = "boot";
  let interrupted: StopSignal | undefined;
  let failed = false;
  let endWork = (_reason: string) => {};
  const interruption = new AbortController();
  const ended = new Promise<string>((resolve) =>
    endWork = (reason) => {
      interruption.abort();
      resolve(reason);
    }
  );

  const offSignal = platform.onSignal((signal) => {
    if (signal === "SIGHUP" && app.onHangup !== undefined) {
      if (phase !== "stop") app.onHangup();
      return;
    }
    if (interrupted !== undefined) platform.exit(SIGNAL_EXIT[signal]);
    interrupted = signal;
    onInterrupted(signal);
    if (phase === "boot") kernel.abort(signal);
    else if (phase === "work") log("info", `${signal}: stopping`);
    endWork(signal);
  });
  const offSnapshot = platform.onSnapshotSignal(() => {
    kernel.takeSnapshot(SNAPSHOT_FILE, { reason: "SIGUSR2" }).then(
      () => log("info", `Snapshot written to ${platform.toPath(platform.toUrl(SNAPSHOT_FILE))}`),
      report,
    );
  });
  const reports: Promise<void>[] = [];
  const offUnhandled = platform.onUnhandled((error, owner) => {
    failed = true;
    reports.push(
      kernel.locate(error).then((place) => report(unhandledError(error, owner, place))),
    );
    if (phase === "boot") kernel.abort("an error was not handled");
    endWork("an error was not handled");
  });
  // A hold must keep the process alive even if nothing else is open.
  const alive = setInterval(() => {}, FOREVER);

  async function boot(): Promise<boolean> {
    try {
      await kernel.load(app.path);
      app.beforeBoot?.();
      await kernel.start();
      return true;
    } catch (error) {
      const isAborted = isDiglyError(error) && error.code === "ERR_ABORTED";
      if (isAborted && interrupted) log("info", `${interrupted}: the boot was aborted`);
      else if (!isAborted || !failed) report(error);
      failed = true;
      return false;
    }
  }

  async function work(): Promise<string> {
    try {
      await app.work(interruption.signal);
    } catch (error) {
      failed = true;
      report(error);
    }
    // Unhandled rejections are reported only at the end of the current turn.
    await platform.nextTurn();
    return "the work is done";
  }

  async function stop(reason: string): Promise<number> {
    phase = "stop";
    await app.beforeStop?.();
    const { exitCode, errors } = await kernel.stop({
      reason,
      ...(interrupted === undefined || app.drainDelayMs === undefined
        ? {}
        : { drainDelayMs: app.drainDelayMs }),
      onWaiting: (names) => log("info", `Waiting for ${names.join(", ")}`),
    });
    errors.forEach(report);
    clearInterval(alive);
    if (errors.length === 0) await warnAboutOpenHandles(session);
    return Math.max(exitCode, failed ? 1 : 0);
  }

  try {
    if (!await boot()) {
      const exitCode = await stop("boot failed");
      return interrupted === undefined ? exitCode : SIGNAL_EXIT[interrupted];
    }
    phase = "work";
    platform.endStartup?.();
    app.onStarted?.();
    const working = work();
    const reason = await Promise.race([working, ended]);
    const exitCode = await stop(reason);
    // Work that was in flight may still report an error.
    await platform.nextTurn();
    return Math.max(exitCode, failed ? 1 : 0);
  } finally {
    await Promise.all(reports);
    offSignal();
    offSnapshot();
    offUnhandled();
  }
}

/** Warns about handles that are still open; the process exits anyway. */
async function warnAboutOpenHandles({ platform, log }: Session): Promise<void> {
  let open = platform.keepsAlive();
  // Node loads a module for its clock, which a run that leaves nothing open does without.
  if (open.length === 0) return;
  const deadline = performance.now() + SETTLE_MS;
  // On a busy machine a single turn of the event loop may take all of the time.
  for (let looks = 0; open.length > 0; looks++) {
    if (looks >= LEAST_LOOKS && performance.now() >= deadline) break;
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
    open = platform.keepsAlive();
  }
  if (open.length > 0) log("warn", `Exiting although this is still open: ${open.join(", ")}`);
}
