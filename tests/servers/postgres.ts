/** A PostgreSQL of its own for a test file, in a folder of its own. */
import type { ChildProcess } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { asUser, ended, freePort, install, runToEnd, start, untilListening } from "./debian.ts";

const VERSIONS = "/usr/lib/postgresql";
const USER = "postgres";
export const PASSWORD = "s3cret-pa%ss";

/** A server, which is running at first. */
export interface Postgres {
  readonly port: number;
  /** The URL of its database, with the password. */
  readonly url: string;
  /** Starts it again after {@link Postgres.stop}, on the same port. */
  start(): Promise<void>;
  /** Stops it at once, as a crash would. */
  stop(): Promise<void>;
  /** Stops it and removes its files. */
  remove(): Promise<void>;
}

/** How long the server may take to start. */
const START_MS = 60_000;

function binaries(): string | undefined {
  if (!existsSync(VERSIONS)) return undefined;
  return readdirSync(VERSIONS).map((version) => join(VERSIONS, version, "bin"))
    .findLast((folder) => existsSync(join(folder, "initdb")));
}

/** Waits until a server that listens has started: until then it refuses every connection. */
async function untilReady(pgIsReady: string, port: number): Promise<void> {
  for (const end = Date.now() + START_MS; Date.now() < end;) {
    if (spawnSync(pgIsReady, ["-q", "-h", "127.0.0.1", "-p", `${port}`]).status === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`PostgreSQL did not start within ${START_MS} ms`);
}

/** Starts a server; a string is the reason why there is none. */
export async function startPostgres(): Promise<Postgres | string> {
  const reason = install(() => binaries() !== undefined, "postgresql");
  if (reason !== undefined) return reason;
  const bin = binaries()!;
  const folder = mkdtempSync(join(tmpdir(), "digly-postgres-"));
  const isRoot = process.getuid?.() === 0;
  if (isRoot) {
    const ids = ["-u", "-g"].map((flag) =>
      Number(spawnSync("id", [flag, USER], { encoding: "utf8" }).stdout)
    );
    chownSync(folder, ids[0]!, ids[1]!);
  }
  chmodSync(folder, 0o700);
  const data = join(folder, "data");
  const init = [join(bin, "initdb"), "-D", data, "-U", "app", "-N", "--auth=trust", "-E", "UTF8"];
  runToEnd(isRoot ? "setpriv" : init[0]!, isRoot ? [...asUser(USER), ...init] : init.slice(1));
  const port = await freePort();
  let child: ChildProcess | undefined;

  async function begin(): Promise<void> {
    const settings = {
      port,
      listen_addresses: "127.0.0.1",
      unix_socket_directories: "",
      fsync: "off",
      max_connections: 50,
    };
    const options = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    child = start([join(bin, "postgres"), "-D", data, ...options], USER);
    child.stderr!.resume();
    child.stdout!.resume();
    await untilListening(port, child);
    await untilReady(join(bin, "pg_isready"), port);
  }

  async function stop(): Promise<void> {
    if (child === undefined) return;
    child.kill("SIGQUIT");
    await ended(child);
    child = undefined;
  }

  await begin();
  return {
    port,
    url: `postgres://app:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/postgres`,
    start: begin,
    stop,
    async remove() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
