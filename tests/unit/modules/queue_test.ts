/** One contract for queues in memory, SQLite, PostgreSQL and NATS. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import type { Backend } from "../../../src/modules/queue/backend.ts";
import { openNats } from "../../../src/modules/queue/nats.ts";
import { openPostgres } from "../../../src/modules/queue/postgres.ts";
import { openSqlite } from "../../../src/modules/queue/sqlite.ts";
import { parseNatsUrl } from "../../../src/modules/shared/nats_url.ts";
import { realClock } from "../../../src/contract/clock.ts";
import { startNats } from "../../servers/nats.ts";
import { startPostgres } from "../../servers/postgres.ts";
import { bootQueue as boot, eventually, Inbox, snapshotOf } from "./queue_app.ts";

const folder = mkdtempSync(join(tmpdir(), "digly-queue-"));
const server = await startPostgres();
const nats = await startNats();
after(async () => {
  if (typeof nats !== "string") await nats.remove();
  if (typeof server !== "string") await server.remove();
  rmSync(folder, { recursive: true });
});

/** What a process that does not exist any more had. */
function openBackend(url: string, queue: string): Promise<Backend> {
  if (url.startsWith("nats:")) {
    const ctx = { signal: new AbortController().signal, log: console } as never;
    return openNats(parseNatsUrl(url, ""), queue, { timeoutMs: 10_000, onLost() {} }, ctx);
  }
  return url.startsWith("sqlite:")
    ? openSqlite(url.slice("sqlite:".length), queue, { timeoutMs: 10_000, clock: realClock })
    : openPostgres(url, queue, 10_000);
}

let count = 0;

const stores: readonly (readonly [string, () => string])[] = [
  ["memory", () => "memory:"],
  ["SQLite", () => `sqlite:${join(folder, `${++count}.db`)}`],
  ["PostgreSQL", () => {
    if (typeof server === "string") throw new Error(server);
    return server.url;
  }],
  ["NATS", () => {
    if (typeof nats === "string") throw new Error(nats);
    return nats.url;
  }],
];

/** Why a server is missing. */
const reasons: Readonly<Record<string, string>> = {
  ...(typeof server === "string" ? { PostgreSQL: server } : {}),
  ...(typeof nats === "string" ? { NATS: nats } : {}),
};

