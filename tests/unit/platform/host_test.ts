import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { hostPlatform } from "../../../src/platform/host.ts";

test("the host is the Node these tests run on", () => {
  assert.deepEqual(hostPlatform().runtime, {
    name: "node",
    version: process.versions.node,
    nodeVersion: process.versions.node,
  });
});

test("the environment is the one at start", () => {
  process.env["DIGLY_HOST_TEST"] = "before";
  const { env } = hostPlatform();
  process.env["DIGLY_HOST_TEST"] = "after";
  assert.equal(env["DIGLY_HOST_TEST"], "before");
  delete process.env["DIGLY_HOST_TEST"];
});

test("a timer and a server that are left behind are named", async () => {
  const { createServer } = await import("node:net");
  const timer = setTimeout(() => {}, 60_000);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const left = hostPlatform().keepsAlive().join();
  clearTimeout(timer);
  server.close();
  assert.match(left, /a timer/);
  assert.match(left, /a TCP server/);
});
