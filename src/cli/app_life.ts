/**
 * The life of an app that the command line starts: boot, work, graceful stop, with what
 * signals and unhandled errors do to each. Rules: decisions D-25 to D-27 and D-39.
 */
import { isDiglyError } from "../contract/errors.ts";
import type { StopSignal } from "../contract/platform.ts";
import { unhandledError } from "./report.ts";
import { SNAPSHOT_FILE } from "./host.ts";
import type { Session } from "./session.ts";

/** What to do with an app. */
export interface AppWork {
  readonly path: string;
  /** How long to go on after a signal, in milliseconds. */
  readonly drainDelayMs?: number;
  /** Called once the app is loaded; what it throws ends the command before anything boots. */
  readonly beforeBoot?: () => void;
  /** What the app is started for; it is stopped when this ends, or before by a signal. */
  readonly work: () => Promise<void>;
}

const SIGNAL_EXIT: Readonly<Record<StopSignal, number>> = {
  SIGHUP: 129,
  SIGINT: 130,
  SIGTERM: 143,
};

/** How long, in milliseconds, what was torn down may take to leave the event loop. */
const SETTLING_MS = 50;

/** How often to look meanwhile; most of it is gone in one turn. */
const LOOK_EVERY_MS = 2;

/** An interval this long never fires in practice; it only keeps the process alive. */
const FOREVER = 2 ** 30;

/** Runs an app from its boot to the end of its stop; resolves with the exit code. */
export async function liveThrough(session: Session, app: AppWork): Promise<number> {
  const { platform, kernel, report, say } = session;
  let phase: "boot" | "work" | "stop" = "boot";
  let interrupted: StopSignal | undefined;
  let failed = false;
  let endWork!: (reason: string) => void;
  const ended = new Promise<string>((resolve) => endWork = resolve);

  const offSignal = platform.onSignal((signal) => {
    if (interrupted !== undefined) platform.exit(SIGNAL_EXIT[signal]);
    interrupted = signal;
    if (phase === "boot") kernel.abort(signal);
    else if (phase === "work") say("info", `${signal}: stopping`);
    endWork(signal);
  });
  const offSnapshot = platform.onSnapshotSignal(() => {
    kernel.takeSnapshot(SNAPSHOT_FILE, { reason: "SIGUSR2" }).then(
      () => say("info", `Snapshot written to ${platform.toPath(platform.toUrl(SNAPSHOT_FILE))}`),
      report,
    );
  });
  const offUnhandled = platform.onUnhandled((error, owner) => {
    failed = true;
    report(unhandledError(error, owner));
    if (phase === "boot") kernel.abort("an error was not handled");
    endWork("an error was not handled");
  });
  // A hold keeps the process alive also where nothing is open.
  const alive = setInterval(() => {}, FOREVER);

  async function boot(): Promise<boolean> {
    try {
      await kernel.load(app.path);
      app.beforeBoot?.();
      await kernel.start();
      return true;
    } catch (error) {
      const calledOff = isDiglyError(error) && error.code === "ERR_ABORTED";
      if (calledOff && interrupted) say("info", `${interrupted}: the boot was aborted`);
      else if (!calledOff || !failed) report(error);
      failed = true;
      return false;
    }
  }

  async function work(): Promise<string> {
    try {
      await app.work();
    } catch (error) {
      failed = true;
      report(error);
    }
    // Whatever it left unhandled is heard only when the turn is over.
    await nextTurn();
    return "the work is done";
  }

  async function stop(reason: string): Promise<number> {
    phase = "stop";
    const { exitCode, errors } = await kernel.stop({
      reason,
      ...(interrupted === undefined || app.drainDelayMs === undefined
        ? {}
        : { drainDelayMs: app.drainDelayMs }),
      onWaiting: (names) => say("info", `Waiting for ${names.join(", ")}`),
    });
    errors.forEach(report);
    clearInterval(alive);
    if (errors.length === 0) await sayWhatIsLeft(session);
    return Math.max(exitCode, failed ? 1 : 0);
  }

  try {
    if (!await boot()) {
      const exitCode = await stop("boot failed");
      return interrupted === undefined ? exitCode : SIGNAL_EXIT[interrupted];
    }
    phase = "work";
    const working = work();
    const reason = await Promise.race([working, ended]);
    const exitCode = await stop(reason);
    // What was under way, and what was torn down, may still have to say how it ended.
    await nextTurn();
    return Math.max(exitCode, failed ? 1 : 0);
  } finally {
    offSignal();
    offSnapshot();
    offUnhandled();
  }
}

/** Names what still keeps the process alive; the caller ends it all the same. */
async function sayWhatIsLeft({ platform, say }: Session): Promise<void> {
  const deadline = performance.now() + SETTLING_MS;
  let left = platform.keepsAlive();
  while (left.length > 0 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    left = platform.keepsAlive();
  }
  if (left.length > 0) say("warn", `Exiting although this is still open: ${left.join(", ")}`);
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
