import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "js-yaml";
import type { Controller, ResourceInstance } from "../../../src/contract/module.ts";
import type { Snapshot } from "../../../src/observe/snapshot.ts";
import { app, type AppOptions, type RecordedApp, resource } from "../app.ts";

/** Instances by the name of their resource. */
function things(instances: Record<string, ResourceInstance>): Controller {
  return { create: ({ metadata: { name } }) => instances[name] ?? {} };
}

async function started(options: AppOptions): Promise<RecordedApp> {
  const recorded = app(options);
  await recorded.kernel.load(".");
  await recorded.kernel.start();
  return recorded;
}

function written({ platform }: RecordedApp, path = "/app/out/snapshot.yaml"): Snapshot {
  return load(
    new TextDecoder().decode(platform.files.readBytes(`file://${path}`, 1e6)),
  ) as Snapshot;
}

const OUT = { snapshotOnExit: "out/snapshot.yaml" };

test("a snapshot has everything, ordered by generation depth", async () => {
  const recorded = await started({
    resources: `kind: TemplateDefinition
metadata: { name: Pair }
resources:
  - kind: Test.Thing
    metadata: { name: generated }
    size: 2
---
kind: App.Pair
metadata: { name: pair }
---
kind: Test.Thing
metadata: { name: plain, team: shop }
size: 1
`,
    kinds: {
      Thing: {
        create: ({ metadata: { name } }, ctx) => ({
          init: () => void (name === "plain" && ctx.acquireHold("for the test")),
          snapshot: () => Promise.resolve({ connections: 3, name }),
        }),
      },
    },
  });
  const { kernel } = recorded;
  const snapshot = await kernel.takeSnapshot("out/snapshot.yaml");
  assert.deepEqual(written(recorded), JSON.parse(JSON.stringify(snapshot)));
  assert.match(snapshot.timestamp, /^\d{4}-.*Z$/);
  assert.match(snapshot.version, /^\d+\.\d+\.\d+/);
  assert.deepEqual(snapshot.runtime, { name: "node", version: "24.0.0" });
  assert.equal(snapshot.state, "started");
  assert.deepEqual(snapshot.modules.find(({ name }) => name === "Test"), {
    name: "Test",
    version: "1.0.0",
  });
  assert.deepEqual(snapshot.holds, [{ owner: "Test.Thing.plain", reason: "for the test" }]);
  const depths = snapshot.resources.map(({ metadata }) => metadata.generationDepth);
  assert.deepEqual(depths, [...depths].sort());
  assert.ok(depths.includes(1));
  const plain = snapshot.resources.find(({ name }) => name === "plain");
  assert.deepEqual(JSON.parse(JSON.stringify(plain)), {
    kind: "Test.Thing",
    name: "plain",
    metadata: {
      team: "shop",
      uri: "file:///app/runtime.yaml#Test.Thing.plain",
      generationDepth: 0,
    },
    running: true,
    data: { size: 1 },
    snapshot: { connections: 3, name: "plain" },
  });
  await kernel.stop();
});

test("a snapshot() that throws, hangs or returns garbage affects only its own entry", async () => {
  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;
  const all: Record<string, ResourceInstance> = {
    throws: {
      snapshot() {
        throw new Error("no");
      },
    },
    rejects: { snapshot: () => Promise.reject(new Error("later")) },
    hangs: { snapshot: () => new Promise(() => {}) },
    rubbish: { snapshot: () => 5n as never },
    cycle: { snapshot: () => cycle },
    nothing: { snapshot: () => undefined as never },
    getter: {
      get snapshot(): never {
        throw new Error("not even this");
      },
    },
    good: { snapshot: () => ({ fine: true }) },
  };
  const { kernel } = await started({
    resources: Object.keys(all).map((name) => resource("Thing", name)).join("---\n"),
    kinds: { Thing: things(all) },
  });
  const { resources } = await kernel.takeSnapshot(undefined, { limitMs: 20 });
  const custom = resources.map(({ name, snapshot, snapshotError }) => [
    name,
    JSON.parse(JSON.stringify(snapshot ?? snapshotError ?? null)),
  ]);
  assert.deepEqual(custom, [
    ["throws", "snapshot() failed: no"],
    ["rejects", "snapshot() failed: later"],
    ["hangs", "snapshot() did not end within 0.02 s"],
    ["rubbish", "5"],
    ["cycle", { self: "[circular]" }],
    ["nothing", null],
    ["getter", "snapshot() failed: not even this"],
    ["good", { fine: true }],
  ]);
  await kernel.stop();
});

test("on exit it is taken before the first teardown, with the holds", async () => {
  const story: string[] = [];
  const recorded = await started({
    ...OUT,
    resources: resource("Thing", "a"),
    kinds: {
      Thing: {
        create: (_, ctx) => ({
          init: () => void ctx.acquireHold("to serve"),
          snapshot() {
            story.push("snapshot");
            return { alive: true };
          },
          teardown: () => void story.push("teardown"),
        }),
      },
    },
  });
  await recorded.kernel.stop({ reason: "SIGTERM" });
  assert.deepEqual(story, ["snapshot", "teardown"]);
  const { reason, state, holds, resources } = written(recorded);
  assert.deepEqual([reason, state, holds.length], ["SIGTERM", "started", 1]);
  assert.deepEqual(resources[0]!.snapshot, { alive: true });
  assert.ok(
    recorded.logs.some(({ message }) => message === "Snapshot written to /app/out/snapshot.yaml"),
  );
  assert.equal(recorded.platform.raiseExit(), false, "nobody waits for the exit any more");
});

