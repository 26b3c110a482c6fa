/** What the inspector of one process shows of executions in another one. */
import assert from "node:assert/strict";
import { after, describe, test, type TestContext } from "node:test";
import type { ExecutionView } from "../../../src/inspector/api.ts";
import { Executions } from "../../../src/inspector/executions.ts";
import { createPlaces } from "../../../src/inspector/places.ts";
import { MOST_SPANS, Recording } from "../../../src/inspector/recording.ts";
import { RemoteRecordings } from "../../../src/inspector/remote_recordings.ts";
import { MOST_SHARED_TEXT, shareRecordings } from "../../../src/inspector/shared_recordings.ts";
import type { ClusterView, NodeStatus } from "../../../src/contract/transport.ts";
import { embedded } from "../../../src/generated/embedded.ts";
import { memoryPlatform } from "../../../src/platform/memory.ts";
import { startNats } from "../../servers/nats.ts";
import { app, type AppOptions, resource } from "../app.ts";
import { memoryNetwork, NET_DEFINITION } from "../kernel/memory_transport.ts";
import { inspect, type Inspected, startInspected } from "./inspected_app.ts";

const nats = await startNats();
after(async () => {
  if (typeof nats !== "string") await nats.remove();
});

const ROLES = `roles:
  gateway: { runs: ["Test.Front.*"] }
  worker: { runs: ["Test.Job.*", "Log.*", "Secret.*"] }
`;

const RESOURCES = [
  resource("Front", "f"),
  resource("Job", "j"),
  "kind: Secret\nmetadata: { name: Key }\nenv: KEY\n",
  'kind: Log.Entry\nmetadata: { name: Note }\nmessage: "Used ${{ input.key }}"\n' +
  "fields:\n  double: ${{ input.count * 2 }}\n",
].join("---\n");

type Network = Pick<AppOptions, "builtins" | "definitions" | "imports" | "kinds"> & {
  readonly document: string;
};

const NETWORKS: Readonly<Record<string, () => Network | string>> = {
  memory: () => ({
    document: resource("Net", "Main", ROLES),
    kinds: { Net: memoryNetwork().controller },
    definitions: { Net: NET_DEFINITION },
  }),
  NATS: () =>
    typeof nats === "string" ? nats : {
      document: `kind: Cluster.Nats\nmetadata: { name: Main }\nservers: ["${nats.url}"]\n${ROLES}`,
      imports: ["digly:cluster"],
    },
};

/** Starts a process of an app, which is inspected unless it has no inspector. */
async function startNode(
  t: TestContext,
  role: string,
  { document, imports = [], kinds, ...network }: Network,
  inspected?: Inspected,
): Promise<void> {
  const { kernel } = app({
    ...network,
    imports: ["digly:core", "digly:data", ...imports],
    builtins: embedded,
    resources: `${document}---\n${RESOURCES}`,
    kinds: {
      ...kinds,
      Front: { execute: (_name, input, ctx) => ctx.execute("Test.Job.j", input) },
      Job: {
        async execute(_name, input, ctx) {
          await ctx.execute("Log.Entry.Note", { key: "correct-horse-battery", count: input });
          if (input === 13) throw new Error("13 is not lucky");
          return Number(input) * 2;
        },
      },
    },
    env: { KEY: "correct-horse-battery" },
    roles: [role],
    ...inspected?.options,
  });
  if (inspected !== undefined) return await startInspected(t, inspected, kernel);
  t.after(() => kernel.stop());
  await kernel.load("/app/runtime.yaml");
  await kernel.start();
}

