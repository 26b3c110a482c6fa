/** A process of its own with the role `worker`. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** A process with the role, and what it prints. */
export class Worker {
  readonly process: ChildProcess;
  output = "";
  #waiting: (() => void)[] = [];

  constructor(folder: string, env: Readonly<Record<string, string>> = {}) {
    const cli = fileURLToPath(new URL("../../../cli.ts", import.meta.url));
    this.process = spawn(process.execPath, [cli, "run", folder, "--role", "worker"], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...env },
    });
    for (const stream of [this.process.stdout!, this.process.stderr!]) {
      stream.on("data", (text) => {
        this.output += text;
        for (const wake of this.#waiting.splice(0)) wake();
      });
    }
  }

  async until(isDone: () => boolean): Promise<void> {
    while (!isDone()) {
      if (this.process.exitCode !== null) assert.fail(this.output);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}
