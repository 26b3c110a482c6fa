/**
 * Runs the program in every form it comes in, as a user would: as a process. Everything a
 * test starts or writes is gone when its file ends.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { after } from "node:test";
import { fileURLToPath } from "node:url";

/** The program in one form. */
export interface Form {
  readonly name: string;
  /** What a user types before the arguments. */
  readonly command: readonly string[];
}

/** How to start a form. */
export interface StartOptions {
  /** The working directory; the system's folder for temporary files unless set. */
  readonly cwd?: string;
  /** Added to a clean environment; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Written to standard input, which is closed after it; `open` leaves it to `write`. */
  readonly stdin?: string;
}

/** How a process ended and what it wrote. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running process. */
export interface Running {
  readonly pid: number;
  /** What it has written to standard output so far. */
  stdout(): string;
  /** What it has written to standard error so far. */
  stderr(): string;
  /** Writes to standard input, of a process that was started with `stdin: "open"`. */
  write(text: string): void;
  /** Waits, `timeout` milliseconds at most (60,000), until either stream matches. */
  waitFor(pattern: RegExp, timeout?: number): Promise<RegExpExecArray>;
  kill(signal: NodeJS.Signals): void;
  readonly exited: Promise<Ended>;
}

/** The folder of the project, with a slash at its end. */
export const root: string = fileURLToPath(new URL("../../", import.meta.url));

/** A runtime of this clone, as an absolute path. */
export function runtime(name: "node" | "deno" | "bun"): string {
  return realpathSync(`${root}node_modules/.bin/${name}`);
}

/** The Node that runs npm, when it is older than the one that reads TypeScript by itself. */
export function oldNode(): string | undefined {
  const path = process.env["npm_node_execpath"];
  if (path === undefined) return undefined;
  const asked = spawnSync(path, ["-p", "process.versions.node"], { encoding: "utf8" });
  return asked.stdout.startsWith("20.") ? path : undefined;
}

/** The program in a form that needs nothing but itself. */
export const singleFile: Form = { name: "single executable", command: [`${root}dist/digly`] };

/** The form that older runtimes run: on Node 20 where npm runs on that. */
export const portable: Form = oldNode() === undefined
  ? { name: "node dist/digly.mjs", command: [runtime("node"), `${root}dist/digly.mjs`] }
  : { name: "node 20 dist/digly.mjs", command: [oldNode()!, `${root}dist/digly.mjs`] };

const folders = new Set<string>();

/** Every form the program comes in. */
export const forms: readonly Form[] = [
  { name: "node mod.ts", command: [runtime("node"), `${root}mod.ts`] },
  { name: "deno run -A mod.ts", command: [runtime("deno"), "run", "-A", `${root}mod.ts`] },
  { name: "bun mod.ts", command: [runtime("bun"), `${root}mod.ts`] },
  singleFile,
  { name: "node dist/program.mjs", command: [runtime("node"), join(unpacked(), "program.mjs")] },
  portable,
];

/** The forms that have SQLite, which Node 20 does not. */
export const formsWithSqlite: readonly Form[] = forms.map((form) =>
  form.name.startsWith("node 20")
    ? { name: "node dist/digly.mjs", command: [runtime("node"), ...form.command.slice(1)] }
    : form
);

/** A form on each runtime: enough where only the runtime makes a difference. */
export const ofEachRuntime: readonly Form[] = forms.filter(({ name }) =>
  ["deno run -A mod.ts", "single executable", "node dist/program.mjs"].includes(name)
);

/**
 * The form in which to run what one form proves: always the same one for the same text, and another
 * one for most other texts, so that all forms take part in a table of many rows.
 */
export function chooseForm(text: string, from: readonly Form[] = forms): Form {
  return from[createHash("sha256").update(text).digest()[0]! % from.length]!;
}

/** What a process did, for whoever reads about a failure. */
export function transcriptOf({ code, signal, stdout, stderr }: Ended): string {
  return `It ended with ${
    signal ?? `exit code ${code}`
  }\n--- stdout\n${stdout}\n--- stderr\n${stderr}`;
}

