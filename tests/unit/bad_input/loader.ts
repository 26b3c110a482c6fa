/** Loads an app in a thread of its own, where time and memory are bounded. */
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import process from "node:process";
import type { DiglyError } from "../../../src/contract/errors.ts";
import { isDiglyError } from "../../../src/contract/errors.ts";
import { Kernel } from "../../../src/kernel/kernel.ts";
import { embedded } from "../../../src/generated/embedded.ts";
import { memoryPlatform } from "../../../src/platform/memory.ts";
import { collect } from "../documents.ts";

/** Content by absolute path; `/app/runtime.yaml` is loaded. */
export type AppFiles = Readonly<Record<string, string | Uint8Array>>;

/** An error, as it crosses from one thread to another. */
export interface Found {
  readonly code: string;
  readonly message: string;
  readonly help: string | undefined;
  /** `file:line:column`. */
  readonly place: string | undefined;
}

/** How loading ended. */
export interface Ended {
  readonly errors: readonly Found[];
  /** What was thrown that is not a `DiglyError`. */
  readonly crash?: string;
  /** What the processor spent on it; the time on the clock depends on what else runs. */
  readonly milliseconds: number;
}

const MEGABYTES = 512;

/** Loads an app: as a boot does, or as `check` does, which continues after an error. */
export function load(files: AppFiles, checking: boolean): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), {
      workerData: { files, checking },
      resourceLimits: { maxOldGenerationSizeMb: MEGABYTES },
    });
    const timer = setTimeout(() => {
      void worker.terminate();
      reject(new Error("Loading does not end"));
    }, 60_000);
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => clearTimeout(timer));
  });
}

async function loadHere(files: AppFiles, checking: boolean): Promise<Ended> {
  const diagnostics = collect();
  const kernel = new Kernel({
    platform: memoryPlatform({ files, cwd: "/app" }),
    builtins: embedded,
    ...(checking ? { diagnostics, checking } : {}),
  });
  const started = process.threadCpuUsage();
  const ended = (errors: readonly DiglyError[]) => {
    const { user, system } = process.threadCpuUsage(started);
    return { errors: errors.map(toFound), milliseconds: (user + system) / 1000 };
  };
  try {
    await kernel.load("runtime.yaml");
    if (diagnostics.errors.length === 0) await kernel.verify();
    return ended(diagnostics.errors);
  } catch (error) {
    if (isDiglyError(error)) return ended([...diagnostics.errors, error]);
    return { ...ended([]), crash: String(error) };
  }
}

function toFound({ code, message, help, origin }: DiglyError): Found {
  const place = origin && `${origin.file}:${origin.line}:${origin.column}`;
  return { code, message, help, place };
}

if (!isMainThread) {
  parentPort!.postMessage(await loadHere(workerData.files, workerData.checking));
}
