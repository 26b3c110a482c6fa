/** `Cluster.Nats` with a real server. */
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { Controller } from "../../../src/contract/module.ts";
import type { DiglyError } from "../../../src/contract/errors.ts";
import type { EventRecord } from "../../../src/contract/events.ts";
import { embedded } from "../../../src/generated/embedded.ts";
import { app, type AppOptions, type RecordedApp, resource } from "../app.ts";
import { startNats } from "../../servers/nats.ts";
import { startProxy } from "../../servers/proxy.ts";
import { transportSuite } from "../kernel/transport_suite.ts";

const server = await startNats();
after(async () => {
  if (typeof server !== "string") await server.remove();
});

const urlOf = (running: typeof server) => typeof running === "string" ? "" : running.url;

transportSuite("Cluster.Nats", () =>
  Promise.resolve(
    typeof server === "string" ? server : {
      document: `kind: Cluster.Nats\nmetadata: { name: Main }\nservers: ["${server.url}"]`,
      app: { imports: ["digly:cluster"], builtins: embedded },
    },
  ));

describe("nodes", { skip: typeof server === "string" ? server : false }, () => {
  const RESOURCES = (extra = "") =>
    `kind: Cluster.Nats
metadata: { name: Main }
servers: ["${urlOf(server)}"]
roles:
  gateway: { runs: ["Test.Front.*"] }
  worker: { runs: ["Test.Job.*"] }
---
${resource("Job", "Echo", extra)}---
${resource("Front", "Call")}`;

  async function start(options: Partial<AppOptions>, extra = ""): Promise<RecordedApp> {
    const recorded = app({
      imports: ["digly:cluster"],
      builtins: embedded,
      resources: RESOURCES(extra),
      kinds: {
        Job: { create: () => ({ execute: (input) => input }) },
        Front: { create: () => ({}) },
      },
      ...options,
    });
    await recorded.kernel.load("/app/runtime.yaml");
    await recorded.kernel.start();
    return recorded;
  }

  test("an observer sees the nodes and their events, and runs nothing", async () => {
    const worker = await start({ roles: ["worker"] });
    const gateway = await start({ roles: ["gateway"] });
    const observer = await start({ observer: true });
    assert.ok(!observer.story().some((line) => line.includes(".Initialized")));
    const { nodes } = await observer.kernel.cluster!.status();
    assert.deepEqual(nodes.map(({ roles, state }) => [roles.join(), state]), [
      ["gateway", "ready"],
      ["worker", "ready"],
    ]);
    const executed = new Promise<EventRecord>((resolve) => {
      observer.kernel.cluster!.watch((record) => {
        if (record.event === "Test.Job.Executed" && record.node?.startsWith("worker")) {
          resolve(record);
        }
      });
    });
    // The question and the calls take different ways, so the first calls may come too early.
    let isSeen = false;
    void executed.then(() => isSeen = true);
    while (!isSeen) await gateway.kernel.execute("Test.Job.Echo", 1);
    assert.equal((await executed).resource, "Test.Job.Echo");
    const snapshot = await gateway.kernel.takeSnapshot();
    const others = Object.entries(snapshot.nodes!);
    assert.equal(others.length, 1);
    assert.match(others[0]![0], /^worker\./);
    assert.equal((others[0]![1] as { reason: string }).reason, "cluster");
    for (const { kernel } of [observer, gateway, worker]) await kernel.stop();
  });

  test("nodes of other manifests do not meet, and the error says so", async () => {
    const worker = await start({ roles: ["worker"] }, "text: old");
    const gateway = await start({ roles: ["gateway"] }, "text: new");
    await assert.rejects(gateway.kernel.execute("Test.Job.Echo", 1), (error: DiglyError) => {
      assert.equal(error.code, "ERR_UNAVAILABLE");
      assert.match(error.help!, /Nodes of another generation run it \([\da-f]{16}\)/);
      return true;
    });
    await gateway.kernel.stop();
    await worker.kernel.stop();
  });

  test("calls wait for a server that is restarted", async () => {
    if (typeof server === "string") return;
    const worker = await start({ roles: ["worker"] });
    const gateway = await start({ roles: ["gateway"] });
    assert.equal(await gateway.kernel.execute("Test.Job.Echo", 1), 1);
    await server.stop();
    const waiting = gateway.kernel.execute("Test.Job.Echo", 2);
    await server.start();
    assert.equal(await waiting, 2);
    await gateway.kernel.stop();
    await worker.kernel.stop();
  });
});

