/** Starts the program again below itself, for code that the runtime cannot import a second time. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** Names a file that the process below writes when it wants to be started again. */
const REQUEST = "DIGLY_START_AGAIN";

/** The signals that are passed on. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR2"] as const;

/**
 * Starts the program again; resolves with its exit code. A process that was started like this asks
 * the one above it instead, so that there are never more than two.
 */
export async function startAgain(): Promise<number> {
  const request = process.env[REQUEST];
  if (request !== undefined) {
    writeFileSync(request, "");
    return 0;
  }
  const folder = mkdtempSync(join(tmpdir(), "digly-"));
  const file = join(folder, "again");
  try {
    for (;;) {
      const exitCode = await runOnce(file);
      if (!existsSync(file)) return exitCode;
      rmSync(file);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runOnce(file: string): Promise<number> {
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    stdio: "inherit",
    env: { ...process.env, [REQUEST]: file },
  });
  const handlers = SIGNALS.map((signal) => [signal, () => void child.kill(signal)] as const);
  for (const [signal, handler] of handlers) process.on(signal, handler);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      for (const [name, handler] of handlers) process.off(name, handler);
      resolve(code ?? 128 + (constants.signals[signal!] ?? 0));
    });
  });
}
