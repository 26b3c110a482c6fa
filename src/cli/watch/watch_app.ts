/** `digly run --watch`: reloads the app when one of the files that it is made from changes. */
import type { StopSignal } from "../../contract/platform.ts";
import { changedModules } from "../../kernel/reload/changed_modules.ts";
import { type AppEnd, runToEnd } from "../app_run.ts";
import type { CliHost, RunOptions } from "../host.ts";
import { openAppSession, type Session } from "../session.ts";
import { NotedReads, noteReads } from "./reads.ts";
import { createReloader } from "./reloader.ts";
import { createWatcher, type Watcher } from "./watcher.ts";

/** Runs the app at `path` until a signal arrives; resolves with the exit code. */
export async function watchApp(host: CliHost, path: string, options: RunOptions): Promise<number> {
  const reads = new NotedReads();
  const platform = noteReads(host.platform, reads);
  const watching: CliHost = {
    ...host,
    platform,
    createKernel: (choices) => host.createKernel({ platform, ...choices }),
  };
  let onChange = () => {};
  const watcher = createWatcher(host.platform, reads, () => onChange());
  const changes = (listener: () => void) => {
    onChange = listener;
  };
  let early: StopSignal | undefined;
  const note = (signal: StopSignal) => {
    early = signal;
  };
  let onSignal = note;
  // Between two runs, too: without a listener, a signal would end the process by itself.
  const offSignal = platform.onSignal((signal) => onSignal(signal));
  try {
    for (;;) {
      const { end, hasStarted, scope, session } = await runOnce(
        watching,
        path,
        options,
        watcher,
        changes,
      );
      if (end.interrupted !== undefined) return end.exitCode;
      if (scope === "process" && platform.startAgain !== undefined) {
        return await platform.startAgain();
      }
      if (scope !== undefined) continue;
      // Watchers alone do not keep the process alive.
      const alive = setInterval(() => {}, 2 ** 30);
      const signal = await new Promise<StopSignal | undefined>((resolve) => {
        onSignal = resolve;
        if (early !== undefined) resolve(early);
        changes(() => resolve(undefined));
        const state = hasStarted ? "has ended" : "did not start";
        session.log("info", `The app ${state}; waiting for a change of its files`);
        watcher.update();
      });
      clearInterval(alive);
      onSignal = note;
      if (signal !== undefined) return 0;
      const { imported, files } = platform;
      const changed = changedModules(imported?.times() ?? new Map(), files);
      const isForgotten = changed.size === 0 || imported?.forget([...changed]);
      if (!isForgotten && platform.startAgain !== undefined) return await platform.startAgain();
    }
  } finally {
    offSignal();
    watcher.close();
  }
}

/** How one run of the app has ended. */
interface Outcome {
  readonly end: AppEnd;
  readonly hasStarted: boolean;
  /** What has to start again. */
  readonly scope: "app" | "process" | undefined;
  readonly session: Session;
}

async function runOnce(
  host: CliHost,
  path: string,
  options: RunOptions,
  { update, close }: Watcher,
  changes: (listener: () => void) => void,
): Promise<Outcome> {
  const session = await openAppSession(host, options, true);
  const { kernel } = session;
  const reloader = createReloader(session, options.envFile, update);
  changes(reloader.request);
  let hasStarted = false;
  const end = await runToEnd(session, {
    path,
    drainDelayMs: options.drainDelay ?? 0,
    ...(host.platform.hasTerminal() ? {} : { onHangup: reloader.request }),
    // Its timers are no concern of who reads what is left open.
    beforeStop: () => Promise.resolve(close()),
    onStarted() {
      hasStarted = true;
      update();
      reloader.start();
    },
    async work() {
      const ended = [kernel.waitUntilIdle(), kernel.waitForExitRequest(), reloader.restart];
      await Promise.race<unknown>(ended);
    },
  });
  return { end, hasStarted, scope: reloader.restartScope(), session };
}