describe("keys", { skip: typeof server === "string" ? server : false }, () => {
  const RESOURCES = `kind: Cluster.Nats
metadata: { name: Main }
servers: ["\${{ env.NATS_URL }}"]
roles:
  gateway: { runs: ["Test.Front.*"] }
  ledger: { runs: ["Test.Book.*"], by: "\${{ input.account }}", shards: 16 }
---
${resource("Book", "Post")}---
${resource("Front", "Call")}`;

  interface Lease {
    readonly node: number;
    readonly shard: number;
    readonly token: number;
  }

  let count = 0;
  let onWaiting: (node: number) => void = () => {};

  /** What a call waits for before it writes, by account. */
  const gates = new Map<string, Promise<void>>();
  /** A database that refuses writes with a smaller token than it has seen. */
  let written = { token: 0, by: 0 };

  async function start(role: string, url = urlOf(server)): Promise<RecordedApp> {
    const node = ++count;
    const book: Controller = {
      create: () => ({
        async execute(input, { values, execute }) {
          const { account, via } = input as { account: string; via?: boolean };
          if (via) return await execute("Test.Book.Post", { account });
          const lease = values["lease"] as Lease;
          const gate = gates.get(account);
          if (gate !== undefined) {
            gates.delete(account);
            onWaiting(node);
            await gate;
            if (lease.token < written.token) throw new Error(`stale token ${lease.token}`);
            written = { token: lease.token, by: node };
          }
          return { ...lease, node };
        },
      }),
    };
    const recorded = app({
      imports: ["digly:cluster"],
      builtins: embedded,
      resources: RESOURCES,
      env: { NATS_URL: url },
      kinds: { Book: book, Front: { create: () => ({}) } },
      roles: [role],
    });
    await recorded.kernel.load("/app/runtime.yaml");
    await recorded.kernel.start();
    return recorded;
  }

  test("one node runs the calls of a key, and another one when it is gone", async () => {
    const ledgers = [await start("ledger"), await start("ledger")];
    const { kernel } = await start("gateway");
    const post = (account: string, via = false) =>
      kernel.execute("Test.Book.Post", { account, via }) as Promise<Lease>;
    const accounts = Array.from({ length: 40 }, (_, index) => `account-${index}`);
    const askAll = () => Promise.all(accounts.map((account) => post(account)));
    // Both have shards once they know of each other.
    let leases = await askAll();
    while (new Set(leases.map(({ node }) => node)).size < 2) leases = await askAll();
    const again = await askAll();
    for (const [index, { shard, node }] of leases.entries()) {
      assert.equal(again[index]!.shard, shard);
      // Each shard is in one node.
      assert.equal(
        new Set(again.filter((one) => one.shard === shard).map((one) => one.node)).size,
        1,
      );
      assert.ok(node > 0);
    }
    // Also from a node of the role itself.
    const [first] = again;
    assert.equal((await post(accounts[0]!, true)).shard, first!.shard);

    await ledgers[0]!.kernel.stop();
    const after = await askAll();
    assert.equal(new Set(after.map(({ node }) => node)).size, 1);
    for (const [index, { shard, token, node }] of after.entries()) {
      assert.equal(shard, again[index]!.shard);
      // A fencing token only grows.
      if (node === again[index]!.node) assert.ok(token >= again[index]!.token);
      else assert.ok(token > again[index]!.token);
    }
    await assert.rejects(kernel.execute("Test.Book.Post", {}), { code: "ERR_EXECUTION_FAILED" });
    await kernel.stop();
    await ledgers[1]!.kernel.stop();
  });

  test("a node that lost its lease in a partition is refused by its token", async (t) => {
    if (typeof server === "string") return;
    const proxy = await startProxy(server.port);
    t.after(() => proxy.close());
    const cutOff = await start("ledger", `nats://127.0.0.1:${proxy.port}`);
    const [cutOffNode, { kernel }] = [count, await start("gateway")];
    const post = () => kernel.execute("Test.Book.Post", { account: "a" }) as Promise<Lease>;
    assert.equal((await post()).node, cutOffNode);
    let open!: () => void;
    gates.set("a", new Promise((resolve) => open = resolve));
    const waiting = new Promise<number>((resolve) => onWaiting = resolve);
    const first = post().catch((error: Error) => error);
    assert.equal(await waiting, cutOffNode);

    // The other node takes the shard once the lease has ended, while the first call still runs.
    const other = await start("ledger");
    proxy.pause(true);
    gates.set("a", Promise.resolve());
    const second = await post();
    assert.equal(second.node, cutOffNode + 2);
    assert.deepEqual(written, { token: second.token, by: second.node });

    // The old holder does not know that it has lost the lease, and its write comes too late.
    open();
    proxy.pause(false);
    assert.match(String(await first), /stale token/);
    assert.deepEqual(written, { token: second.token, by: second.node });
    for (const { kernel: one } of [{ kernel }, other, cutOff]) await one.stop();
  });
});
