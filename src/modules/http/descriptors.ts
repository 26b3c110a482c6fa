/** Notices that the process has no file descriptor left, which most runtimes keep to themselves. */
import { closeSync, openSync, readFileSync } from "node:fs";

/** How often to look, in milliseconds. */
const PERIOD_MS = 1_000;
/** A file that can always be opened, and the limits of this process, where the system has them. */
const ANY_FILE = "/dev/null";
const LIMITS_FILE = "/proc/self/limits";

/** A process has one limit: it is explained once, whoever notices. */
let isExplained = false;
let limit: string | undefined;

/** Looks for file descriptors; `onNone` is called every time there is none. Returns what ends it. */
export function watchDescriptors(onNone: () => void): () => void {
  // It can be read only as long as there are some.
  limit ??= readLimit();
  const timer = setInterval(() => {
    if (!hasDescriptor()) onNone();
  }, PERIOD_MS);
  return () => clearInterval(timer);
}

/** What to log when there is none; nothing when that was logged before. */
export function explainExhaustion(): string | undefined {
  if (isExplained) return undefined;
  isExplained = true;
  limit ??= readLimit();
  return `No file descriptors are left${limit ? ` (the limit is ${limit})` : ""}: ` +
    "new connections wait or are dropped until others are closed. Raise the limit with " +
    "`ulimit -n`, `LimitNOFILE=` in systemd or `--ulimit nofile=` in Docker";
}

function hasDescriptor(): boolean {
  try {
    closeSync(openSync(ANY_FILE, "r"));
    return true;
  } catch (error) {
    const { code } = error as { code?: string };
    return code !== "EMFILE" && code !== "ENFILE";
  }
}

/** The number of descriptors this process may have; empty where the system does not say. */
function readLimit(): string | undefined {
  try {
    return /^Max open files\s+(\d+)/m.exec(readFileSync(LIMITS_FILE, "utf8"))?.[1] ?? "";
  } catch {
    return undefined;
  }
}
