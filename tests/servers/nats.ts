/** A NATS server of its own for a test file. */
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ended, freePort, install, start, untilListening } from "./debian.ts";

const PROGRAMS = ["/usr/sbin/nats-server", "/usr/bin/nats-server", "/usr/local/bin/nats-server"];

/** A server, which is running at first. */
export interface NatsServer {
  readonly port: number;
  readonly url: string;
  /** Its process, as long as it runs. */
  readonly pid: number;
  start(): Promise<void>;
  /** Kills it. */
  stop(): Promise<void>;
  /** Kills it, and removes what it has stored. */
  remove(): Promise<void>;
}

/** Starts a server with JetStream and a store of its own; a string is the reason why there is none. */
export async function startNats(config: readonly string[] = []): Promise<NatsServer | string> {
  const find = () => PROGRAMS.find((path) => existsSync(path));
  const reason = install(() => find() !== undefined, "nats-server");
  if (reason !== undefined) return reason;
  const port = await freePort();
  const store = mkdtempSync(join(tmpdir(), "digly-nats-"));
  let child: ChildProcess | undefined;

  async function begin(): Promise<void> {
    child = start([find()!, "-a", "127.0.0.1", "-p", String(port), "-js", "-sd", store, ...config]);
    child.stdout!.resume();
    child.stderr!.resume();
    await untilListening(port, child);
  }

  async function stop(): Promise<void> {
    child?.kill("SIGKILL");
    if (child !== undefined) await ended(child);
    child = undefined;
  }

  await begin();
  return {
    port,
    url: `nats://127.0.0.1:${port}`,
    get pid() {
      return child?.pid ?? 0;
    },
    start: begin,
    stop,
    async remove() {
      await stop();
      rmSync(store, { recursive: true, force: true });
    },
  };
}
