/** `digly run`: boots an app and keeps it running until it has nothing left to do. */
import { runToCompletion } from "./app_run.ts";
import type { CliHost, RunOptions } from "./host.ts";
import { openAppSession } from "./session.ts";
import { createReloader } from "./watch/reloader.ts";

/** Runs the app at `path`; resolves with the exit code. */
export async function run(host: CliHost, path: string, options: RunOptions): Promise<number> {
  if (options.inspect || options.inspectPort !== undefined) {
    const { runInspected } = await import("./inspect.ts");
    return await runInspected(host, path, options, (inspected) => runApp(inspected, path, options));
  }
  return await runApp(host, path, options);
}

async function runApp(host: CliHost, path: string, options: RunOptions): Promise<number> {
  if (options.watch) {
    return await (await import("./watch/watch_app.ts")).watchApp(host, path, options);
  }
  const { platform } = host;
  for (;;) {
    const session = await openAppSession(host, options, true);
    const { kernel } = session;
    const reloader = createReloader(session, options.envFile);
    const exitCode = await runToCompletion(session, {
      path,
      drainDelayMs: options.drainDelay ?? 0,
      // The signal means that the terminal was closed, where there is one.
      ...(platform.hasTerminal() ? {} : { onHangup: reloader.request }),
      onStarted: reloader.start,
      async work() {
        const ended = [kernel.waitUntilIdle(), kernel.waitForExitRequest(), reloader.restart];
        await Promise.race<unknown>(ended);
      },
    });
    const scope = reloader.restartScope();
    if (scope === undefined || exitCode !== 0) return exitCode;
    if (scope === "process" && platform.startAgain !== undefined) {
      return await platform.startAgain();
    }
  }
}
