/** `digly run`: boots an app and keeps it running until it has nothing left to do. */
import { runToCompletion } from "./app_run.ts";
import type { CliHost, StartOptions } from "./host.ts";
import { openAppSession } from "./session.ts";

/** Runs the app at `path`; resolves with the exit code. */
export async function run(host: CliHost, path: string, options: StartOptions): Promise<number> {
  const session = await openAppSession(host, options, true);
  const { kernel } = session;
  return await runToCompletion(session, {
    path,
    drainDelayMs: options.drainDelay ?? 0,
    async work() {
      await Promise.race([kernel.waitUntilIdle(), kernel.waitForExitRequest()]);
    },
  });
}
