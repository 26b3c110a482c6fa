/** `digly top`, and `digly events` with the address of an inspector. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { ResourcesView } from "../../../src/inspector/api.ts";
import { app, resource } from "../app.ts";
import { inspect, startInspected } from "../inspector/inspected_app.ts";
import { commandLine } from "./command.ts";

const kinds = {
  Inner: {
    execute(_name: string, input: unknown) {
      if (input === 13) throw new Error("13 is not lucky");
      return input;
    },
  },
};

/** An app that is inspected and has been used, and the address of the inspector. */
async function used(t: TestContext): Promise<string> {
  const inspected = await inspect(t);
  const { kernel } = app({
    kinds,
    resources: `${resource("Inner", "a")}---\n${resource("Inner", "b")}---\n${
      resource("Inner", "c")
    }`,
    ...inspected.options,
  });
  await startInspected(t, inspected, kernel);
  for (let count = 0; count < 3; count++) await kernel.execute("Test.Inner.a", count);
  await assert.rejects(kernel.execute("Test.Inner.b", 13));
  t.mock.method(globalThis, "fetch", (url: string, init: RequestInit) => {
    const { pathname, search } = new URL(url);
    return inspected.fetch(pathname + search, init);
  });
  return inspected.inspector.address;
}

test("top prints the busiest resources once on a pipe", async (t) => {
  const address = await used(t);
  const { run, platform } = commandLine({ resources: "" });
  assert.equal(await run("top", address), 0);
  const lines = platform.stdoutText().split("\n");
  assert.match(lines[0]!, /^App {2}started {2}Digly \S+ on node /);
  assert.match(lines[2]!, /^RESOURCE +STATE +RUNNING +PER S +ERRORS\/S +MEAN MS/);
  assert.match(lines[3]!, /^Test\.Inner\.a +initialised +0 +3\.0 +0\.0 .* 3 +0$/);
  assert.match(lines[4]!, /^Test\.Inner\.b +initialised +0 +1\.0 +1\.0 .* 1 +1$/);
  assert.equal(lines.length, 6);
});

test("top sorts, limits and prints JSON", async (t) => {
  const address = await used(t);
  const { run, platform } = commandLine({ resources: "" });
  const args = ["--sort", "errors", "--count", "1", "--format", "json"];
  assert.equal(await run("top", address, ...args), 0);
  const { app, resources } = JSON.parse(platform.stdoutText());
  assert.equal(app.name, "App");
  assert.deepEqual(resources.map(({ urn }: { urn: string }) => urn), ["Test.Inner.b"]);
});

test("top finds the inspector of an app in this folder", async (t) => {
  const address = await used(t);
  const file = JSON.stringify({ path: "runtime.yaml", address });
  const { run, platform } = commandLine({
    resources: "",
    files: { "/app/.digly-debug/inspector.json": file },
  });
  assert.equal(await run("top"), 0);
  assert.equal(await run("top", "."), 0);
  assert.equal(await run("top", "/app/runtime.yaml"), 0);
  assert.equal(platform.stdoutText().match(/Test\.Inner\.a/g)?.length, 3);
  assert.equal(await run("top", "/other"), 2);
  assert.match(platform.stderrText(), /No app is inspected at \/other/);
});

test("an address that cannot be used is refused", async (t) => {
  const { run, platform } = commandLine({ resources: "" });
  t.mock.method(globalThis, "fetch", () => Promise.reject(new Error("refused")));
  const cases: [string, RegExp][] = [
    ["http://127.0.0.1:4000/", /has no token[^]*Copy the whole address/],
    ["http://example.com:4000/?token=a", /example\.com is not this machine/],
    [
      "http://127.0.0.1:4000/?token=a",
      /There is no inspector at http:\/\/127\.0\.0\.1:4000: refused/,
    ],
  ];
  for (const [address, message] of cases) {
    assert.equal(await run("top", address), 2, address);
    assert.match(platform.stderrText(), message);
  }
  assert.equal(await run("top"), 2);
  assert.match(platform.stderrText(), /No app is inspected in this folder[^]*--inspect/);
});

test("events prints those that an inspector remembers", async (t) => {
  const address = await used(t);
  const { run, platform } = commandLine({ resources: "" });
  const args = ["--type", "Test.*", "--resource", "Test.Inner.a", "--format", "json"];
  assert.equal(await run("events", address, ...args), 0);
  const { event, resource, seq } = JSON.parse(platform.stdoutText());
  assert.deepEqual([event, resource, seq], ["Test.Inner.Initialized", "Test.Inner.a", undefined]);
  assert.equal(await run("events", address, "--summary"), 2);
  assert.match(platform.stderrText(), /--summary needs a file of events/);
});

test("events finds the inspector of an app, and reads the file of one that is gone", async (t) => {
  const address = await used(t);
  const names = async (file: { readonly address: string }, ...args: readonly string[]) => {
    const { run, platform } = commandLine({
      resources: "",
      files: {
        "/app/.digly-debug/inspector.json": JSON.stringify({ path: "runtime.yaml", ...file }),
        "/app/.digly-debug/events.jsonl":
          '{"timestamp":"2026-01-01T00:00:00Z","event":"Old.Event"}\n',
      },
    });
    assert.equal(await run("events", ...args, "--format", "json"), 0);
    return platform.stdoutText().trim().split("\n").map((line) => JSON.parse(line).event).sort();
  };
  const ofInspector = Array.from({ length: 3 }, () => "Test.Inner.Initialized");
  const type = ["--type", "Test.*", "--type", "Old.*"];
  assert.deepEqual(await names({ address }, ...type), ofInspector);
  assert.deepEqual(await names({ address }, "runtime.yaml", ...type), ofInspector);
  const file = ".digly-debug/events.jsonl";
  assert.deepEqual(await names({ address }, file, ...type), ["Old.Event"]);
  t.mock.restoreAll();
  t.mock.method(globalThis, "fetch", () => Promise.reject(new Error("refused")));
  assert.deepEqual(await names({ address }, ...type), ["Old.Event"]);
});

test("top sees all resources of a large app, which the API lists in parts", async (t) => {
  const inspected = await inspect(t);
  const names = Array.from({ length: 2_050 }, (_, index) => `r${index}`);
  const { kernel } = app({
    kinds,
    resources: names.map((name) => resource("Inner", name)).join("---\n"),
    ...inspected.options,
  });
  await startInspected(t, inspected, kernel);
  await kernel.execute("Test.Inner.r2049", 1);
  t.mock.method(globalThis, "fetch", (url: string, init: RequestInit) => {
    const { pathname, search } = new URL(url);
    return inspected.fetch(pathname + search, init);
  });
  const first = await inspected.get<ResourcesView>("resources");
  assert.deepEqual([first.items.length, first.total, first.next], [2_000, 2_050, 2_000]);
  const last = await inspected.get<ResourcesView>("resources?after=2000&limit=50");
  assert.deepEqual([last.items.length, last.items[0]?.name, last.next], [50, "r2000", undefined]);
  const none = await inspected.get<ResourcesView>("resources?after=9000");
  assert.deepEqual([none.items, none.next], [[], undefined]);
  const { run, platform } = commandLine({ resources: "" });
  assert.equal(await run("top", inspected.inspector.address), 0);
  assert.match(platform.stdoutText(), /^Test\.Inner\.r2049 /m);
});
