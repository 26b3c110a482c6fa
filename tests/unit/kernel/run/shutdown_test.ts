import assert from "node:assert/strict";
import { test } from "node:test";
import type { ResourceInstance } from "../../../../src/contract/module.ts";
import { shutDown, type StopOptions } from "../../../../src/kernel/run/shutdown.ts";

function stop(instances: Record<string, ResourceInstance>, options: StopOptions = {}) {
  const log: string[] = [];
  const running = Object.entries(instances).map(([urn, instance]) => ({ urn, instance }));
  return {
    log,
    errors: shutDown({
      running,
      active: () => [],
      idle: () => Promise.resolve(),
      onDrained: () => log.push("drained"),
      onTornDown: ({ urn }) => log.push(urn),
    }, { timeoutMs: 30_000, ...options }),
  };
}

test("drains all, then tears down in exact reverse of creation", async () => {
  const steps: string[] = [];
  const instance = (name: string): ResourceInstance => ({
    drain: () => void steps.push(`drain ${name}`),
    teardown: () => void steps.push(`teardown ${name}`),
  });
  const { log, errors } = stop({ "K.a": instance("a"), "K.b": instance("b"), "K.c": {} });
  assert.deepEqual(await errors, []);
  assert.deepEqual(log, ["drained", "K.c", "K.b", "K.a"]);
  assert.deepEqual(steps, ["drain b", "drain a", "teardown b", "teardown a"]);
});

test("a teardown that fails is reported and does not keep others from running", async () => {
  const { log, errors } = stop({
    "K.a": {},
    "K.b": {
      teardown: () => {
        throw new Error("still locked");
      },
    },
    "K.c": { teardown: () => Promise.reject(new Error("gone")) },
  });
  assert.deepEqual((await errors).map(({ code, message }) => [code, message]), [
    ["ERR_TEARDOWN_FAILED", "Tearing down K.c failed: gone"],
    ["ERR_TEARDOWN_FAILED", "Tearing down K.b failed: still locked"],
  ]);
  assert.deepEqual(log, ["drained", "K.c", "K.b", "K.a"]);
});

test("after the deadline it stops waiting and names what is pending", async () => {
  const { errors } = stop(
    { "K.a": {}, "K.stuck": { teardown: () => new Promise(() => {}) } },
    { timeoutMs: 20 },
  );
  const [error, ...more] = await errors;
  assert.equal(more.length, 0);
  assert.equal(error?.code, "ERR_SHUTDOWN_TIMEOUT");
  assert.match(error.message, /K\.stuck/);
});

test("a stop that takes more than a second reports once what is pending", async () => {
  const told: (readonly string[])[] = [];
  const { errors } = stop(
    { "K.slow": { drain: () => new Promise((resolve) => setTimeout(resolve, 1_100)) } },
    { onWaiting: (names) => told.push(names) },
  );
  assert.deepEqual(await errors, []);
  assert.deepEqual(told, [["K.slow"]]);
});
