import assert from "node:assert/strict";
import { test } from "node:test";
import type { Controller } from "../../../src/contract/module.ts";
import type { Platform } from "../../../src/contract/platform.ts";
import { Kernel } from "../../../src/kernel/kernel.ts";
import { app, resource } from "../app.ts";

const FILE = "file:///app/out/events.jsonl";

/** A module that listens, emits and calls itself. */
const Thing: Controller = {
  create: (_, ctx) => ({
    async execute(input, context) {
      await ctx.emit("Began", input);
      if (input === "fail") throw new Error("it is hunter22");
      if (input === "deep") await context.execute("Test.Thing.b", 1);
      await ctx.emitResourceEvent("Test.Thing", "a", "Done", { input });
    },
  }),
};

async function started(change: Partial<Parameters<typeof app>[0]> = {}) {
  const recorded = app({
    resources: resource("Thing", "a") + "---\n" + resource("Thing", "b"),
    kinds: { Thing },
    ...change,
  });
  const { kernel, platform } = recorded;
  await kernel.enableEventStream("out/events.jsonl");
  await kernel.load(".");
  await kernel.start();
  const text = () => new TextDecoder().decode(platform.files.readBytes(FILE, 1e6));
  return { ...recorded, stream: kernel.getEventStream(), text };
}

test("the stream contains the events that listeners receive, in the same order", async () => {
  const { kernel, stream, events } = await started();
  await kernel.execute("Test.Thing.a", "deep");
  await kernel.stop();
  assert.equal(stream.path, "/app/out/events.jsonl");
  assert.deepEqual(await stream.readAll(), JSON.parse(JSON.stringify(events)));
  const names = (await stream.readAll()).map(({ event }) => event);
  assert.equal(names[0], "Module.Registered");
  assert.equal(names.at(-1), "Runtime.Stopped");
});

test("an event is in the file when emit returns, before any listener receives it", async () => {
  const { kernel, text } = await started();
  let written = false;
  kernel.on("Test.Began", () => {
    written = text().includes('"event":"Test.Began"');
  });
  await kernel.execute("Test.Thing.a", 1);
  assert.ok(written);
  await kernel.stop();
});

test("events by name and by pattern", async () => {
  const { kernel, stream } = await started();
  const count = async (type: string) => (await stream.getEventsByType(type)).length;
  assert.equal(await count("Runtime.Started"), 1);
  assert.equal(await count("Test.*"), 2);
  assert.equal(await count("*.Initialized"), 2);
  assert.equal(await count("*"), 8);
  assert.equal(await count("Runtime"), 0);
  await kernel.stop();
});

test("an iterator yields past and future events, and ends with the kernel", async () => {
  const { kernel, stream } = await started();
  const seen: string[] = [];
  for await (const { event } of stream) {
    seen.push(event);
    if (event === "Runtime.Started") setTimeout(() => void kernel.stop(), 10);
  }
  assert.equal(seen[0], "Module.Registered");
  assert.equal(seen.at(-1), "Runtime.Stopped");
});

test("executions are events with duration, depth and trace", async () => {
  const { kernel, stream } = await started();
  await kernel.execute("Test.Thing.a", "deep", { traceId: "a".repeat(32) });
  await assert.rejects(kernel.execute("Test.Thing.a", "fail"));
  await kernel.stop();
  const all = (await stream.readAll()).filter(({ event }) => /Execut|Failed/.test(event));
  assert.deepEqual(all.map(({ event, resource }) => `${event} ${resource}`), [
    "Test.Thing.Executing Test.Thing.a",
    "Test.Thing.Executing Test.Thing.b",
    "Test.Thing.Executed Test.Thing.b",
    "Test.Thing.Executed Test.Thing.a",
    "Test.Thing.Executing Test.Thing.a",
    "Test.Thing.Failed Test.Thing.a",
  ]);
  const [outer, inner, innerEnd, outerEnd, , failed] = all.map(({ payload }) =>
    payload as Record<string, unknown>
  );
  assert.deepEqual([outer!["depth"], inner!["depth"]], [0, 1]);
  assert.deepEqual([outer!["traceId"], inner!["traceId"]], ["a".repeat(32), "a".repeat(32)]);
  assert.equal(inner!["parentSpanId"], outer!["spanId"]);
  assert.equal(innerEnd!["spanId"], inner!["spanId"]);
  assert.equal(typeof innerEnd!["duration"], "number");
  assert.ok((outerEnd!["duration"] as number) >= (innerEnd!["duration"] as number));
  assert.deepEqual(failed!["error"], {
    code: "ERR_EXECUTION_FAILED",
    message: "Executing Test.Thing.a failed: it is hunter22",
  });
});

