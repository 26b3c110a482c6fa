/** Queues for data_bench.ts: those of Digly, and those of others if they are installed. */
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { Redis } from "ioredis";
import { bootResources } from "../boot_app.ts";

/** A queue that nobody works on, and one with a worker of ten messages at a time. */
export interface Queue {
  readonly name: string;
  /** Publishes a message that nobody works on. */
  publish(message: unknown): Promise<unknown>;
  /** Publishes a message to the worker. */
  send(message: unknown): Promise<unknown>;
  /** Resolves when the worker has worked on that many messages more. */
  worked(count: number): Promise<void>;
  close(): Promise<unknown>;
}

const CONCURRENCY = 10;
/** The messages that pg-boss gets at a time: with ten it would spend the round waiting. */
const BOSS_BATCH = 250;

/** Counts what a worker does. */
function createCounter(): { done(): void; worked(count: number): Promise<void> } {
  let count = 0;
  let wanted = Infinity;
  let resolve = () => {};
  return {
    done() {
      if (++count === wanted) resolve();
    },
    worked(more) {
      count = 0;
      wanted = more;
      return new Promise((settle) => resolve = settle);
    },
  };
}

export async function diglyQueue(name: string, url: string): Promise<Queue> {
  const { done, worked } = createCounter();
  const queue = (name: string) =>
    `---
kind: Queue.Queue
metadata: { name: ${name} }
url: ${JSON.stringify(url)}
---
kind: Queue.Publish
metadata: { name: ${name} }
queue: Queue.Queue.${name}
`;
  const app = await bootResources(
    `${queue("Idle")}${queue("Busy")}---
kind: Queue.Worker
metadata: { name: W }
queue: Queue.Queue.Busy
execute: JavaScript.Script.Work
concurrency: ${CONCURRENCY}
---
kind: JavaScript.Script
metadata: { name: Work }
code: function main() {}
`,
    { fakes: { "JavaScript.Script.Work": done } },
  );
  return {
    name,
    publish: (message) => app.execute("Queue.Publish.Idle", message),
    send: (message) => app.execute("Queue.Publish.Busy", message),
    worked,
    close: () => app.stop(),
  };
}

/** A package of the folder `DIGLY_BENCH_PEERS`; a string is the reason why there is none. */
async function importPeer<Package>(name: string): Promise<Package | string> {
  const folder = process.env["DIGLY_BENCH_PEERS"];
  if (folder === undefined) return `${name}: DIGLY_BENCH_PEERS is not set`;
  try {
    const path = createRequire(join(folder, "package.json")).resolve(name);
    return await import(pathToFileURL(path).href) as Package;
  } catch {
    return `${name} is not installed in ${folder}`;
  }
}

interface BullMq {
  readonly Queue: new (name: string, options: unknown) => {
    add(name: string, data: unknown): Promise<unknown>;
    close(): Promise<void>;
  };
  readonly Worker: new (name: string, run: () => Promise<void>, options: unknown) => {
    waitUntilReady(): Promise<unknown>;
    close(force: boolean): Promise<void>;
  };
}

export async function bullmq(url: string): Promise<Queue | string> {
  const library = await importPeer<BullMq>("bullmq");
  if (typeof library === "string") return library;
  // Its own copy of the client is optional, and it retries without end if there is none.
  const connection = new Redis(url, { maxRetriesPerRequest: null });
  const { done, worked } = createCounter();
  const idle = new library.Queue("idle", { connection });
  const busy = new library.Queue("busy", { connection });
  const worker = new library.Worker("busy", () => Promise.resolve(done()), {
    connection,
    concurrency: CONCURRENCY,
    removeOnComplete: { count: 0 },
  });
  await worker.waitUntilReady();
  return {
    name: "bullmq on Redis",
    publish: (message) => idle.add("message", message),
    send: (message) => busy.add("message", message),
    worked,
    async close() {
      await worker.close(true);
      await Promise.all([idle.close(), busy.close()]);
      connection.disconnect();
    },
  };
}

interface PgBoss {
  readonly PgBoss: new (url: string) => {
    on(event: "error", listener: () => void): void;
    start(): Promise<unknown>;
    stop(options: unknown): Promise<unknown>;
    createQueue(name: string): Promise<unknown>;
    send(name: string, data: unknown): Promise<unknown>;
    work(
      name: string,
      options: unknown,
      run: (jobs: readonly unknown[]) => Promise<void>,
    ): Promise<unknown>;
  };
}

export async function pgBoss(url: string): Promise<Queue | string> {
  const library = await importPeer<PgBoss>("pg-boss");
  if (typeof library === "string") return library;
  const { done, worked } = createCounter();
  const boss = new library.PgBoss(url);
  boss.on("error", () => {});
  await boss.start();
  await boss.createQueue("idle");
  await boss.createQueue("busy");
  // It fetches a batch at most every half a second, the shortest interval that it accepts.
  const options = { batchSize: BOSS_BATCH, pollingIntervalSeconds: 0.5 };
  await boss.work("busy", options, (jobs) => Promise.resolve(jobs.forEach(done)));
  return {
    name: "pg-boss on PostgreSQL",
    publish: (message) => boss.send("idle", message as object),
    send: (message) => boss.send("busy", message as object),
    worked,
    close: () => boss.stop({ graceful: false }),
  };
}