for (const [title, urlOf] of stores) {
  const skip = reasons[title] ?? false;
  const target = () => ({ url: urlOf(), queue: `Q${++count}` });

  describe(title, { skip }, () => {
    test("delivers every kind of JSON once, in order", async () => {
      const inbox = new Inbox();
      await using app = await boot({
        ...target(),
        fakes: { "JavaScript.Script.Work": inbox.receive },
      });
      const messages = [1, 1.5, "", "a'b\"c\u0000ü", true, null, [], { a: [{ b: 1n << 60n }] }];
      for (const message of messages) {
        const { id } = await app.execute("Queue.Publish.Add", message) as { id: string };
        assert.match(id, /^\d+$/);
      }
      const received = await inbox.until(messages.length);
      assert.deepEqual(received, [...messages.slice(0, -1), { a: [{ b: String(1n << 60n) }] }]);
      await eventually(async () => {
        const { ready, active, dead } = await snapshotOf(app, "Queue.Queue");
        assert.deepEqual({ ready, active, dead }, { ready: 0, active: 0, dead: 0 });
        assert.equal((await snapshotOf(app, "Queue.Worker"))["completed"], messages.length);
      });
      assert.equal(inbox.all.length, messages.length);
      await assert.rejects(
        app.execute("Queue.Publish.Add", new Uint8Array(2)),
        /the message cannot be written as JSON: `message` is binary data/,
      );
    });

    test("works on as many messages at once as it may", async () => {
      let running = 0;
      let most = 0;
      const inbox = new Inbox();
      const ends: (() => void)[] = [];
      await using app = await boot({
        ...target(),
        worker: "concurrency: 3",
        fakes: {
          "JavaScript.Script.Work": async (input) => {
            most = Math.max(most, ++running);
            inbox.receive(input);
            await new Promise<void>((resolve) => ends.push(resolve));
            running--;
          },
        },
      });
      await Promise.all([1, 2, 3, 4, 5, 6, 7].map((n) => app.execute("Queue.Publish.Add", n)));
      await inbox.until(3);
      for (let ended = 0; ended < 7; ended++) {
        await inbox.until(ended + 1);
        ends.shift()!();
      }
      await inbox.until(7);
      assert.equal(most, 3);
      assert.deepEqual(new Set(inbox.all), new Set([1, 2, 3, 4, 5, 6, 7]));
    });

    test("delivers again what failed, and moves it to the dead letter queue with its error", async () => {
      const { url, queue } = target();
      const dead = new Inbox();
      const attempts: unknown[] = [];
      await using app = await boot({
        url,
        queue,
        fields: `maxDeliver: 3\nbackoff: [1ms, 2ms]\ndeadLetter: Queue.Queue.${queue}Dead`,
        worker: `inputs: "\${{ message }}"`,
        more: `---
kind: Queue.Queue
metadata: { name: ${queue}Dead }
url: ${JSON.stringify(url)}
---
kind: Queue.Worker
metadata: { name: D }
queue: Queue.Queue.${queue}Dead
execute: JavaScript.Script.Bury
inputs: { from: "\${{ message.queue }}", error: "\${{ message.error }}", body: "\${{ input }}" }
---
kind: JavaScript.Script
metadata: { name: Bury }
code: function main() {}
`,
        fakes: {
          "JavaScript.Script.Work": (input) => {
            attempts.push((input as { attempt: number }).attempt);
            throw new Error("it is poison");
          },
          "JavaScript.Script.Bury": dead.receive,
        },
      });
      await app.execute("Queue.Publish.Add", { poison: true });
      const [message] = await dead.until(1) as [Record<string, unknown>];
      assert.deepEqual(attempts, [1, 2, 3]);
      assert.equal(message["from"], queue);
      assert.deepEqual(message["body"], { poison: true });
      const { code, message: text } = message["error"] as Record<string, string>;
      assert.equal(code, "ERR_EXECUTION_FAILED");
      assert.match(text!, /it is poison/);
      await eventually(async () => {
        const { retried, dead } = await snapshotOf(app, "Queue.Worker", "W");
        assert.deepEqual({ retried, dead }, { retried: 2, dead: 1 });
      });
      const names = app.events.map(({ event }) => event).filter((event) =>
        /Queue\.Worker\.(?:Retried|Dead)/.test(event)
      );
      assert.deepEqual(names, [
        "Queue.Worker.Retried",
        "Queue.Worker.Retried",
        "Queue.Worker.Dead",
      ]);
    });

    test("keeps dead messages without a dead letter queue, and shows the depth in metrics", async () => {
      const { url, queue } = target();
      await using app = await boot({
        url,
        queue,
        fields: "maxDeliver: 1",
        fakes: {
          "JavaScript.Script.Work": (input) => {
            if (input === "bad") throw new Error("no");
          },
        },
      });
      await app.execute("Queue.Publish.Add", "bad");
      await app.execute("Queue.Publish.Add", "good");
      await app.execute("Queue.Publish.Later", { n: 1, delay: "1h" });
      await eventually(async () => {
        const { ready, delayed, active, dead } = await snapshotOf(app, "Queue.Queue");
        assert.deepEqual([ready, delayed, active, dead], [0, 1, 0, 1]);
      });
      await eventually(() => {
        const samples = app.kernel.metrics().flatMap(({ name, samples }) =>
          samples.map(({ labels, value }) =>
            `${name} ${labels["state"] ?? labels["outcome"]} ${value}`
          )
        );
        for (
          const sample of [
            "digly_queue_depth dead 1",
            "digly_queue_depth delayed 1",
            "digly_queue_depth ready 0",
            "digly_queue_deliveries_total dead 1",
            "digly_queue_deliveries_total completed 1",
            "digly_queue_published_total undefined 3",
          ]
        ) assert.ok(samples.includes(sample), `${sample}\n${samples.join("\n")}`);
        return Promise.resolve();
      });
    });

    test("finishes what runs when it stops, and leaves the rest", async () => {
      const { url, queue } = target();
      const inbox = new Inbox();
      let end = () => {};
      const app = await boot({
        url,
        queue,
        fakes: {
          "JavaScript.Script.Work": async (input) => {
            inbox.receive(input);
            await new Promise<void>((resolve) => end = resolve);
          },
        },
      });
      await app.execute("Queue.Publish.Add", 1);
      await app.execute("Queue.Publish.Add", 2);
      await inbox.until(1);
      const stopped = app.stop();
      end();
      await stopped;
      assert.deepEqual(inbox.all, [1]);
      if (title === "memory") {
        assert.ok(app.logs.some(({ message }) => message === "Messages in memory are lost: 1"));
        return;
      }
      const rest = new Inbox();
      await using _again = await boot({
        url,
        queue,
        fakes: { "JavaScript.Script.Work": rest.receive },
      });
      assert.deepEqual(await rest.until(1), [2]);
    });

    test("ends executions that take longer than the timeout", async () => {
      const signals: boolean[] = [];
      await using app = await boot({
        ...target(),
        fields: "maxDeliver: 1",
        worker: "timeout: 20ms",
        fakes: {
          "JavaScript.Script.Work": (_input, { signal }) =>
            new Promise((_resolve, reject) => {
              signal.addEventListener("abort", () => {
                signals.push(true);
                reject(signal.reason);
              });
            }),
        },
      });
      await app.execute("Queue.Publish.Add", 1);
      await app.waitFor("Queue.Worker.Dead", undefined, 60_000);
      assert.deepEqual(signals, [true]);
    });

    if (title !== "memory" && title !== "NATS") {
      test("joins an Sql.Transaction of the same database", async () => {
        const { url, queue } = target();
        const inbox = new Inbox();
        await using app = await boot({
          url,
          queue,
          more: `---
kind: Sql.Connection
metadata: { name: Main }
url: ${JSON.stringify(url)}
---
kind: Sql.Transaction
metadata: { name: T }
connection: Sql.Connection.Main
execute: JavaScript.Script.Order
---
kind: JavaScript.Script
metadata: { name: Order }
code: |
  async function main({ n, fails }, ctx) {
    await ctx.execute("Queue.Publish.Add", n);
    if (fails) throw new Error("out of stock");
  }
`,
          fakes: { "JavaScript.Script.Work": inbox.receive },
        });
        await assert.rejects(
          app.execute("Sql.Transaction.T", { n: 1, fails: true }),
          /out of stock/,
        );
        await app.execute("Sql.Transaction.T", { n: 2, fails: false });
        await app.execute("Queue.Publish.Add", 3);
        assert.deepEqual(await inbox.until(2), [2, 3]);
      });
    }

    // Messages in memory belong to one process, and are lost with it.
    if (title === "memory") return;

    test("delivers again what a worker that died had, until it has killed too many", async () => {
      const { url, queue } = target();
      const inbox = new Inbox();
      const publisher = await boot({ url, queue, worker: null });
      await publisher.execute("Queue.Publish.Add", "a");
      await publisher.execute("Queue.Publish.Add", "b");
      await publisher.stop();
      // Claimed by processes that do not exist any more.
      const lost = await openBackend(url, queue);
      const [first] = await lost.claim(1, 1);
      assert.equal(first!.attempt, 1);
      await new Promise((resolve) => setTimeout(resolve, 5));
      const again = await lost.claim(2, 1);
      assert.deepEqual(
        new Map(again.map(({ body, attempt }) => [body, attempt])),
        new Map([
          [`"a"`, 2],
          [`"b"`, 1],
        ]),
      );
      assert.equal(await lost.remove(first!), false);
      assert.equal((await lost.renew([first!], 1)).size, 0);
      await lost.close();
      await using app = await boot({
        url,
        queue,
        fields: "maxDeliver: 2",
        worker: `inputs: "\${{ [input, message.attempt] }}"`,
        fakes: { "JavaScript.Script.Work": inbox.receive },
      });
      assert.deepEqual(await inbox.until(1), [["b", 2]]);
      const dead = await app.waitFor("Queue.Worker.Dead", undefined, 60_000);
      assert.match(JSON.stringify(dead.payload), /the process ended each time/);
    });

    test("shares messages between processes, and wakes the others", async () => {
      const { url, queue } = target();
      const inbox = new Inbox();
      const options = {
        url,
        queue,
        worker: "concurrency: 2",
        fakes: { "JavaScript.Script.Work": inbox.receive },
      };
      await using _one = await boot(options);
      await using _two = await boot(options);
      await using publisher = await boot({ url, queue, worker: null });
      const numbers = Array.from({ length: 50 }, (_, n) => n);
      await Promise.all(numbers.map((n) => publisher.execute("Queue.Publish.Add", n)));
      await inbox.until(50);
      await eventually(async () => {
        const { ready, active } = await snapshotOf(publisher, "Queue.Queue");
        assert.deepEqual([ready, active], [0, 0]);
      });
      assert.deepEqual(inbox.all.map(Number).sort((a, b) => a - b), numbers);
    });
  });
}

for (const [title, running] of [["PostgreSQL", server], ["NATS", nats]] as const) {
  test(`a lost ${title} is reported and comes back without a restart`, {
    skip: typeof running === "string" ? running : false,
  }, async () => {
    const server = running as Exclude<typeof running, string>;
    const inbox = new Inbox();
    await using app = await boot({
      url: server.url,
      queue: "Lost",
      fields: "timeout: 5s",
      fakes: { "JavaScript.Script.Work": inbox.receive },
    });
    await app.execute("Queue.Publish.Add", 1);
    await inbox.until(1);
    await server.stop();
    await assert.rejects(app.execute("Queue.Publish.Add", 2), { code: "Queue.Unavailable" });
    await eventually(() => {
      assert.ok(app.logs.some(({ message }) => message.startsWith(`Lost ${title} at`)));
      return Promise.resolve();
    });
    await server.start();
    await eventually(async () => void await app.execute("Queue.Publish.Add", 3));
    assert.deepEqual(await inbox.until(2), [1, 3]);
  });
}