test("listeners of one kind or resource get its executions; others do not", async () => {
  const { kernel } = app({
    resources: resource("Thing", "a") + "---\n" + resource("Thing", "b"),
    kinds: { Thing },
  });
  await kernel.load(".");
  await kernel.start();
  const received: string[] = [];
  const listener = (_: unknown, record: { event: string; resource?: string }) =>
    void received.push(`${record.event} ${record.resource}`);
  kernel.on("Test.Thing.Executed", listener);
  await kernel.execute("Test.Thing.b", 1);
  kernel.off("Test.Thing.Executed", listener);
  await kernel.execute("Test.Thing.b", 1);
  assert.deepEqual(received, ["Test.Thing.Executed Test.Thing.b"]);
  await kernel.stop();
});

test("any payload gives a readable line", async () => {
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  const { kernel, stream, logs } = await started();
  for (
    const payload of [cycle, 1n, () => 1, {
      get a() {
        throw new Error("no");
      },
    }]
  ) {
    await kernel.execute("Test.Thing.a", payload);
  }
  const began = await stream.getEventsByType("Test.Began");
  assert.deepEqual(began.map(({ payload }) => payload), [
    { self: "[circular]" },
    "1",
    "[function]",
    { a: "[unreadable: no]" },
  ]);
  assert.deepEqual(logs, []);
  await kernel.stop();
});

test("secrets are redacted", async () => {
  const { kernel, text } = await started({
    resources: `${resource("Thing", "a", 'field: "x${{ Test.Secret.s }}"')}---\n${
      resource("Secret", "s", "value: hunter22")
    }`,
    definitions: { Secret: "value: value\nsensitive: true" },
  });
  await kernel.execute("Test.Thing.a", { "a hunter22": ["hunter22", { b: "x hunter22 x" }] });
  await assert.rejects(kernel.execute("Test.Thing.a", "fail"));
  await kernel.stop();
  assert.doesNotMatch(text(), /hunter22/);
  assert.match(text(), /\[redacted\]/);
});

test("a secret in the event of an execution is redacted, and the rest of its line is the same", async () => {
  const { kernel, stream } = await started({
    resources: `${resource("Thing", "a")}---\n${resource("Thing", "from-hunter22")}---\n${
      resource("Secret", "s", "value: hunter22")
    }`,
    definitions: { Secret: "value: value\nsensitive: true" },
  });
  for (const name of ["from-hunter22", "a", "from-hunter22", "a"]) {
    await kernel.execute(`Test.Thing.${name}`, 1);
  }
  await kernel.stop();
  const executed = await stream.getEventsByType("Test.Thing.Executed");
  const shown = ["from-[redacted]", "a", "from-[redacted]", "a"];
  assert.deepEqual(executed.map(({ name }) => name), shown);
  assert.deepEqual(
    executed.map(({ resource }) => resource),
    shown.map((name) => `Test.Thing.${name}`),
  );
  for (const { payload, traceId } of executed) {
    assert.equal((payload as { traceId: string }).traceId, traceId);
  }
});

test("the file is emptied at the start", async () => {
  const { kernel, text } = await started({ files: { "/app/out/events.jsonl": "old\n" } });
  assert.doesNotMatch(text(), /old/);
  await kernel.stop();
});

test("a file that cannot be written is a clear error, or ends the stream but not the app", async () => {
  const recorded = app({ resources: resource("Thing", "a"), kinds: { Thing } });
  const logs: string[] = [];
  let full = false;
  const kernelOn = (files: Partial<Platform["files"]>) =>
    new Kernel({
      platform: { ...recorded.platform, files: { ...recorded.platform.files, ...files } },
      builtins: { files: {}, controllers: {} },
      log: ({ message }) => void logs.push(message),
    });
  const closed = kernelOn({
    openAppend() {
      throw new Error("EACCES: permission denied");
    },
  });
  await assert.rejects(closed.enableEventStream("e.jsonl"), {
    code: "ERR_USAGE",
    message: "The event stream cannot be written to /app/e.jsonl: EACCES: permission denied",
  });
  const kernel = kernelOn({
    openAppend(url, start) {
      const file = recorded.platform.files.openAppend(url, start);
      return {
        ...file,
        write(bytes, length) {
          if (full) throw new Error("ENOSPC: no space left on device");
          file.write(bytes, length);
        },
      };
    },
  });
  assert.throws(() => kernel.getEventStream(), { code: "ERR_USAGE" });
  await kernel.enableEventStream("e.jsonl");
  await kernel.load(".");
  full = true;
  await kernel.start();
  await kernel.execute("Test.Thing.a", 1);
  await kernel.stop();
  assert.deepEqual(logs, [
    "The event stream /app/e.jsonl ended: ENOSPC: no space left on device",
  ]);
  assert.equal((await kernel.getEventStream().readAll()).at(-1)?.event, "Resource.Registered");
});
