/** The connection of a node when its server goes away while the node joins. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { ModuleCreateContext } from "../../../src/contract/author.ts";
import { openConnection } from "../../../src/modules/cluster/connection.ts";
import { freePort } from "../../servers/debian.ts";
import { startNats } from "../../servers/nats.ts";

const server = await startNats();
after(async () => {
  if (typeof server !== "string") await server.remove();
});

test("a node that joins waits for a server that is restarted", {
  skip: typeof server === "string" ? server : false,
}, async () => {
  const { url, start, stop } = server as Exclude<typeof server, string>;
  const unready: string[] = [];
  let isLost!: () => void;
  const lost = new Promise<void>((resolve) => isLost = resolve);
  const context = {
    secret() {},
    signal: new AbortController().signal,
    log: { warn() {}, info() {}, error: assert.fail },
    reportUnready(reason: string) {
      unready.push(reason);
      isLost();
      return () => void unready.pop();
    },
  };
  const resource = { servers: [url], timeout: "30s" };
  const connection = await openConnection(
    resource as unknown as Parameters<typeof openConnection>[0],
    "test",
    context as unknown as ModuleCreateContext,
    { onReconnect() {}, onDenied: assert.fail },
  );
  let received: () => void = () => {};
  connection.listen("test.a", () => received());
  await connection.settle();
  await stop();
  await lost;
  assert.equal(connection.isUp(), false);
  connection.listen("test.b", () => received());
  const settled = connection.settle();
  await start();
  await settled;
  // What was subscribed before and during the loss is received.
  for (const subject of ["test.a", "test.b"]) {
    const message = new Promise<void>((resolve) => received = resolve);
    connection.publish(subject, new Uint8Array());
    await message;
  }
  assert.deepEqual(unready, []);
  await connection.close();
  await assert.rejects(connection.settle(), /was closed/);
});

test("a server that cannot be reached is reported at once, and is an error at the end", async () => {
  const warnings: string[] = [];
  const context = {
    secret() {},
    signal: new AbortController().signal,
    log: { warn: (message: string) => warnings.push(message) },
    problem: (path: unknown, message: string) => new Error(`${JSON.stringify(path)} ${message}`),
  };
  const address = `nats://127.0.0.1:${await freePort()}`;
  const reason = "(connection refused|connect ECONNREFUSED)";
  await assert.rejects(
    openConnection(
      { servers: [address], timeout: "700ms" } as unknown as Parameters<typeof openConnection>[0],
      "test",
      context as unknown as ModuleCreateContext,
      { onReconnect: assert.fail, onDenied: assert.fail },
    ),
    new RegExp(`^Error: \\["servers"\\] NATS at ${address} cannot be used: ${reason}`),
  );
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, new RegExp(`^Cannot reach NATS at ${address} yet: ${reason}`));
});
