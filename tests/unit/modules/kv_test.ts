/** One contract for stores in memory, SQLite, Redis and NATS. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { renderError } from "../../../src/cli/report.ts";
import { type DiglyError, isDiglyError } from "../../../src/contract/errors.ts";
import { bootApp, type TestApp } from "../../../testing.ts";
import { startNats } from "../../servers/nats.ts";
import { REDIS_PASSWORD, startRedis } from "../../servers/redis.ts";

const folder = mkdtempSync(join(tmpdir(), "digly-kv-"));
const server = await startRedis();
const nats = await startNats();
after(async () => {
  if (typeof nats !== "string") await nats.remove();
  if (typeof server !== "string") await server.stop();
  rmSync(folder, { recursive: true });
});

let count = 0;

const RESOURCES = `
---
kind: Kv.Get
metadata: { name: Get }
store: Kv.Store.Main
key: \${{ input.key }}
---
kind: Kv.Get
metadata: { name: GetVersion }
store: Kv.Store.Main
key: \${{ input.key }}
version: true
---
kind: Kv.Set
metadata: { name: Set }
store: Kv.Store.Main
key: \${{ input.key }}
value: \${{ input.value }}
---
kind: Kv.Set
metadata: { name: Brief }
store: Kv.Store.Main
key: \${{ input.key }}
value: \${{ input.value }}
ttl: 1s
---
kind: Kv.Set
metadata: { name: SetNew }
store: Kv.Store.Main
key: \${{ input.key }}
value: \${{ input.value }}
ifAbsent: true
---
kind: Kv.Set
metadata: { name: Swap }
store: Kv.Store.Main
key: \${{ input.key }}
value: \${{ input.value }}
ifVersion: \${{ input.version }}
version: true
---
kind: Kv.Set
metadata: { name: Whole }
store: Kv.Store.Main
key: whole
---
kind: Kv.Delete
metadata: { name: Delete }
store: Kv.Store.Main
key: \${{ input.key }}
---
kind: Kv.Increment
metadata: { name: Add }
store: Kv.Store.Main
key: \${{ input.key }}
by: \${{ input.by }}
---
kind: Kv.Increment
metadata: { name: Hit }
store: Kv.Store.Main
key: \${{ input.key }}
ttl: 2s
---
kind: Kv.List
metadata: { name: List }
store: Kv.Store.Main
key: \${{ input.key }}
after: \${{ input.after }}
limit: 2
`;

function boot(url: string, fields = ""): Promise<TestApp> {
  return bootApp({
    manifest: `name: Test
imports: [digly:kv, digly:http]
---
kind: Kv.Store
metadata: { name: Main }
url: ${JSON.stringify(url)}
${fields}${RESOURCES}
---
kind: Http.Server
metadata: { name: Main }
port: 0
health: true
`,
  });
}

const stores: readonly (readonly [string, () => Promise<TestApp>])[] = [
  ["memory", () => boot("memory:")],
  ["SQLite", () => boot(`sqlite:${join(folder, `${++count}.db`)}`)],
  ["Redis", () => {
    if (typeof server === "string") throw new Error(server);
    return boot(server.url, `prefix: "app${++count}:"`);
  }],
  ["NATS", () => {
    if (typeof nats === "string") throw new Error(nats);
    return boot(`${nats.url}/app${++count}`);
  }],
];

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Waits until the time of a key is over. */
async function untilGone(app: TestApp, key: string): Promise<void> {
  for (let round = 0; await app.execute("Kv.Get.Get", { key }) !== null; round++) {
    assert.ok(round < 1_000, `${key} is kept`);
    await sleep(20);
  }
}

/** Why a server is missing. */
const reasons: Readonly<Record<string, string>> = {
  ...(typeof server === "string" ? { Redis: server } : {}),
  ...(typeof nats === "string" ? { NATS: nats } : {}),
};

