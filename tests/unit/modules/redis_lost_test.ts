/** A Redis that is lost in the middle of the work of those who use it. */
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { Redis } from "ioredis";
import type { DiglyError } from "../../../src/contract/errors.ts";
import { bootApp, type TestApp } from "../../../testing.ts";
import { startRedis } from "../../servers/redis.ts";

const server = await startRedis();
after(() => typeof server === "string" ? undefined : server.stop());

/** Gives others a turn. */
const turn = () => new Promise((resolve) => setTimeout(resolve, 20));

describe("Redis is lost", { skip: typeof server === "string" ? server : false }, () => {
  const redis = server as Exclude<typeof server, string>;

  /** Boots an app with a store. */
  function boot(resources: string): Promise<TestApp> {
    return bootApp({
      manifest: `name: Lost
imports: [digly:kv, digly:http]
---
kind: Kv.Store
metadata: { name: Main }
url: ${JSON.stringify(redis.url)}
${resources}`,
    });
  }

  test("commands under way fail, and those that follow are answered", async () => {
    await using app = await boot(`---
kind: Kv.Get
metadata: { name: Get }
store: Kv.Store.Main
key: a
---
kind: Kv.Set
metadata: { name: Set }
store: Kv.Store.Main
key: a
---
kind: Kv.Increment
metadata: { name: Add }
store: Kv.Store.Main
key: n
`);
    const control = new Redis(redis.url);
    await control.call("CLIENT", "PAUSE", "600000");
    control.disconnect();
    const kinds = ["Kv.Get.Get", "Kv.Set.Set", "Kv.Increment.Add"];
    const outcomes = [...kinds, ...kinds].map((urn) =>
      app.execute(urn, 1).then(() => "done", ({ code }: DiglyError) => code)
    );
    await redis.stop();
    try {
      assert.deepEqual(new Set(await Promise.all(outcomes)), new Set(["Kv.Unavailable"]));
    } finally {
      await redis.start();
    }
    for (;;) {
      const value = await app.execute("Kv.Get.Get").catch(({ code }: DiglyError) => code);
      if (value === null) break;
      assert.equal(value, "Kv.Unavailable");
      await turn();
    }
  });

  test("processes that share a limit count alone meanwhile, and share it again", async () => {
    const limited = () =>
      boot(`---
kind: Http.RateLimit
metadata: { name: All }
limit: 4/day
key: all
store: Kv.Store.Main
---
kind: Http.Server
metadata: { name: Main }
port: 0
---
kind: Http.Route
metadata: { name: A }
request: { path: /a }
use: [Http.RateLimit.All]
response: { body: 1 }
`);
    await using first = await limited();
    await using second = await limited();
    const statuses = async (...apps: TestApp[]) => {
      const responses = await Promise.all(apps.map((app) => app.fetch("/a")));
      return responses.map(({ status }) => status).sort().join(" ");
    };
    const alternately = [first, second, first, second, first, second];
    assert.equal(await statuses(...alternately), "200 200 200 200 429 429");
    await redis.stop();
    try {
      assert.equal(await statuses(first, first, first, first, first), "200 200 200 200 429");
      const warnings = first.logs.filter(({ message }) => /counted in the memory/.test(message));
      assert.equal(warnings.length, 1);
    } finally {
      await redis.start();
    }
    // The memory of the first process has no request left, so the new Redis has let it through.
    while (await statuses(first) !== "200") await turn();
    assert.equal(await statuses(second, second), "200 200");
    assert.equal(await statuses(first, second), "200 429");
  });
});
