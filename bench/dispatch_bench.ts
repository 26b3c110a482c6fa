/**
 * What an execution costs: with nobody listening, in a process with a role, with interceptors, with a
 * listener, with the event stream on.
 * Every round runs all cases, so that the ratios hold on a machine whose speed changes.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Controller } from "../src/contract/module.ts";
import { Kernel } from "../src/kernel/kernel.ts";
import { diskFiles, toUrl } from "../src/platform/files.ts";
import { memoryPlatform } from "../src/platform/memory.ts";
import { computedEach, interleave, type Table } from "./measure.ts";

const EXECUTIONS = 20_000;
const URN = "App.Echo.a";
const APP = {
  "/app/runtime.yaml": "name: App\ndefinitions: [echo.yaml]\n" +
    "---\nkind: App.Echo\nmetadata: { name: a }\n---\nkind: App.Echo\nmetadata: { name: b }\n",
  "/app/echo.yaml": "kind: Runtime.Definition\nmetadata: { name: Echo, resourceKind: Echo }\n" +
    "controllers: [{ runtime: node, entrypoint: ./echo.ts }]\n",
  "/app/echo.ts": "",
};
/** The same app with a role that runs all of it. */
const CLUSTERED = {
  ...APP,
  "/app/runtime.yaml": APP["/app/runtime.yaml"].replace("[echo.yaml]", "[echo.yaml, net.yaml]") +
    "---\nkind: App.Net\nmetadata: { name: Main }\nroles: { all: { runs: [App.Echo.*] } }\n",
  "/app/net.yaml": "kind: Runtime.Definition\nmetadata: { name: Net, resourceKind: Net }\n" +
    "transport: true\ncontrollers: [{ runtime: node, entrypoint: ./net.ts }]\n",
  "/app/net.ts": "",
};

/** A transport that no execution of this process needs. */
const net: Controller = {
  connect: (_, { isLocal }) => ({
    isLocal,
    open: () => Promise.resolve(),
    serve: () => Promise.resolve(),
    execute: () => Promise.reject(new Error("every resource is local")),
    drain: () => Promise.resolve(),
    close: () => Promise.resolve(),
  }),
};

/**
 * A kernel that runs an app whose one resource gives back what it gets, with an interceptor around the
 * executions of `intercepted`, and with `roles`.
 */
async function started(intercepted?: string, roles: readonly string[] = []): Promise<Kernel> {
  const controller: Controller = {
    create({ metadata: { name } }, ctx) {
      if (name === "a" && intercepted !== undefined) {
        ctx.intercept({ urns: [intercepted] }, (_, next) => next());
      }
      return { execute: (input) => input };
    },
  };
  const platform = memoryPlatform({
    files: roles.length === 0 ? APP : CLUSTERED,
    modules: { "/app/echo.ts": { ...controller }, "/app/net.ts": { ...net } },
  });
  const { openAppend } = diskFiles;
  const kernel = new Kernel({
    // The app is in memory, the stream on the disk.
    platform: { ...platform, toUrl, files: { ...platform.files, openAppend } },
    builtins: { files: {}, controllers: {} },
    roles,
  });
  await kernel.load("/app");
  await kernel.start();
  return kernel;
}

/** What the event stream writes of such an execution. */
const EVENT = {
  timestamp: "2026-01-01T00:00:00.000Z",
  event: "App.Echo.Executed",
  payload: { depth: 0, traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" },
  kind: "App.Echo",
  name: "a",
  traceId: "0af7651916cd43dd8448eb211c80319c",
  resource: "App.Echo.a",
};

// deno-lint-ignore require-await
const bare = async (input: unknown): Promise<unknown> => input;

/** Measures this question. */
export async function measure(quick: boolean): Promise<Table[]> {
  const folder = mkdtempSync(join(tmpdir(), "digly-bench-"));
  const silent = await started();
  const inCluster = await started(undefined, ["all"]);
  const beside = await started("App.Echo.b");
  const around = await started(URN);
  const elsewhere = await started();
  elsewhere.on("Runtime.Stopped", () => {});
  const observed = await started();
  observed.on("App.Echo.Executed", () => {});
  const streamed = await started();
  await streamed.enableEventStream(join(folder, "events.jsonl"));
  const writing = "two such lines, made and written";
  const line = JSON.stringify({ ...EVENT, payload: { ...EVENT.payload, duration: 0.015 } }) + "\n";
  const lines = diskFiles.openAppend(toUrl(join(folder, "lines.jsonl")), "empty");
  const executing = (name: string, { execute }: Pick<Kernel, "execute">) =>
    computedEach(name, EXECUTIONS, async () => {
      for (let input = 0; input < EXECUTIONS; input++) await execute(URN, input);
    });
  const of = (kernel: Kernel) => ({ execute: kernel.execute.bind(kernel) });
  try {
    return [{
      title: "One execution, its context included",
      unit: "ns",
      rows: await interleave([
        executing("digly, nobody listens", of(silent)),
        executing("digly, a process with a role", of(inCluster)),
        executing("a bare async function", { execute: (_urn, input) => bare(input) }),
        executing("digly, an interceptor of another resource", of(beside)),
        executing("digly, an interceptor around it", of(around)),
        executing("digly, one listens to something else", of(elsewhere)),
        executing("digly, one listens to it", of(observed)),
      ], quick ? 5 : 15),
      note: "Meant to stay within 1 µs of the bare function while nobody listens.",
    }, {
      title: "One execution with the event stream on",
      unit: "ns",
      rows: await interleave([
        executing("digly", of(streamed)),
        computedEach(writing, EXECUTIONS, () => {
          for (let at = 0; at < 2 * EXECUTIONS; at++) {
            lines.write(
              JSON.stringify({ ...EVENT, payload: { ...EVENT.payload, duration: at } }) + "\n",
            );
          }
        }),
        computedEach("the two writes alone", EXECUTIONS, () => {
          for (let at = 0; at < 2 * EXECUTIONS; at++) lines.write(line);
        }),
      ], quick ? 5 : 15),
      goals: [{ against: writing, atMost: 1.5 }],
      note: "Both events of an execution are in the file before it continues.",
    }];
  } finally {
    for (const kernel of [silent, inCluster, beside, around, elsewhere, observed, streamed]) {
      await kernel.stop();
    }
    lines.close();
    rmSync(folder, { recursive: true });
  }
}