for (const [name, create] of Object.entries(NETWORKS)) {
  const network = create();
  const skip = typeof network === "string" ? network : false;
  describe(`over ${name}`, { skip }, () => {
    test("an execution has the spans and the values of other inspected nodes", async (t) => {
      if (typeof network === "string") return;
      // Processes of an app run in folders of their own.
      const worker = await inspect(t, memoryPlatform({ cwd: "/" }));
      const gateway = await inspect(t);
      await startNode(t, "worker", network, worker);
      await startNode(t, "gateway", network, gateway);
      const { id } = await gateway.post<ExecutionView>("executions", {
        urn: "Test.Front.f",
        input: 4,
      });
      const view = await gateway.get<ExecutionView>(`executions/${id}`);
      const above = (id?: string) => view.items.find((span) => span.id === id)?.urn;
      assert.deepEqual(
        view.items.map(({ urn, node, parent, input, output }) => [
          urn,
          node?.split(".")[0],
          above(parent),
          input,
          output,
        ]),
        [
          ["Test.Front.f", undefined, undefined, 4, 8],
          ["Test.Job.j", undefined, "Test.Front.f", 4, 8],
          ["Test.Job.j", "worker", "Test.Job.j", 4, 8],
          [
            "Log.Entry.Note",
            "worker",
            "Test.Job.j",
            { key: "[redacted]", count: 4 },
            null,
          ],
        ],
      );
      assert.deepEqual(
        view.expressions.map(({ urn, source, value, file }) => [urn, source, value, file]),
        [
          ["Log.Entry.Note", "input.count * 2", 8, "runtime.yaml"],
          ["Log.Entry.Note", "input.key", "[redacted]", "runtime.yaml"],
        ],
      );
      const [, caller, called] = view.items;
      assert.ok(called!.startMs >= caller!.startMs, "it began after its caller");
      assert.ok(called!.startMs + called!.ms! <= caller!.startMs + caller!.ms! + 0.01);
      assert.equal(view.spans, 4);
      const again = await gateway.get<ExecutionView>(`executions/${id}`);
      assert.deepEqual([again.items, again.expressions], [view.items, view.expressions]);

      // The worker records what the gateway records, although its own samples are used up.
      worker.setTime(2_000_000);
      gateway.setTime(2_000_000);
      for (let count = 0; count < 40; count++) {
        const { items } = await gateway.post<ExecutionView>("executions", {
          urn: "Test.Front.f",
          input: count,
        });
        assert.equal(items.length, 4, String(count));
        assert.equal(items[2]!.error?.code, count === 13 ? "ERR_EXECUTION_FAILED" : undefined);
      }
    });

    test("a node that is not inspected adds nothing", async (t) => {
      if (typeof network === "string") return;
      const gateway = await inspect(t);
      await startNode(t, "worker", network);
      await startNode(t, "gateway", network, gateway);
      const { id, items, output } = await gateway.post<ExecutionView>("executions", {
        urn: "Test.Front.f",
        input: 4,
      });
      assert.equal(output, 8);
      const { missing } = await gateway.get<ExecutionView>(`executions/${id}`);
      assert.deepEqual(missing.map(({ node, reason }) => [node?.split(".")[0], reason]), [
        ["worker", "may have run a part of it, and runs without `--inspect`"],
      ]);
      assert.deepEqual(items.map(({ urn }) => urn), ["Test.Front.f", "Test.Job.j"]);
    });
  });
}

const ID = (number: number) => number.toString(16).padStart(16, "0");

/** An execution that has ended, with one span. */
function ended(): Recording {
  const recording = new Recording(
    {
      id: ID(1),
      trace: "t",
      urn: "Test.Front.f",
      startedAt: "2026-01-01T00:00:00.000Z",
      startedBy: "app",
      detail: "full",
      isRequest: false,
    },
    0,
    { redact: (value) => value, places: createPlaces("/app"), now: () => 0 },
  );
  const { span } = recording.begin({ id: ID(1), urn: "Test.Front.f" }, undefined)!;
  recording.end(span, 10, undefined, undefined);
  recording.finish(10, undefined);
  return recording;
}

const files = { toShared: (file: string) => file, fromShared: (file: string) => file };

/** What a recording is after another process has answered. */
async function completed(answer: unknown): Promise<Recording> {
  const recording = ended();
  const cluster: ClusterView = {
    status: () => Promise.resolve({ self: "a", nodes: [] }),
    watch: () => () => {},
    isLocal: () => false,
    recordings: () => Promise.resolve({ "worker.1": answer }),
  };
  await new RemoteRecordings().complete(recording, { cluster, files, onChange() {} });
  return recording;
}

const span = (number: number, parent: number, more: object = {}) => ({
  id: ID(number),
  parent: ID(parent),
  urn: "Test.Job.j",
  startMs: 0,
  ms: 4,
  ...more,
});

const shared = (more: object) => ({
  startedAt: "2026-01-01T00:00:00.002Z",
  isRunning: false,
  isCut: false,
  spans: [],
  expressions: [],
  ...more,
});

test("clocks of other machines do not move spans out of their callers", async () => {
  for (
    const [startedAt, startMs] of [
      ["2026-01-01T00:00:00.002Z", 2],
      ["2026-01-01T01:00:00.000Z", 6],
      ["2025-12-31T23:00:00.000Z", 0],
    ] as const
  ) {
    const { spans } = await completed([shared({ startedAt, spans: [span(2, 1)] })]);
    assert.equal(spans[1]!.startMs, startMs, startedAt);
  }
});

test("what a process called through another one is below it, in any order", async () => {
  const { spans } = await completed([
    shared({ spans: [span(3, 2, { ms: 1 })] }),
    shared({ spans: [span(2, 1)] }),
    shared({ spans: [span(9, 8)] }),
  ]);
  assert.deepEqual(spans.map(({ id }) => id), [ID(1), ID(2), ID(3)]);
});

