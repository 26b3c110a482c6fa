/** Starts the program again below itself, for code that the runtime cannot import a second time. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** Names a file that the process below writes when it wants to be started again. */
const REQUEST = "DIGLY_START_AGAIN";

/** The signals that are passed on. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR2"] as const;

/** Only the user may read what is passed on, which may be secret. */
const PRIVATE = { mode: 0o600 };

/**
 * Starts the program again; resolves with its exit code. A process that was started like this asks
 * the one above it instead, so that there are never more than two. `state` is passed on.
 */
export async function startAgain(state: string): Promise<number> {
  const request = process.env[REQUEST];
  if (request !== undefined) {
    writeFileSync(request, state, PRIVATE);
    return 0;
  }
  const folder = mkdtempSync(join(tmpdir(), "digly-"));
  const file = join(folder, "again");
  let passed = state;
  try {
    for (;;) {
      writeFileSync(stateFileOf(file), passed, PRIVATE);
      const exitCode = await runOnce(file);
      if (!existsSync(file)) return exitCode;
      passed = readFileSync(file, "utf8");
      rmSync(file);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * What the run before has passed on; `undefined` for a first one. It can be read once, so that no
 * program below this one takes it for its own.
 */
export function takeState(): string | undefined {
  const request = process.env[REQUEST];
  if (request === undefined || !existsSync(stateFileOf(request))) return undefined;
  const state = readFileSync(stateFileOf(request), "utf8");
  rmSync(stateFileOf(request));
  return state;
}

function stateFileOf(request: string): string {
  return `${request}.state`;
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
      // What ends without a code was ended by a signal.
      resolve(code ?? 128 + (constants.signals[signal!] ?? 0));
    });
  });
}
