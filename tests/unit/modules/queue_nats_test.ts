/** What a queue in NATS does beside the contract of all queues. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { connect } from "@nats-io/transport-node";
import { openNats } from "../../../src/modules/queue/nats.ts";
import { createJetStream } from "../../../src/modules/shared/jetstream.ts";
import { parseNatsUrl } from "../../../src/modules/shared/nats_url.ts";
import { startNats } from "../../servers/nats.ts";
import { bootQueue as boot, eventually, Inbox, snapshotOf } from "./queue_app.ts";

const server = await startNats();
after(async () => {
  if (typeof server !== "string") await server.remove();
});
const skip = typeof server === "string" ? server : false;
const running = () => server as Exclude<typeof server, string>;

const open = (queue: string) =>
  openNats(parseNatsUrl(running().url, ""), queue, { timeoutMs: 10_000, onLost() {} }, {
    signal: new AbortController().signal,
    log: console,
  } as never);

const MESSAGE = { body: "1", delayMs: 0, notes: {} };

test(
  "keeps id, time, attempt and error of a message that is delivered again",
  { skip },
  async () => {
    const queue = await open("Again");
    const id = await queue.publish({ ...MESSAGE, notes: { traceparent: "t" } });
    const [first] = await queue.claim(10, 60_000);
    assert.deepEqual([first!.id, first!.attempt, first!.notes], [id, 1, { traceparent: "t" }]);
    const error = { code: "A.B", message: "x".repeat(10_000) };
    assert.equal(await queue.retry(first!, 0, { ...first!.notes, error }), true);
    const [second] = await queue.claim(10, 60_000);
    assert.deepEqual([second!.id, second!.attempt, second!.published], [id, 2, first!.published]);
    assert.equal(second!.notes.traceparent, "t");
    assert.equal(second!.notes.error!.message.length, 2_000);
    // As if it had not been delivered.
    assert.equal(await queue.release(second!), true);
    const [third] = await queue.claim(10, 60_000);
    assert.deepEqual([third!.id, third!.attempt], [id, 2]);
    assert.equal(await queue.remove(third!), true);
    assert.equal(await queue.remove(third!), false);
    assert.deepEqual(await queue.claim(10, 60_000), []);
    await queue.close();
  },
);

test("a message that fills what the server takes is delivered again without its error", {
  skip,
}, async () => {
  const queue = await open("Large");
  const body = JSON.stringify("x".repeat((1 << 20) - 200));
  await queue.publish({ ...MESSAGE, body });
  await assert.rejects(queue.publish({ ...MESSAGE, body: body + body }), /server takes 1048576/);
  const [first] = await queue.claim(1, 60_000);
  const error = { code: "A.B", message: "x".repeat(1_000) };
  assert.equal(await queue.retry(first!, 0, { error }), true);
  const [second] = await queue.claim(1, 60_000);
  assert.deepEqual([second!.attempt, second!.notes, second!.body === body], [2, {}, true]);
  await queue.close();
});

test("counts what is ready, claimed, delayed and dead, and since when the oldest waits", {
  skip,
}, async () => {
  const queue = await open("Counts");
  const before = await queue.counts();
  assert.deepEqual(before, { ready: 0, delayed: 0, active: 0, dead: 0, oldestMs: 0 });
  await queue.publish({ ...MESSAGE, delayMs: 3_600_000 });
  for (let n = 0; n < 4; n++) await queue.publish(MESSAGE);
  const [one, two] = await queue.claim(2, 60_000);
  await queue.bury(one!, {});
  const { oldestMs, ...counts } = await queue.counts();
  assert.deepEqual(counts, { ready: 2, delayed: 1, active: 1, dead: 1 });
  assert.ok(oldestMs >= 0 && oldestMs < 60_000, String(oldestMs));
  await queue.remove(two!);
  await queue.close();
});

test("other programs may publish, and what is not a message of ours harms nobody", {
  skip,
}, async () => {
  const inbox = new Inbox();
  await using app = await boot({
    url: running().url,
    queue: "Open",
    fields: "maxDeliver: 1",
    worker: 'inputs: "${{ [input, message.attempt, message.error] }}"',
    fakes: { "JavaScript.Script.Work": inbox.receive },
  });
  const nats = await connect({ servers: running().url });
  const js = createJetStream(nats, 5_000);
  const send = (body: string, head?: string) =>
    js.publish("digly.queue.digly.Open.ready", new TextEncoder().encode(body), {
      ...(head === undefined ? {} : { "Digly-Queue": head }),
    });
  await send('{"plain":true}');
  await send("not JSON");
  const heads = [
    "not JSON",
    "[]",
    "null",
    '{"attempts":1e99,"published":-1,"id":7,"notes":{"error":3}}',
  ];
  for (const [index, head] of heads.entries()) await send(String(index), head);
  assert.deepEqual(await inbox.until(5), [
    [{ plain: true }, 1, null],
    ...heads.map((_, index) => [index, 1, null]),
  ]);
  await app.waitFor("Queue.Worker.Dead", undefined, 60_000);
  await nats.close();
});

test("delivers what is delayed when its time has come, whichever process runs then", {
  skip,
}, async () => {
  const publisher = await open("Delayed");
  await publisher.publish({ ...MESSAGE, body: '"soon"', delayMs: 50 });
  await publisher.publish({ ...MESSAGE, body: '"late"', delayMs: 3_600_000 });
  await publisher.close();
  const inbox = new Inbox();
  await using app = await boot({
    url: running().url,
    queue: "Delayed",
    worker: 'inputs: "${{ [input, message.attempt] }}"',
    fakes: { "JavaScript.Script.Work": inbox.receive },
  });
  assert.deepEqual(await inbox.until(1), [["soon", 1]]);
  // A message is removed from those that wait after it was delivered.
  await eventually(async () => {
    const { ready, delayed } = await snapshotOf(app, "Queue.Queue");
    assert.deepEqual([ready, delayed], [0, 1]);
  });
});

test("no acknowledged message is lost when the server is killed", { skip }, async () => {
  const inbox = new Inbox();
  await using app = await boot({
    url: running().url,
    queue: "Killed",
    fields: "timeout: 15s",
    worker: "concurrency: 8",
    fakes: { "JavaScript.Script.Work": inbox.receive },
  });
  const publish = (n: number) => app.execute("Queue.Publish.Add", n).then(() => n, () => undefined);
  const first = Array.from({ length: 200 }, (_, n) => publish(n));
  await inbox.until(20);
  await running().stop();
  await running().start();
  const second = Array.from({ length: 50 }, (_, n) => publish(200 + n));
  const acknowledged = (await Promise.all([...first, ...second])).filter((n) => n !== undefined);
  assert.ok(acknowledged.length >= 50);
  await eventually(() => {
    const received = new Set(inbox.all);
    assert.deepEqual(acknowledged.filter((n) => !received.has(n)), []);
    return Promise.resolve();
  });
});
