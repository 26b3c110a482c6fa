/** Reloads a running app when it is asked to, one time after the other. */
import type { ReloadSummary } from "../../kernel/reload/summary.ts";
import { RestartRequired } from "../../kernel/reload/restart_required.ts";
import { readEnvFiles } from "../env_file.ts";
import type { Session } from "../session.ts";

/** Reloads the app of one session. */
export interface Reloader {
  /** Asks for a reload, which takes place once the app has started and there is no other one. */
  request(): void;
  /** To be called when the app has started. */
  start(): void;
  /** Resolves when a change is found that needs a new start of the app or the process. */
  readonly restart: Promise<void>;
  /** What has to start again; `undefined` if nothing has to. */
  restartScope(): RestartRequired["scope"] | undefined;
}

/** Creates a reloader; `onReloaded` is called after each reload, whether it worked or not. */
export function createReloader(
  { kernel, platform, log, logError }: Session,
  envFile: readonly string[] | undefined,
  onReloaded: () => void = () => {},
): Reloader {
  let isWanted = false;
  let isStarted = false;
  let isReloading = false;
  let scope: RestartRequired["scope"] | undefined;
  let askForRestart = () => {};
  const restart = new Promise<void>((resolve) => askForRestart = resolve);

  async function reload(): Promise<void> {
    const began = performance.now();
    try {
      const env = envFile === undefined ? undefined : await readEnvFiles(envFile, platform);
      const summary = await kernel.reload(env === undefined ? {} : { env });
      log("info", describeReload(summary, performance.now() - began));
    } catch (error) {
      if (error instanceof RestartRequired) {
        scope = error.scope;
        log(
          "info",
          `Starting ${scope === "app" ? "the app" : "the process"} again: ${error.message}`,
        );
        askForRestart();
      } else logError("The reload failed, and the app continues as it was", error);
    }
    onReloaded();
  }

  async function reloadWhileWanted(): Promise<void> {
    if (!isStarted || isReloading) return;
    isReloading = true;
    while (isWanted && scope === undefined) {
      isWanted = false;
      await reload();
    }
    isReloading = false;
  }

  return {
    request() {
      isWanted = true;
      void reloadWhileWanted();
    },
    start() {
      isStarted = true;
      void reloadWhileWanted();
    },
    restart,
    restartScope: () => scope,
  };
}

/** `reloaded: 1 changed, 1 added, 0 removed (12 ms)`. */
function describeReload({ changed, added, removed }: ReloadSummary, ms: number): string {
  return `reloaded: ${changed} changed, ${added} added, ${removed} removed (${Math.round(ms)} ms)`;
}
