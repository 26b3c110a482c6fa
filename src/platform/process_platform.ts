/** What the Node, Bun and Deno adapters have in common. */
import process from "node:process";
import { setImmediate } from "node:timers";
import type { HostRuntime, Platform } from "../contract/platform.ts";
import { importedModules, noteImport } from "./imported.ts";
import { asyncVariable } from "./async_variable.ts";
import { cwd, diskFiles, toPath, toUrl } from "./files.ts";
import { provideModules } from "./author_module.ts";
import { fetchRemote } from "./fetch.ts";
import { keepsAlive, onExit, onSignal, onSnapshotSignal, onUnhandled, runAs } from "./signals.ts";
import { outputTo, readInput, readStdin, redirectConsole } from "./streams.ts";
import { isTerminal } from "./terminal.ts";
import { watchFolder } from "./watch_folder.ts";

/** How a runtime imports modules. */
export interface Importer {
  importModule(url: string): Promise<Record<string, unknown>>;
  /** Makes later imports of the files evaluate them anew; false if the runtime cannot. */
  forget(urls: readonly string[]): boolean;
}

const STANDARD_STREAMS = [0, 1, 2];

/** The platform of this process. */
export function processPlatform(
  runtime: HostRuntime,
  { importModule, forget }: Importer,
): Platform {
  return {
    runtime,
    env: Object.freeze({ ...process.env }),
    files: diskFiles,
    stdout: outputTo(1),
    stderr: outputTo(2),
    readStdin,
    readInput,
    redirectConsole,
    async *readLines(options) {
      yield* (await import("./prompt.ts")).readLines(options);
    },
    async exportRevision(folder, revision) {
      return (await import("./revision.ts")).exportRevision(folder, revision);
    },
    toUrl,
    toPath,
    cwd,
    imported: importedModules(forget),
    watchFolder,
    async importModule(url) {
      noteImport(url);
      try {
        return await importModule(url);
      } catch (error) {
        const { explainImportError } = await import("../diagnostics/import_error.ts");
        throw explainImportError(error, url, { files: diskFiles, toPath, toUrl });
      }
    },
    provideModules,
    fetch: fetchRemote,
    onSignal,
    onSnapshotSignal,
    onExit,
    runAs,
    asyncVariable,
    onUnhandled,
    hasTerminal: () => STANDARD_STREAMS.some(isTerminal),
    nextTurn: () => new Promise((resolve) => void setImmediate(resolve)),
    exit: (code) => process.exit(code),
    keepsAlive,
  };
}
