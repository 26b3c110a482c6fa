/** Real servers for tests, from the packages of Debian. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import process from "node:process";

/** Runs a program to its end; throws with its output if it fails. */
export function runToEnd(command: string, args: readonly string[]): void {
  const { status, error, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed:\n${stdout}${stderr}`);
}

/**
 * Makes sure that a program is there, and installs its package if the tests may do so. Gives the
 * reason why it is not there otherwise.
 */
export function install(isThere: () => boolean, name: string): string | undefined {
  if (isThere()) return undefined;
  const canInstall = process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
  if (canInstall) {
    // Tests that run at the same time must not install at the same time.
    const script = `apt-get update; apt-get install -y --no-install-recommends ${name}`;
    spawnSync("flock", ["/tmp/digly-apt-get.lock", "sh", "-c", script], {
      stdio: "ignore",
      // A package must not start a server of its own.
      env: { ...process.env, RUNLEVEL: "1", DEBIAN_FRONTEND: "noninteractive" },
    });
    if (isThere()) return undefined;
  }
  return `${name} is not installed: apt-get install ${name}`;
}

/** A port of the loopback interface that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts a program that runs until it is stopped; `user` runs it if the tests run as root. */
export function start(command: readonly string[], user?: string): ChildProcess {
  const isRoot = process.getuid?.() === 0;
  const whole = isRoot && user !== undefined ? ["setpriv", ...asUser(user), ...command] : command;
  return spawn(whole[0]!, whole.slice(1), { stdio: ["ignore", "pipe", "pipe"] });
}

/** The options of `setpriv` for another user; unlike `runuser`, it becomes the program itself. */
export function asUser(user: string): string[] {
  return [`--reuid=${user}`, `--regid=${user}`, "--clear-groups"];
}

/** Resolves when the process has ended. */
export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise((resolve) => child.once("exit", resolve));
}

/** Resolves when something listens on a port. */
export async function untilListening(port: number, child: ChildProcess): Promise<void> {
  const { connect } = await import("node:net");
  const end = Date.now() + 60_000;
  for (;;) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("connect", () => (socket.destroy(), resolve(true)));
      socket.once("error", () => resolve(false));
    });
    if (isOpen) return;
    if (child.exitCode !== null || Date.now() > end) {
      throw new Error(`Nothing listens on port ${port}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
