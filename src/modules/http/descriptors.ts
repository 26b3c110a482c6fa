/** Detects that the process has no file descriptors left, which most runtimes do not report. */
import { closeSync, openSync, readFileSync } from "node:fs";

/** How often to check. */
const PERIOD_MS = 1_000;
/** A file that can always be opened, and the limits of this process on Linux. */
const ANY_FILE = "/dev/null";
const LIMITS_FILE = "/proc/self/limits";

/** The limit belongs to the process, so it is explained once, whichever server notices. */
let isExplained = false;
let limit: string | undefined;

/** Calls `onNone` at each check that finds no descriptor. Returns a function that stops checking. */
export function watchDescriptors(onNone: () => void): () => void {
  // Reading the limit needs a descriptor, so it is read before they run out.
  limit ??= readLimit();
  const timer = setInterval(() => {
    if (!hasDescriptor()) onNone();
  }, PERIOD_MS);
  return () => clearInterval(timer);
}

/** The message to log when there is none; `undefined` if it was already returned. */
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

/** The maximum number of descriptors of this process; `undefined` if the system does not say. */
function readLimit(): string | undefined {
  try {
    return /^Max open files\s+(\d+)/m.exec(readFileSync(LIMITS_FILE, "utf8"))?.[1] ?? "";
  } catch {
    return undefined;
  }
}