/** Fails with everything that a process wrote unless it ended with this exit code. */
export function assertCode(ended: Ended, code: number): void {
  if (ended.code !== code) assert.equal(ended.code, code, transcriptOf(ended));
}

/** How long a process may take to end by itself, in milliseconds; making a bundle takes longest. */
const PATIENCE = 120_000;

const running = new Set<ChildProcess>();

after(() => {
  for (const child of running) child.kill("SIGKILL");
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Starts the program; the caller makes it end. */
export function start(
  form: Form,
  args: readonly string[],
  options: StartOptions = {},
): Running {
  const [command, ...before] = form.command;
  const child = spawn(command!, [...before, ...args], {
    cwd: options.cwd ?? tmpdir(),
    env: { ...cleanEnvironment(), ...options.env },
    stdio: "pipe",
  });
  running.add(child);
  const streams = { stdout: "", stderr: "" };
  const listeners = new Set<() => void>();
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      streams[name] += text;
      for (const listener of listeners) listener();
    });
  }
  child.stdin.on("error", () => {}); // it ended before it had read everything
  if (options.stdin !== "open") child.stdin.end(options.stdin ?? "");
  const transcript = () =>
    `--- ${form.name} ${
      args.join(" ")
    }\n--- stdout\n${streams.stdout}\n--- stderr\n${streams.stderr}`;

  const exited = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      running.delete(child);
      resolve({ code, signal, ...streams });
      for (const listener of listeners) listener();
    });
  });
  return {
    pid: child.pid ?? -1,
    stdout: () => streams.stdout,
    stderr: () => streams.stderr,
    write: (text) => void child.stdin.write(text),
    kill: (signal) => void child.kill(signal),
    exited,
    waitFor(pattern, timeout = 60_000) {
      return new Promise((resolve, reject) => {
        const settle = (act: () => void) => {
          clearTimeout(timer);
          listeners.delete(look);
          act();
        };
        const giveUp = (why: string) =>
          settle(() => reject(new Error(`${why} ${pattern}\n${transcript()}`)));
        const look = () => {
          const found = pattern.exec(streams.stdout) ?? pattern.exec(streams.stderr);
          if (found) settle(() => resolve(found));
          else if (!running.has(child)) giveUp("The process ended without writing");
        };
        const timer = setTimeout(() => giveUp("The process did not write in time:"), timeout);
        listeners.add(look);
        look();
      });
    },
  };
}

/** Runs the program until it ends by itself; fails when that takes longer than {@link PATIENCE}. */
export async function run(
  form: Form,
  args: readonly string[],
  options: StartOptions = {},
): Promise<Ended> {
  const program = start(form, args, options);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    program.kill("SIGKILL");
  }, PATIENCE);
  const ended = await program.exited;
  clearTimeout(timer);
  if (late) {
    throw new Error(`${form.name} ${args.join(" ")} did not end\n${ended.stdout}\n${ended.stderr}`);
  }
  return ended;
}

/** Waits until `condition` is true; fails when that takes longer than {@link PATIENCE}. */
export async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`It did not come true in time: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Writes files into a new folder and returns its path. */
export function tempApp(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "digly-app-")));
  folders.add(folder);
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
  return folder;
}

/** The `dist` folder of the npm package, where no other file of the clone is near it. */
function unpacked(): string {
  const { files } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as { files: string[] };
  const folder = join(tempApp(), "node_modules/digly");
  for (const file of ["package.json", ...files]) {
    cpSync(root + file, join(folder, file), { recursive: true });
  }
  return join(folder, "dist");
}

/** A TCP port of the loopback interface that nothing listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

/** The environment without what npm, the test runner and terminals put there. */
function cleanEnvironment(): Record<string, string | undefined> {
  const env: Record<string, string | undefined> = {
    DENO_NO_UPDATE_CHECK: "1",
    // Node need not compile the same sources at each start.
    NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"],
  };
  const ours = /^(npm_|NODE_|BUN_|DENO_NO|DIGLY_|FORCE_COLOR$|NO_COLOR$|INIT_CWD$)/i;
  for (const [name, value] of Object.entries(process.env)) {
    if (!ours.test(name)) env[name] = value;
  }
  return env;
}
