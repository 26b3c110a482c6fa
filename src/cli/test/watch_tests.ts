/** `digly test --watch`: runs the tests again that a change touches. */
import { changedModules } from "../../kernel/reload/changed_modules.ts";
import { localModules } from "../../kernel/reload/local_modules.ts";
import type { CliHost } from "../host.ts";
import { renderError } from "../report.ts";
import { renderingOn } from "../session.ts";
import { NotedReads, noteReads } from "../watch/reads.ts";
import { createWatcher } from "../watch/watcher.ts";
import { runOnce, type TestOptions } from "./run_once.ts";

/** Test cases in YAML, whose reads are known one by one. */
const CASES = /\.ya?ml$/;

/** Runs the tests at `paths` until a signal arrives; resolves with the exit code of the last run. */
export async function watchTests(
  host: CliHost,
  paths: readonly string[],
  options: TestOptions,
): Promise<number> {
  const everything = new NotedReads();
  const platform = noteReads(host.platform, everything);
  const { files } = platform;
  /** What the app of each case has read, by file and name. */
  const reads = new Map<string, NotedReads>();
  const changed = new Set<string>();
  const stop = new AbortController();
  let onChange = () => {};
  const watcher = createWatcher(host.platform, everything, (urls) => {
    for (const url of urls) changed.add(url);
    onChange();
  });
  let isRunning = false;
  const offSignal = platform.onSignal(() => {
    // A run ends by itself.
    if (isRunning) return;
    stop.abort();
    onChange();
  });
  let exitCode = 0;

  /** Runs the tests that `isTouched` selects. */
  async function run(isTouched: (name: string, file: string) => boolean): Promise<void> {
    isRunning = true;
    try {
      ({ exitCode } = await runOnce({ ...host, platform }, paths, options, {
        stop,
        isWanted: isTouched,
        platformOf({ file, name }) {
          const own = new NotedReads();
          reads.set(keyOf(file, name), own);
          return noteReads(platform, own);
        },
      }));
    } catch (error) {
      // Such as a folder in which the last test was removed.
      platform.stderr.write(renderError(error, renderingOn(host, options.verbose ?? false)));
      exitCode = 1;
    }
    isRunning = false;
  }

  /** True for a test that a change of `urls` touches, and for one that was not run yet. */
  function touchedBy(urls: ReadonlySet<string>): (name: string, file: string) => boolean {
    return (name, file) => {
      if (urls.has(file)) return true;
      if (!CASES.test(file)) {
        return [...localModules([file], files).keys()].some((url) => urls.has(url)) ||
          [...urls].some((url) => url.startsWith(new URL(".", file).href));
      }
      const own = reads.get(keyOf(file, name));
      return own === undefined || [...urls].some((url) => own.has(url));
    };
  }

  try {
    await run(() => true);
    while (!stop.signal.aborted) {
      watcher.update();
      if (changed.size === 0) {
        platform.stderr.write("Waiting for a change of the files; Ctrl-C ends that\n");
        await new Promise<void>((resolve) => onChange = resolve);
      }
      onChange = () => {};
      if (stop.signal.aborted) break;
      const urls = new Set(changed);
      changed.clear();
      const { imported, startAgain } = platform;
      const stale = changedModules(imported?.times() ?? new Map(), files);
      for (const url of stale) urls.add(url);
      if (stale.size > 0 && imported?.forget([...stale]) !== true) {
        if (startAgain !== undefined) return await startAgain();
      }
      await run(touchedBy(urls));
    }
    return exitCode;
  } finally {
    watcher.close();
    offSignal();
  }
}

function keyOf(file: string, name: string): string {
  return JSON.stringify([file, name]);
}