for (const [title, open] of stores) {
  const skip = reasons[title] ?? false;

  describe(title, { skip }, () => {
    test("keeps any JSON value, and forgets it when it is deleted", async () => {
      await using app = await open();
      const values = [1, 1.5, "", "a'b\"c", true, null, [], { a: [{ b: "ü\u0000" }] }];
      assert.equal(await app.execute("Kv.Get.Get", { key: "none" }), null);
      for (const value of values) {
        assert.deepEqual(await app.execute("Kv.Set.Set", { key: "k", value }), value);
        assert.deepEqual(await app.execute("Kv.Get.Get", { key: "k" }), value);
      }
      assert.deepEqual(await app.execute("Kv.Delete.Delete", { key: "k" }), values.at(-1));
      assert.equal(await app.execute("Kv.Delete.Delete", { key: "k" }), null);
      assert.equal(await app.execute("Kv.Get.Get", { key: "k" }), null);
      assert.deepEqual(await app.execute("Kv.Set.Whole", { all: 1 }), { all: 1 });
      assert.deepEqual(await app.execute("Kv.Get.Get", { key: "whole" }), { all: 1 });
    });

    test("drops values after their time; another write without one keeps the key", async () => {
      await using app = await open();
      await app.execute("Kv.Set.Brief", { key: "b", value: 1 });
      await app.execute("Kv.Set.Set", { key: "b", value: 2 });
      assert.equal(await app.execute("Kv.Set.Brief", { key: "a", value: 1 }), 1);
      await untilGone(app, "a");
      // The time of `b` would have been over before that of `a`.
      assert.equal(await app.execute("Kv.Get.Get", { key: "b" }), 2);
      assert.equal(await app.execute("Kv.Set.SetNew", { key: "a", value: 3 }), 3);
    });

    test("writes on conditions only", async () => {
      await using app = await open();
      assert.equal(await app.execute("Kv.Set.SetNew", { key: "a", value: 1 }), 1);
      assert.equal(await app.execute("Kv.Set.SetNew", { key: "a", value: 2 }), null);
      const first = await app.execute("Kv.Get.GetVersion", { key: "a" }) as { version: string };
      const swap = (version: string | null, value: number) =>
        app.execute("Kv.Set.Swap", { key: "a", version, value }) as Promise<
          { version: string } | null
        >;
      const second = await swap(first.version, 3);
      assert.notEqual(second, null);
      assert.equal(await swap(first.version, 4), null);
      assert.equal(await swap(null, 4), null);
      await app.execute("Kv.Delete.Delete", { key: "a" });
      assert.equal(await swap(second!.version, 5), null);
      assert.equal((await swap(null, 6) as unknown as { value: number }).value, 6);
      // Of many at once, one wins.
      const { version } = await app.execute("Kv.Get.GetVersion", { key: "a" }) as {
        version: string;
      };
      const all = await Promise.all([7, 8, 9, 10].map((value) => swap(version, value)));
      assert.equal(all.filter((result) => result !== null).length, 1);
    });

    test("increments whole numbers, also many at once", async () => {
      await using app = await open();
      const add = (by: number) => app.execute("Kv.Increment.Add", { key: "n", by });
      assert.equal(await add(5), 5);
      assert.equal(await add(-7), -2);
      await Promise.all(Array.from({ length: 20 }, () => add(1)));
      assert.equal(await app.execute("Kv.Get.Get", { key: "n" }), 18);
      await app.execute("Kv.Set.Set", { key: "n", value: Number.MAX_SAFE_INTEGER });
      await assert.rejects(add(1), { code: "Kv.NotANumber" });
      for (const value of ["x", 1.5, [1], null]) {
        await app.execute("Kv.Set.Set", { key: "n", value });
        await assert.rejects(add(1), { code: "Kv.NotANumber" }, JSON.stringify(value));
      }
      for (let hit = 1; hit <= 3; hit++) {
        assert.equal(await app.execute("Kv.Increment.Hit", { key: "hits" }), hit);
      }
      await untilGone(app, "hits");
      assert.equal(await app.execute("Kv.Increment.Hit", { key: "hits" }), 1);
    });

    test("lists keys by prefix, in order, in parts", async () => {
      await using app = await open();
      for (const key of ["user:2", "user:1", "user:3", "other", "user*", "user[1]"]) {
        await app.execute("Kv.Set.Set", { key, value: key.length });
      }
      const list = (key: string, after: string | null = null) =>
        app.execute("Kv.List.List", { key, after });
      assert.deepEqual(await list("user:"), [{ key: "user:1", value: 6 }, {
        key: "user:2",
        value: 6,
      }]);
      assert.deepEqual(await list("user:*", "user:2"), [{ key: "user:3", value: 6 }]);
      assert.deepEqual(await list("user["), [{ key: "user[1]", value: 7 }]);
      assert.deepEqual(await list("nothing"), []);
    });
  });
}

