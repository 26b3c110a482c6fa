/** An app under load, and one that stops, while a page is open. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ExecutionsView, ResourcesView } from "../../../src/inspector/api.ts";
import type { Context } from "../../../src/contract/execution.ts";
import { MOST_EXECUTIONS } from "../../../src/inspector/executions.ts";
import { MOST_WAITING, MOST_WAITING_TEXT } from "../../../src/inspector/pages.ts";
import { embedded } from "../../../src/generated/embedded.ts";
import { fetchFromApp } from "../../../src/testing/app_fetch.ts";
import { app, resource } from "../app.ts";
import { inspect, startInspected } from "./inspected_app.ts";

const REQUESTS = 4_000;
const AT_ONCE = 100;

test("an app answers 2,000 requests a second while a page does not read", async (t) => {
  const inspected = await inspect(t);
  const { kernel } = app({
    imports: ["digly:http"],
    builtins: embedded,
    serve: false,
    kinds: {
      Echo: {
        execute(_name: string, input: unknown, ctx: Pick<Context, "log">) {
          ctx.log.info("Echoed");
          return input;
        },
      },
    },
    resources: `kind: Http.Server
metadata: { name: Main }
mounts: [{ type: Http.Route.Echo }]
---
kind: Http.Route
metadata: { name: Echo }
request: { path: "/echo/:text" }
handler: { name: Test.Echo.e, inputs: { text: "\${{ request.params.text }}" } }
response: { body: { text: "\${{ result.text }}" } }
---
${resource("Echo", "e")}`,
    ...inspected.options,
  });
  await startInspected(t, inspected, kernel);
  const page = (await inspected.fetch("/api/v1/stream")).body!.getReader();
  const text = "x".repeat(1_000);
  for (let sent = 0; sent < REQUESTS; sent += AT_ONCE) {
    // The clock of the inspector, by which it records at most 200 executions a second.
    inspected.setTime(1_000_000 + sent / 2);
    const answers = await Promise.all(
      Array.from({ length: AT_ONCE }, () => fetchFromApp(kernel, `/echo/${text}`)),
    );
    assert.ok(answers.every(({ status }) => status === 200));
  }
  const { items } = await inspected.get<ResourcesView>("resources");
  for (const urn of ["Http.Route.Echo", "Test.Echo.e"]) {
    const { activity, executing } = items.find((one) => one.urn === urn)!;
    assert.deepEqual([activity.executions, activity.errors, executing], [REQUESTS, 0, 0], urn);
    assert.ok(
      activity.perSecond >= 1_800 && activity.perSecond <= 2_400,
      String(activity.perSecond),
    );
  }
  const recorded = await inspected.get<ExecutionsView>("executions?limit=2000");
  assert.ok(recorded.items.length <= MOST_EXECUTIONS, String(recorded.items.length));

  // What waits for the page is bounded, and what it has lost is counted.
  const decoder = new TextDecoder();
  let read = "";
  while (!read.includes("event: logs")) read += decoder.decode((await page.read()).value);
  const [, lost] = /event: lost\ndata: (.*)\n/.exec(read)!;
  assert.ok(JSON.parse(lost!).logs >= REQUESTS - MOST_WAITING, lost);
  await page.cancel();
  assert.ok(read.length <= MOST_WAITING_TEXT);
  assert.ok(read.split("\n\n").length <= MOST_WAITING + 2);
});

test("resources finish their work before they stop", async (t) => {
  const inspected = await inspect(t);
  let resolve!: (value: number) => void;
  const promise = new Promise<number>((settle) => resolve = settle);
  const { kernel } = app({
    kinds: { Slow: { execute: () => promise } },
    resources: `${resource("Slow", "s")}---\n${resource("Slow", "idle")}`,
    ...inspected.options,
  });
  await startInspected(t, inspected, kernel);
  const states = async () =>
    (await inspected.get<ResourcesView>("resources")).items
      .map(({ name, state, executing }) => [name, state, executing]);
  const execution = kernel.execute("Test.Slow.s", null);
  assert.deepEqual(await states(), [["s", "executing", 1], ["idle", "initialised", 0]]);
  const stopped = kernel.stop();
  assert.deepEqual(await states(), [["s", "draining", 1], ["idle", "draining", 0]]);
  resolve(1);
  assert.equal(await execution, 1);
  await stopped;
  assert.deepEqual(await states(), [["s", "stopped", 0], ["idle", "stopped", 0]]);
});
