/**
 * A query per request through a route, beside the same by hand; and messages through queues. The
 * queues of others are measured if `DIGLY_BENCH_PEERS` names a folder in which `bullmq` and `pg-boss`
 * are installed.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import postgres from "postgres";
import { startPostgres } from "../tests/servers/postgres.ts";
import { startRedis } from "../tests/servers/redis.ts";
import { bullmq, diglyQueue, pgBoss, type Queue } from "./data/queues.ts";
import { asking, type Server, start, WARM_UP, warmUp } from "./http/drive.ts";
import { type Case, interleave, type Row, type Table } from "./measure.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const bin = `${root}node_modules/.bin/`;

/** The servers, by what runs them. */
const SERVERS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  Node: {
    digly: [`${bin}node`, "dist/digly.mjs", "bench/data/query.yaml"],
    "by hand": [`${bin}node`, "bench/data/query.ts"],
  },
  "the executable and Bun": {
    digly: ["dist/digly", "bench/data/query.yaml"],
    "by hand": [`${bin}bun`, "bench/data/query.ts"],
  },
};

/** How many messages are published in a round, and how many at a time. */
const MESSAGES = 500;
const AT_ONCE = 100;
const USERS = 1_000;
const PATH = "/users/42";

/** Measures this question. */
export async function measure(quick: boolean): Promise<Table[]> {
  const folder = mkdtempSync(join(tmpdir(), "digly-bench-"));
  const database = await startPostgres();
  if (typeof database === "string") console.log(`PostgreSQL is not measured: ${database}\n`);
  try {
    const url = typeof database === "string" ? undefined : database.url;
    return [
      ...await measureQueries(folder, url, quick),
      ...await measureQueues(folder, url, quick),
    ];
  } finally {
    if (typeof database !== "string") await database.remove();
    rmSync(folder, { recursive: true });
  }
}

async function measureQueries(
  folder: string,
  url: string | undefined,
  quick: boolean,
): Promise<Table[]> {
  if (spawnSync("wrk", ["--version"]).error) {
    console.log("wrk is not installed, so queries over HTTP are not measured\n");
    return [];
  }
  const tables: Table[] = [];
  const sqlite = `sqlite:${join(folder, "users.db")}`;
  for (const [name, database] of Object.entries({ SQLite: sqlite, PostgreSQL: url })) {
    if (database === undefined) continue;
    await createUsers(database);
    for (const [runtime, servers] of Object.entries(SERVERS)) {
      tables.push({
        title: `A query per request on ${name}, with ${runtime}`,
        unit: "µs of CPU",
        rows: await askAll(servers, database, quick),
        goals: [{ against: "by hand", atMost: 1 / 0.85 }],
        note: "By hand: Hono on the runtime's own server, Ajv and the same driver." +
          ` Measured after ${WARM_UP.toLocaleString("en")} requests.`,
      });
    }
  }
  return tables;
}

async function askAll(
  servers: Readonly<Record<string, readonly string[]>>,
  database: string,
  quick: boolean,
): Promise<Row[]> {
  const running: (Server & { name: string })[] = [];
  try {
    for (const [name, command] of Object.entries(servers)) {
      running.push({ name, ...await start(command, { DATABASE_URL: database }) });
    }
    for (const server of running) warmUp(server, [PATH]);
    const cases = running.map((server) => asking(server.name, server, [PATH], quick));
    return await interleave(cases, 3, !quick);
  } finally {
    for (const { server } of running) server.kill("SIGKILL");
  }
}

async function createUsers(url: string): Promise<void> {
  const table = "CREATE TABLE users (id integer PRIMARY KEY, name text, email text)";
  const numbers = `WITH RECURSIVE numbers (n) AS (
    SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${USERS})`;
  const rows = `${numbers} INSERT INTO users
    SELECT n, 'user ' || n, 'user' || n || '@example.com' FROM numbers`;
  if (url.startsWith("sqlite:")) {
    const db = new DatabaseSync(url.slice("sqlite:".length));
    db.exec(`${table}; ${
      rows.replace(numbers, "")
        .replace("INSERT INTO users", `INSERT INTO users ${numbers}`)
    }`);
    db.close();
    return;
  }
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  await sql.unsafe(`${table}; ${
    rows.replace(numbers, "")
      .replace("INSERT INTO users", `INSERT INTO users ${numbers}`)
  }`);
  await sql.end();
}

async function measureQueues(
  folder: string,
  url: string | undefined,
  quick: boolean,
): Promise<Table[]> {
  const redis = await startRedis();
  const queues: Queue[] = [
    await diglyQueue("digly in memory", "memory:"),
    await diglyQueue("digly on SQLite", `sqlite:${join(folder, "queue.db")}`),
  ];
  try {
    if (url !== undefined) queues.push(await diglyQueue("digly on PostgreSQL", url));
    const peers = [
      url === undefined ? "there is no PostgreSQL" : await pgBoss(url),
      typeof redis === "string" ? redis : await bullmq(redis.url),
    ];
    for (const peer of peers) {
      if (typeof peer === "string") console.log(`A queue is not measured: ${peer}\n`);
      else queues.push(peer);
    }
    const rate = (name: string, run: () => Promise<unknown>): Case => ({
      name,
      async once() {
        const start = performance.now();
        await run();
        return MESSAGES / (performance.now() - start) * 1_000;
      },
    });
    const rounds = quick ? 1 : 3;
    const note = `${MESSAGES} messages, ${AT_ONCE} at a time. The database is on the same machine` +
      ` and PostgreSQL does not wait for its disk, unlike SQLite.`;
    return [
      {
        title: "Messages published",
        unit: "messages/s",
        rows: await interleave(
          queues.map(({ name, publish }) => rate(name, () => publishAll(publish))),
          rounds,
          !quick,
        ),
        note,
      },
      {
        title: "Messages published and worked on",
        unit: "messages/s",
        rows: await interleave(
          queues.map(({ name, send, worked }) =>
            rate(name, () => {
              const done = worked(MESSAGES);
              return publishAll(send).then(() => done);
            })
          ),
          rounds,
          !quick,
        ),
        note: `${note} Ten are worked on at a time.`,
      },
    ];
  } finally {
    for (const queue of queues) await queue.close();
    if (typeof redis !== "string") await redis.stop();
  }
}

async function publishAll(publish: Queue["publish"]): Promise<void> {
  for (let n = 0; n < MESSAGES; n += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => publish({ n: n + i })));
  }
}
