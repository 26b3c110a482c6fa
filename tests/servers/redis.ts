/** A Redis of its own for a test file. */
import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { ended, freePort, install, start, untilListening } from "./debian.ts";

const PROGRAM = "/usr/bin/redis-server";
export const REDIS_PASSWORD = "r3dis-secret";

/** A server, which is running at first. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a server that keeps nothing on disk; a string is the reason why there is none. */
export async function startRedis(): Promise<RedisServer | string> {
  const reason = install(() => existsSync(PROGRAM), "redis-server");
  if (reason !== undefined) return reason;
  const port = await freePort();
  let child: ChildProcess | undefined;

  async function begin(): Promise<void> {
    const options = {
      port,
      bind: "127.0.0.1",
      save: "",
      appendonly: "no",
      requirepass: REDIS_PASSWORD,
    };
    child = start([
      PROGRAM,
      ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]),
    ]);
    child.stdout!.resume();
    child.stderr!.resume();
    await untilListening(port, child);
  }

  await begin();
  return {
    port,
    url: `redis://:${REDIS_PASSWORD}@127.0.0.1:${port}/0`,
    start: begin,
    async stop() {
      child?.kill("SIGKILL");
      if (child !== undefined) await ended(child);
      child = undefined;
    },
  };
}
