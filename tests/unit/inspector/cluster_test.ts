import assert from "node:assert/strict";
import { test } from "node:test";
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
