/** What a store in NATS does beside the contract of all stores. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import fc from "fast-check";
import { connect } from "@nats-io/transport-node";
import { createKeyNames } from "../../../src/modules/kv/nats_keys.ts";
import { EXPIRES, sweep } from "../../../src/modules/kv/nats_sweeper.ts";
import { createJetStream, ensureStream } from "../../../src/modules/shared/jetstream.ts";
import { bootApp } from "../../../testing.ts";
import { startNats } from "../../servers/nats.ts";

const server = await startNats(["--user", "app", "--pass", "s3cret"]);
after(async () => {
  if (typeof server !== "string") await server.remove();
});
const skip = typeof server === "string" ? server : false;
const hostOf = () => (server as Exclude<typeof server, string>).url.slice("nats://".length);

const boot = (url: string) =>
  bootApp({
    manifest: `name: Test
imports: [digly:kv]
---
kind: Kv.Store
metadata: { name: Main }
url: ${JSON.stringify(url)}
timeout: 2s
`,
  });

test("keys are subjects and back, and found by what they begin with", () => {
  const names = createKeyNames("$KV.b.");
  const key = fc.string({ unit: fc.constantFrom(..."a:/.*>= \u0000\u007fü€\u{1f600}".split("")) });
  const matches = (filter: string, subject: string) =>
    filter.endsWith(".>")
      ? subject.startsWith(filter.slice(0, -1)) && subject.length > filter.length - 1
      : filter === subject;
  fc.assert(fc.property(key, key, (begin, end) => {
    const subject = names.subject(begin + end);
    assert.match(subject, /^\$KV\.b(?:\.[^\s.*>]+)+$/);
    assert.equal(names.key(subject), begin + end);
    assert.ok(names.filters(begin).some((filter) => matches(filter, subject)), subject);
    assert.notEqual(subject, names.own("swept"));
  }));
  assert.equal(names.key(names.own("swept")), undefined);
  assert.deepEqual(names.filters("user:1"), ["$KV.b.user:", "$KV.b.user:.>"]);
});

test("refuses wrong credentials at once, and shows no secret", { skip }, async () => {
  for (const user of ["app:wr0ng@", "t0ken@", ""]) {
    await assert.rejects(boot(`nats://${user}${hostOf()}`), (error: Error) => {
      assert.match(
        error.message,
        /NATS at [^/]+\/digly cannot be used: it refuses the credentials/,
      );
      assert.doesNotMatch(error.message, /wr0ng|t0ken/);
      return true;
    });
  }
  await using app = await boot(`nats://app:s3cret@${hostOf()}/b`);
  assert.ok(!JSON.stringify([app.logs, await app.kernel.takeSnapshot()]).includes("s3cret"));
});

test("refuses a bucket that would drop values", { skip }, async () => {
  const nats = await connect({ servers: hostOf(), user: "app", pass: "s3cret" });
  const js = createJetStream(nats, 5_000);
  const bucket = (name: string, more: object) =>
    ensureStream(js, { name: `KV_${name}`, subjects: [`$KV.${name}.>`], ...more });
  await bucket("brief", { max_msgs_per_subject: 1, max_age: 3e9 });
  await bucket("many", { max_msgs_per_subject: 5 });
  await nats.close();
  for (
    const [name, reason] of [["brief", /drops values/], ["many", /keeps the history/]] as const
  ) {
    await assert.rejects(boot(`nats://app:s3cret@${hostOf()}/${name}`), {
      code: "Kv.Unavailable",
      message: reason,
    });
  }
});

test("removes what is over, whoever wrote it, and nothing else", { skip }, async () => {
  const nats = await connect({ servers: hostOf(), user: "app", pass: "s3cret" });
  const js = createJetStream(nats, 5_000);
  await ensureStream(js, { name: "KV_s", subjects: ["$KV.s.>"], max_msgs_per_subject: 1 });
  const names = createKeyNames("$KV.s.");
  const now = await js.clock("KV_s", names.own("clock"));
  assert.ok(Math.abs(now() - Date.now()) < 60_000);
  const put = (key: string, expires?: number) =>
    js.publish(
      names.subject(key),
      new Uint8Array(1),
      expires === undefined ? {} : { [EXPIRES]: String(expires) },
    );
  await put("kept");
  await put("later", now() + 3_600_000);
  await Promise.all(Array.from({ length: 1_500 }, (_, n) => put(`over:${n}`, now() - 1)));
  const purged: string[] = [];
  const purge = (subject: string, revision: number) => {
    assert.ok(revision > 2);
    purged.push(names.key(subject)!);
    return Promise.resolve(true);
  };
  const store = { js, nats };
  const count = await sweep({ store, stream: "KV_s", now, purge });
  assert.equal(count, 1_500);
  assert.equal(new Set(purged).size, 1_500);
  assert.ok(purged.every((key) => key.startsWith("over:")));
  await nats.close();
});