test("SQLite keeps values over a restart", async () => {
  const url = `sqlite:${join(folder, "kept.db")}`;
  const first = await boot(url);
  await first.execute("Kv.Set.Set", { key: "a", value: 1 });
  await first.stop();
  await using second = await boot(url);
  assert.equal(await second.execute("Kv.Get.Get", { key: "a" }), 1);
});

test("memory keeps at most maxKeys", async () => {
  await using app = await boot("memory:", "maxKeys: 2");
  for (const key of ["a", "b", "c"]) await app.execute("Kv.Set.Set", { key, value: key });
  assert.deepEqual(
    await Promise.all(["a", "b", "c"].map((key) => app.execute("Kv.Get.Get", { key }))),
    [null, "b", "c"],
  );
});

test("a URL that is wrong fails the boot, without showing it", async () => {
  for (const url of ["redis://:secret@h:99999/", "mysql://u:secret@h/d", "sqlite:", "nothing"]) {
    const error = await boot(url).then(() => undefined, (error: DiglyError) => error);
    assert.ok(isDiglyError(error), url);
    assert.ok(
      !renderError(error, { color: false, verbose: true, cwd: "/" }).includes("secret"),
      url,
    );
  }
});

test("a server that is wrong for a store fails the boot", {
  skip: typeof nats === "string" ? nats : false,
}, async () => {
  const { url } = nats as Exclude<typeof nats, string>;
  await using other = await boot(`${url}/apart`);
  await using one = await boot(`${url}/shared`, "prefix: one/");
  await using two = await boot(`${url}/shared`, "prefix: two/");
  await one.execute("Kv.Set.Set", { key: "a", value: 1 });
  assert.equal(await two.execute("Kv.Get.Get", { key: "a" }), null);
  assert.equal(await other.execute("Kv.Get.Get", { key: "a" }), null);
  assert.deepEqual(await one.execute("Kv.List.List", { key: "", after: null }), [
    { key: "a", value: 1 },
  ]);
  await assert.rejects(
    one.execute("Kv.Set.Set", { key: "big", value: "x".repeat(1 << 20) }),
    { code: "Kv.TooLarge", message: /^The value has 1048578 bytes, and the server takes 1048576/ },
  );
  const mistakes = [
    ["/a b", /has a path that is not a name/],
    ["/a?replica=3", /has an unknown option "replica"/],
    ["/a?replicas=2", /has wrong `replicas`/],
    ["/a?certFile=a.pem", /has one of `certFile` and `keyFile`/],
    ["/a?caFile=./none.pem", /the file ".\/none.pem" cannot be read/],
  ] as const;
  for (const [path, message] of mistakes) await assert.rejects(boot(url + path), { message });
});

for (const [title, running] of [["Redis", server], ["NATS", nats]] as const) {
  test(`a ${title} that is lost is reported by /readyz, and found again`, {
    skip: typeof running === "string" ? running : false,
  }, async () => {
    const server = running as Exclude<typeof running, string>;
    await using app = await boot(server.url, "timeout: 5s");
    const { payload } = app.events.find(({ event }) => event === "Http.Server.Listening")!;
    const ready = async () => (await fetch(`${(payload as { url: string }).url}/readyz`)).status;
    const until = async (status: number) => {
      for (let round = 0; round < 1_000 && await ready() !== status; round++) await sleep(50);
      assert.equal(await ready(), status);
    };
    assert.equal(await ready(), 200);
    await server.stop();
    try {
      await until(503);
      await assert.rejects(app.execute("Kv.Get.Get", { key: "a" }), { code: "Kv.Unavailable" });
    } finally {
      await server.start();
    }
    await until(200);
    await app.execute("Kv.Set.Set", { key: "a", value: 1 });
    assert.equal(await app.execute("Kv.Get.Get", { key: "a" }), 1);
    assert.ok(!JSON.stringify(app.logs).includes(REDIS_PASSWORD));
    const refused = server.url.replace(`:${server.port}`, ":1");
    await assert.rejects(boot(refused, "timeout: 400ms"), { code: "Kv.Unavailable" });
  });
}
