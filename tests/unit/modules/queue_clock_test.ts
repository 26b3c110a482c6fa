/** Queues whose time a test moves, and those that cannot be opened. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { renderError } from "../../../src/cli/report.ts";
import { isDiglyError } from "../../../src/contract/errors.ts";
import { TestClock } from "../../../testing.ts";
import { bootQueue as boot, eventually, Inbox, snapshotOf } from "./queue_app.ts";

const folder = mkdtempSync(join(tmpdir(), "digly-queue-clock-"));
after(() => rmSync(folder, { recursive: true }));

for (const [title, url] of [["memory", "memory:"], ["SQLite", `sqlite:${join(folder, "q.db")}`]]) {
  test(`${title}: delays, back-off and leases follow the clock`, async () => {
    const clock = new TestClock();
    const inbox = new Inbox();
    let attempts = 0;
    let end = () => {};
    await using app = await boot({
      url: url!,
      queue: "Clock",
      clock,
      fields: "backoff: 10s\nmaxDeliver: 4",
      fakes: {
        "JavaScript.Script.Work": async (input) => {
          inbox.receive(input);
          if (input === "slow") await new Promise<void>((resolve) => end = resolve);
          if (input === "fails" && ++attempts < 4) throw new Error("again");
        },
      },
    });
    await app.execute("Queue.Publish.Later", { n: 1, delay: "1h" });
    const advance = async (ms: number, expected: number) => {
      await clock.advance(ms);
      // Writes to a file take a turn of the event loop that the clock does not know.
      await new Promise((resolve) => setTimeout(resolve, 20));
      assert.equal(inbox.all.length, expected);
    };
    await advance(3_599_000, 0);
    await clock.advance(1_000);
    assert.deepEqual(await inbox.until(1), [{ n: 1 }]);

    // 10 s, 20 s, 40 s
    await app.execute("Queue.Publish.Add", "fails");
    await inbox.until(2);
    let deliveries = 2;
    for (const wait of [10_000, 20_000, 40_000]) {
      await app.waitFor(
        "Queue.Worker.Retried",
        ({ payload }) => (payload as { delayMs: number }).delayMs === wait,
        60_000,
      );
      await advance(wait - 1_000, deliveries);
      await clock.advance(1_000);
      await inbox.until(++deliveries);
    }

    // The lease of 10 s is renewed as long as the execution runs.
    await app.execute("Queue.Publish.Add", "slow");
    await inbox.until(deliveries + 1);
    for (let minute = 0; minute < 12; minute++) {
      await clock.advance(3_400);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.equal(inbox.all.length, deliveries + 1);
    end();
    await eventually(async () => {
      assert.equal((await snapshotOf(app, "Queue.Queue"))["active"], 0);
    });
  });
}

test("memory has at most maxLength messages", async () => {
  await using app = await boot({
    url: "memory:",
    queue: "Small",
    fields: "maxLength: 2",
    worker: null,
  });
  await app.execute("Queue.Publish.Add", 1);
  await app.execute("Queue.Publish.Add", 2);
  await assert.rejects(app.execute("Queue.Publish.Add", 3), { code: "Queue.Full" });
});

test("says what is wrong with a URL, without the password", async () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ["nats://user:hunter2@localhost:4222/a?replica=3", /has an unknown option "replica"/],
    ["redis://localhost", /is not the URL of a queue/],
    ["postgres://user:hunter2@", /is not a valid URL|has no host/],
  ];
  for (const [url, message] of wrong) {
    await assert.rejects(boot({ url, queue: "Wrong" }), (error) => {
      assert.ok(isDiglyError(error));
      assert.match(error.message, message);
      assert.doesNotMatch(renderError(error, { color: false, verbose: true, cwd: "/" }), /hunter2/);
      return true;
    });
  }
});