/** Why values are missing, after other processes have answered. */
async function missing(
  answers: Readonly<Record<string, unknown>> | Error,
  nodes: readonly string[] = [],
  ranBy?: string,
): Promise<unknown> {
  const recording = ended();
  if (ranBy !== undefined) {
    recording.begin({ id: ID(2), parent: ID(1), urn: "Test.Job.j", node: ranBy }, undefined);
  }
  const status = (node: string) => ({ node }) as NodeStatus;
  const cluster: ClusterView = {
    status: () => Promise.resolve({ self: "a", nodes: ["a", ...nodes].map(status) }),
    watch: () => () => {},
    isLocal: () => false,
    recordings: () => answers instanceof Error ? Promise.reject(answers) : Promise.resolve(answers),
  };
  await new RemoteRecordings().complete(recording, { cluster, files, onChange() {} });
  return recording.missing.map(({ node, reason }) => node === undefined ? reason : [node, reason]);
}

test("it is said why values of other nodes are missing", async () => {
  const values = [shared({ spans: [span(2, 1)] })];
  assert.deepEqual(await missing({ b: values }, ["b"], "b"), []);
  assert.deepEqual(await missing({ b: values }, ["b", "c"]), []);
  assert.deepEqual(await missing({}, ["b"], "b"), [[
    "b",
    "did not answer in time: it may be busy, run an older version of Digly, or lack the " +
    "permission to publish its answer",
  ]]);
  assert.deepEqual(await missing({}, [], "b"), [[
    "b",
    "has left the cluster or cannot be reached",
  ]]);
  assert.deepEqual(await missing({ b: null }, ["b", "c"], "b"), [[
    "b",
    "runs without `--inspect`",
  ]]);
  assert.deepEqual(await missing({ b: { error: "it has 9 bytes" } }, ["b"], "b"), [[
    "b",
    "cannot send them: it has 9 bytes",
  ]]);
  assert.deepEqual(await missing({ b: [] }, ["b"]), [[
    "b",
    "may have run a part of it, and has not recorded it: it samples executions, and keeps only the " +
    "latest",
  ]]);
  assert.deepEqual(await missing({ b: "x" }, ["b"], "b"), [[
    "b",
    "sent something other than recordings: it may run another version of Digly",
  ]]);
  assert.deepEqual(await missing({}), ["no node that can be reached has recorded them"]);
  assert.deepEqual(await missing(new Error("this node may not ask the others")), [
    "this node may not ask the others",
  ]);
});

test("answers that are malformed or too large are bounded", async () => {
  const expression = {
    urn: "Test.Job.j",
    span: ID(2),
    source: "a",
    file: "./runtime.yaml",
    line: 1,
    column: 1,
    atMs: 0,
    times: 1,
    value: 1,
  };
  for (
    const answer of [
      null,
      "x",
      {},
      [null, 1, "x", []],
      [shared({ startedAt: "never", spans: [span(2, 1)] })],
      [shared({ spans: 7, expressions: "x" })],
      [shared({ spans: [span(2, 1, { id: "../../etc" }), span(2, 1, { urn: "x".repeat(1e5) })] })],
      [shared({ spans: [span(2, 1, { startMs: Infinity }), span(2, 1, { parent: undefined })] })],
    ]
  ) {
    assert.equal((await completed(answer)).spans.length, 1, JSON.stringify(answer)?.slice(0, 80));
  }
  const many = Array.from({ length: 5_000 }, (_, index) => span(index + 2, 1));
  const expressions = Array.from({ length: 5_000 }, (_, index) => ({
    ...expression,
    line: index,
    value: "v".repeat(1_000),
  }));
  const recording = await completed([shared({ spans: many, expressions })]);
  assert.equal(recording.spans.length, MOST_SPANS);
  assert.equal(recording.expressions.length, 2_000);
  assert.ok(recording.isCut);
  assert.ok(recording.weight < 2 * 1_024 * 1_024, String(recording.weight));
  const foreign = await completed([
    shared({ spans: [span(2, 1)], expressions: [{ ...expression, span: ID(1) }] }),
  ]);
  assert.equal(foreign.expressions.length, 0, "it says nothing about spans of this process");
});

test("an answer to another process is bounded", () => {
  const executions = new Executions();
  for (let number = 0; number < 50; number++) {
    const recording = ended();
    Object.assign(recording.start, { id: ID(number + 1) });
    recording.spans[0]!.input = "v".repeat(60_000);
    executions.put(recording);
  }
  const answer = shareRecordings(executions, "t", files);
  assert.ok(JSON.stringify(answer).length < MOST_SHARED_TEXT + 20_000);
  assert.equal(answer.length, 50);
  assert.deepEqual([answer[0]!.isCut, answer[49]!.isCut], [false, true]);
  assert.equal(shareRecordings(executions, "other", files).length, 0);
});
