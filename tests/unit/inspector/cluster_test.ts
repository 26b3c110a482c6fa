import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { AppView, ClusterStatusView, ExecutionView } from "../../../src/inspector/api.ts";
import type { Controller } from "../../../src/contract/module.ts";
import { app, type AppOptions, resource } from "../app.ts";
import { type MemoryNetwork, memoryNetwork, NET_DEFINITION } from "../kernel/memory_transport.ts";
import { commandLine } from "../cli/command.ts";
import { inspect, startInspected } from "./inspected_app.ts";

const ROLES = `roles:
  gateway: { runs: ["Test.Front.*"] }
  worker: { runs: ["Test.Job.*", "Test.Step.*"] }
`;

const kinds = (network: MemoryNetwork): Record<string, Controller> => ({
  Net: network.controller,
  Front: { execute: (_name, input, ctx) => ctx.execute("Test.Job.j", input) },
  Job: { execute: (_name, input, ctx) => ctx.execute("Test.Step.s", input) },
  Step: {
    execute(_name, input) {
      if (input === 13) throw new Error("13 is not lucky");
      return Number(input) * 2;
    },
  },
});

const resources = [
  resource("Net", "Main", ROLES),
  resource("Front", "f"),
  resource("Job", "j"),
  resource("Step", "s"),
].join("---\n");

test("an execution shows what other nodes of a cluster did for it, while a page is open", async (t) => {
  const inspected = await inspect(t);
  const network = memoryNetwork();
  const nodeOf = (role: string, options: Partial<AppOptions> = {}) =>
    app({
      resources,
      kinds: kinds(network),
      definitions: { Net: NET_DEFINITION },
      roles: [role],
      ...options,
    }).kernel;
  const worker = nodeOf("worker");
  await worker.load("/app/runtime.yaml");
  await worker.start();
  t.after(() => worker.stop());
  await startInspected(t, inspected, nodeOf("gateway", inspected.options));
  assert.equal((await inspected.get<AppView>("app")).node, "gateway");
  const status = await inspected.get<ClusterStatusView>("cluster");
  assert.equal(status.self, "gateway");
  assert.ok(status.nodes.some(({ node, state }) => node === "worker" && state === "ready"));
  t.mock.method(
    globalThis,
    "fetch",
    (url: string, init: RequestInit) => inspected.fetch(new URL(url).pathname, init),
  );
  const inspector = { path: "runtime.yaml", address: inspected.inspector.address };
  const { run, platform } = commandLine({
    resources: "",
    files: { "/app/.digly-debug/inspector.json": JSON.stringify(inspector) },
  });
  assert.equal(await run("cluster", "status", "runtime.yaml"), 0, platform.stderrText());
  assert.match(platform.stdoutText(), /^NODE +ROLES[^]*^worker +worker +ready /m);
  const execute = async (input: number) => {
    const { id } = await inspected.post<ExecutionView>("executions", {
      urn: "Test.Front.f",
      input,
    });
    const { state, items } = await inspected.get<ExecutionView>(`executions/${id}`);
    return [
      state,
      ...items.map(({ urn, node, parent, error }) => {
        const above = items.find((span) => span.id === parent)?.urn;
        return [urn, node, above, error?.code];
      }),
    ];
  };

  const alone = [
    "done",
    ["Test.Front.f", undefined, undefined, undefined],
    ["Test.Job.j", undefined, "Test.Front.f", undefined],
  ];
  assert.deepEqual(await execute(1), alone, "nobody watches");

  const page = await inspected.fetch("/api/v1/stream");
  assert.deepEqual(await execute(2), [
    ...alone,
    ["Test.Job.j", "worker", "Test.Job.j", undefined],
    ["Test.Step.s", "worker", "Test.Job.j", undefined],
  ]);
  const failed = await execute(13);
  assert.equal(failed[0], "failed");
  assert.deepEqual(failed.at(-1), [
    "Test.Step.s",
    "worker",
    "Test.Job.j",
    "ERR_EXECUTION_FAILED",
  ]);

  await page.body!.cancel();
  assert.deepEqual(await execute(3), alone, "the page is closed");
});

test("digly events --cluster reads the stream of an inspected process", async (t) => {
  const inspected = await inspect(t);
  const network = memoryNetwork();
  const nodeOf = (role: string, options: Partial<AppOptions> = {}) =>
    app({
      resources,
      kinds: kinds(network),
      definitions: { Net: NET_DEFINITION },
      roles: [role],
      ...options,
    }).kernel;
  const worker = nodeOf("worker");
  await worker.load("/app/runtime.yaml");
  await worker.start();
  t.after(() => worker.stop());
  await startInspected(t, inspected, nodeOf("gateway", inspected.options));
  t.mock.method(globalThis, "fetch", (url: string, init: RequestInit) => {
    const { pathname, search } = new URL(url);
    return inspected.fetch(pathname + search, init);
  });
  const { address } = inspected.inspector;
  const file = JSON.stringify({ path: "runtime.yaml", address });
  // The address, the app, and the folder of the app.
  for (const place of [[address], ["runtime.yaml"], []]) {
    const { run, platform } = commandLine({
      resources: "",
      files: { "/app/.digly-debug/inspector.json": file },
    });
    const ended = run(
      ...["events", ...place, "--cluster", "--format", "json"],
      ...["--type", "Test.Job.*", "--type", "Test.Step.Failed"],
    );
    while ((await inspected.get<AppView>("app")).pages === 0) await setTimeout(1);
    await worker.execute("Test.Job.j", 2);
    await assert.rejects(worker.execute("Test.Job.j", 13));
    while (platform.stdoutText().split("\n").length < 6) await setTimeout(1);
    platform.raise("SIGINT");
    assert.equal(await ended, 0, platform.stderrText());
    const records = platform.stdoutText().trim().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(records.map(({ event, resource, node }) => [event, resource, node]), [
      ["Test.Job.Executing", "Test.Job.j", "worker"],
      ["Test.Job.Executed", "Test.Job.j", "worker"],
      ["Test.Job.Executing", "Test.Job.j", "worker"],
      ["Test.Step.Failed", "Test.Step.s", "worker"],
      ["Test.Job.Failed", "Test.Job.j", "worker"],
    ]);
    assert.equal(platform.stderrText(), "");
    while ((await inspected.get<AppView>("app")).pages > 0) await setTimeout(1);
  }
});

test("events of other processes are followed for those who read them only", async (t) => {
  const inspected = await inspect(t);
  const network = memoryNetwork();
  const { kernel } = app({
    resources,
    kinds: kinds(network),
    definitions: { Net: NET_DEFINITION },
    roles: ["worker"],
    ...inspected.options,
  });
  await startInspected(t, inspected, kernel);
  const follows = t.mock.method(kernel.cluster!, "watch").mock;
  for (
    const [topics, count] of [
      ["?topics=events", 0],
      ["?topics=app,rates,logs", 0],
      ["?topics=cluster", 1],
      ["", 2],
    ] as const
  ) {
    const page = await inspected.fetch(`/api/v1/stream${topics}`);
    assert.equal(follows.callCount(), count, topics);
    await page.body!.cancel();
  }
  const { address } = inspected.inspector;
  t.mock.method(
    globalThis,
    "fetch",
    () => Promise.resolve(new Response(JSON.stringify({ nodes: [] }))),
  );
  const { run, platform } = commandLine({ resources: "" });
  assert.equal(await run("events", address, "--cluster"), 2);
  assert.match(platform.stderrText(), /The app at this address has no other processes/);
  assert.equal(await run("events", "--cluster"), 2);
  assert.match(platform.stderrText(), /--cluster needs the app/);
});
