/** What the Node, Bun and Deno adapters have in common. */
import process from "node:process";
import type { HostRuntime, Platform } from "../contract/platform.ts";
import { cwd, diskFiles, toPath, toUrl } from "./files.ts";
import { provideModules } from "./author_module.ts";
import { fetchRemote } from "./fetch.ts";
import { explainImportError } from "../diagnostics/import_error.ts";
import { keepsAlive, onExit, onSignal, onSnapshotSignal, onUnhandled, runAs } from "./signals.ts";
import { outputTo, readStdin } from "./streams.ts";

/** The platform of this process; `importModule` is the runtime's own way to import a URL. */
export function processPlatform(
  runtime: HostRuntime,
  importModule: (url: string) => Promise<Record<string, unknown>>,
): Platform {
  return {
    runtime,
    env: Object.freeze({ ...process.env }),
    files: diskFiles,
    stdout: outputTo(1),
    stderr: outputTo(2),
    readStdin,
    async *readLines(options) {
      yield* (await import("./prompt.ts")).readLines(options);
    },
    async exportRevision(folder, revision) {
      return (await import("./revision.ts")).exportRevision(folder, revision);
    },
    toUrl,
    toPath,
    cwd,
    async importModule(url) {
      try {
        return await importModule(url);
      } catch (error) {
        throw explainImportError(error, url, { files: diskFiles, toPath, toUrl });
      }
    },
    provideModules,
    fetch: fetchRemote,
    onSignal,
    onSnapshotSignal,
    onExit,
    runAs,
    onUnhandled,
    exit: (code) => process.exit(code),
    keepsAlive,
  };
}
