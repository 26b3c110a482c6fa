/** The parent's side of a process that runs a script. */
import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { programCommand } from "./command.ts";
import { type FromChild, linesOf, type ToChild } from "./protocol.ts";
import { CHILD_VARIABLE } from "./variable.ts";

/**
 * Variables that a process needs to work at all. All others may be secrets, and the script gets what
 * it needs as input.
 */
const PASSED =
  /^(PATH|HOME|USERPROFILE|TMPDIR|TMP|TEMP|LANG|LANGUAGE|LC_\w+|TZ|SYSTEMROOT|COMSPEC|PATHEXT|LD_LIBRARY_PATH|DENO_DIR|NODE_COMPILE_CACHE|DENO_NO_UPDATE_CHECK)$/i;

/** How a process ended by itself. */
export interface Death {
  /** True if it used more memory than it may. */
  readonly isMemory: boolean;
  readonly problem: string;
}

/** Receives what a process says. */
export interface ProcessListener {
  onMessage(message: Exclude<FromChild, { readonly type: "memory" }>): void;
  onDeath(death: Death): void;
}

/** A running process. */
export class ScriptProcess {
  readonly #child: ChildProcess;
  #listener: ProcessListener | undefined;
  #death: Death | undefined;
  #isMemory = false;

  constructor() {
    const [command = "", ...args] = programCommand();
    this.#child = spawn(command, args, {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...passedEnvironment(), [CHILD_VARIABLE]: "1" },
      windowsHide: true,
    });
    this.#child.once("error", (error) => this.#die(error.message));
    const reading = this.#read();
    this.#child.once(
      "close",
      (code, signal) =>
        void reading.then(() =>
          this.#die(`its process ended with ${signal ?? `exit code ${code}`}`)
        ),
    );
    // That it cannot be written to is known from its end.
    this.#child.stdin?.on("error", () => {});
    // What a program waits for is an execution, not a process that may have to execute later.
    for (const one of [this.#child, this.#child.stdin, this.#child.stdout]) {
      if (one !== null && "unref" in one && typeof one.unref === "function") one.unref();
    }
  }

  /** Whose messages are received from now on; without one, nobody's. */
  listen(listener: ProcessListener | undefined): void {
    this.#listener = listener;
    if (this.#death !== undefined) listener?.onDeath(this.#death);
  }

  send(message: ToChild): void {
    if (this.isAlive) this.#child.stdin?.write(JSON.stringify(message) + "\n");
  }

  get isAlive(): boolean {
    return this.#death === undefined && !this.#child.killed;
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  async #read(): Promise<void> {
    try {
      // It was created with a pipe for its output.
      for await (const line of linesOf(this.#child.stdout!)) this.#receive(line);
    } catch {
      // The process has ended, which its `close` event reports.
    }
  }

  #receive(line: string): void {
    if (line === "") return;
    let message: FromChild;
    try {
      message = JSON.parse(line) as FromChild;
    } catch {
      this.#die("its process wrote to the file descriptor 1");
      this.kill();
      return;
    }
    if (message.type === "memory") this.#isMemory = true;
    else this.#listener?.onMessage(message);
  }

  #die(problem: string): void {
    if (this.#death !== undefined) return;
    this.#death = { isMemory: this.#isMemory, problem };
    this.#listener?.onDeath(this.#death);
  }
}

function passedEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => PASSED.test(name)));
}