test("a hanging snapshot() leaves time for the teardown", async () => {
  let tornDown = false;
  const recorded = await started({
    ...OUT,
    shutdownTimeoutMs: 100,
    resources: resource("Thing", "a"),
    kinds: {
      Thing: things({
        a: { snapshot: () => new Promise(() => {}), teardown: () => void (tornDown = true) },
      }),
    },
  });
  assert.deepEqual(await recorded.kernel.stop(), { exitCode: 0, errors: [] });
  assert.ok(tornDown);
  assert.match(written(recorded).resources[0]!.snapshotError!, /did not end within 0.05 s/);
});

test("a failed boot writes a snapshot with the error and the running resources", async () => {
  const recorded = app({
    ...OUT,
    resources: `${resource("Thing", "good")}---\n${resource("Thing", "bad")}`,
    kinds: {
      Thing: things({
        good: { snapshot: () => ({ good: 1 }) },
        bad: {
          init() {
            throw new Error("no database");
          },
        },
      }),
    },
  });
  await recorded.kernel.load(".");
  await assert.rejects(recorded.kernel.start());
  const { reason, state, error, resources } = written(recorded);
  assert.deepEqual([reason, state], ["boot failed", "starting"]);
  assert.deepEqual(error, {
    code: "ERR_INIT_FAILED",
    message: "Initialising Test.Thing.bad failed: no database",
  });
  assert.deepEqual(resources.map(({ name, running, snapshot }) => [name, running, snapshot]), [
    ["good", true, { good: 1 }],
    ["bad", false, undefined],
  ]);
});

test("an app that cannot be loaded writes a snapshot when the kernel is stopped", async () => {
  const recorded = app({ ...OUT, resources: "kind: Test.Thing\n", kinds: { Thing: {} } });
  await assert.rejects(recorded.kernel.load("."));
  await recorded.kernel.stop();
  const { state, error, resources } = written(recorded);
  assert.deepEqual([state, resources], ["empty", []]);
  assert.equal(error?.code, "ERR_MANIFEST_INVALID");
});

test("when a controller exits the process, an incomplete snapshot is written", async () => {
  let asked = false;
  const recorded = await started({
    ...OUT,
    resources: resource("Thing", "a"),
    kinds: {
      Thing: things({
        a: {
          snapshot() {
            asked = true;
            return {};
          },
        },
      }),
    },
  });
  assert.ok(recorded.platform.raiseExit());
  const { reason, incomplete, resources } = written(recorded);
  assert.equal(reason, "the process ended");
  assert.match(incomplete!, /custom snapshot\(\) data is missing/);
  assert.deepEqual(resources.map(({ name, running }) => [name, running]), [["a", true]]);
  assert.equal(asked, false);
  await recorded.kernel.stop();
});

test("secrets are redacted, in data and in the results of snapshot()", async () => {
  const recorded = await started({
    resources: `${resource("Thing", "a", 'field: "x${{ Test.Secret.s }}"')}---\n${
      resource("Secret", "s", "value: hunter22")
    }`,
    definitions: { Secret: "value: value\nsensitive: true" },
    kinds: {
      Thing: {
        create: ({ field }, ctx) => {
          ctx.acquireHold(`with ${field}`);
          return {
            snapshot() {
              return { deep: [{ field }] };
            },
          };
        },
      },
    },
  });
  const snapshot = await recorded.kernel.takeSnapshot("out/snapshot.yaml");
  assert.doesNotMatch(JSON.stringify(snapshot), /hunter22/);
  assert.doesNotMatch(JSON.stringify(written(recorded)), /hunter22/);
  assert.match(JSON.stringify(snapshot), /\[redacted\]/);
  await recorded.kernel.stop();
});

test("a place that cannot be written to is a clear error, and stops no stop", async () => {
  const recorded = app({ ...OUT, resources: resource("Thing", "a"), kinds: { Thing: things({}) } });
  const { files } = recorded.platform;
  Object.assign(files, {
    replace() {
      throw new Error("EACCES: permission denied");
    },
  });
  await recorded.kernel.load(".");
  await recorded.kernel.start();
  await assert.rejects(recorded.kernel.takeSnapshot("s.yaml"), {
    code: "ERR_USAGE",
    message: "The snapshot cannot be written to /app/s.yaml: EACCES: permission denied",
  });
  assert.equal((await recorded.kernel.stop()).exitCode, 0);
  assert.match(recorded.logs.at(-1)!.message, /cannot be written to \/app\/out\/snapshot.yaml/);
});

test("a secret that nothing names is redacted, and so is its default", async () => {
  const { kernel } = await started({
    resources: `${resource("Secret", "unused", "value: hunter22")}---\n${
      resource("Secret", "elsewhere", "env: GREETING\ndefault: hunter33")
    }---\n${resource("Secret", "nowhere", "env: UNSET_ANYWHERE")}`,
    definitions: {
      Secret: "value: 'has(self.value) ? self.value : " +
        "has(self.default) && !(self.env in env) ? self.default : env[self.env]'\nsensitive: true",
    },
  });
  const { resources } = await kernel.takeSnapshot();
  assert.deepEqual(resources.map(({ data }) => ({ ...data })), [
    { value: "[redacted]" },
    { env: "GREETING", default: "[redacted]" },
    { env: "UNSET_ANYWHERE" },
  ]);
  await kernel.stop();
});
