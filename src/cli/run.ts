/** `digly run`: boots an app and runs it until nothing holds it. */
import { liveThrough } from "./app_life.ts";
import type { CliHost, StartOptions } from "./host.ts";
import { openAppSession } from "./session.ts";

/** Runs the app at `path`; resolves with the exit code. */
export async function run(host: CliHost, path: string, options: StartOptions): Promise<number> {
  const session = await openAppSession(host, options, true);
  const { kernel } = session;
  return await liveThrough(session, {
    path,
    drainDelayMs: options.drainDelay ?? 0,
    async work() {
      await Promise.race([kernel.waitUntilIdle(), kernel.waitForExitRequest()]);
    },
  });
}
