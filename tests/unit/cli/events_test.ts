import assert from "node:assert/strict";
import { test } from "node:test";
import type { Files } from "../../../src/contract/platform.ts";
import { resource } from "../app.ts";
import { commandLine } from "./command.ts";

const at = (ms: number) => new Date(Date.UTC(2020, 1, 2, 10, 30, 0, ms)).toISOString();

const STREAM = [
  { timestamp: at(0), event: "Module.Registered", payload: { module: "Shop" }, module: "Shop" },
  { timestamp: at(30), event: "Resource.Registered", resource: "Shop.Cart.a" },
  { timestamp: at(31), event: "Resource.Registered", resource: "Shop.Cart.b" },
  { timestamp: at(40), event: "Runtime.Starting" },
  ...["a", "b"].map((name, index) => ({
    timestamp: at(60 + index * 200),
    event: "Shop.Cart.Initialized",
    kind: "Shop.Cart",
    name,
    resource: `Shop.Cart.${name}`,
  })),
  { timestamp: at(260), event: "Runtime.Started" },
  ...[10, 30].map((duration, index) => ({
    timestamp: at(300 + index),
    event: index === 0 ? "Shop.Cart.Executed" : "Shop.Cart.Failed",
    payload: { duration, depth: 0, ...(index === 0 ? {} : { error: { code: "E" } }) },
    kind: "Shop.Cart",
    name: "a",
    resource: "Shop.Cart.a",
  })),
];

const TEXT = STREAM.map((record) => JSON.stringify(record) + "\n").join("");

function events(text = TEXT) {
  return commandLine({
    resources: "",
    files: { "/app/.digly-debug/events.jsonl": text, "/app/text.txt": "hello\nyou\n" },
  });
}

async function shown(...args: string[]): Promise<string> {
  const { run, platform } = events();
  assert.equal(await run("events", ...args), 0, platform.stderrText());
  return platform.stdoutText();
}

test("shows one line per event, in columns", async () => {
  const lines = (await shown()).split("\n");
  assert.equal(lines.length, STREAM.length + 1);
  assert.equal(lines[3], "2020-02-02T10:30:00.040Z  Runtime.Starting");
  assert.equal(
    lines[8],
    "2020-02-02T10:30:00.301Z  Shop.Cart.Failed                    a  " +
      'duration=30 depth=0 error={"code":"E"}',
  );
});

test("shows the trace of an event, unless its payload has it", async () => {
  const traceId = "0123456789abcdef0123456789abcdef";
  const text = ["Order.Placed", "Shop.Cart.Executed"].map((event) =>
    JSON.stringify({
      timestamp: at(0),
      event,
      payload: event === "Order.Placed" ? { id: 7 } : { traceId },
      traceId,
      source: "Shop.Cart.a",
    }) + "\n"
  ).join("");
  const { run, platform } = events(text);
  assert.equal(await run("events"), 0);
  const [placed, executed] = platform.stdoutText().split("\n") as [string, string];
  assert.ok(placed.endsWith(`  id=7  traceId=${traceId}`), placed);
  assert.equal(executed.split(traceId).length, 2, executed);
});

test("--format json gives the lines as they are", async () => {
  assert.equal(await shown("--format", "json"), TEXT);
  assert.equal(await shown("--format", "json", ".digly-debug/events.jsonl"), TEXT);
});

test("filters by type, resource and time", async () => {
  const count = async (...args: string[]) => (await shown(...args)).split("\n").length - 1;
  assert.equal(await count("--type", "Runtime.*"), 2);
  assert.equal(await count("--type", "Runtime.Started", "--type", "*.Failed"), 2);
  assert.equal(await count("--resource", "Shop.Cart.a"), 4);
  assert.equal(await count("--resource", "Shop.Cart.a", "--type", "Shop.*"), 3);
  assert.equal(await count("--since", at(260)), 4);
  assert.equal(await count("--since", "0.5s"), 0);
  assert.equal(await count("--since", "100"), 0);
});

test("says what to do when nothing matches", async () => {
  const said = async (text: string, ...args: string[]) => {
    const { run, platform } = events(text);
    assert.equal(await run("events", ...args), 0);
    assert.equal(platform.stdoutText(), "");
    return platform.stderrText();
  };
  assert.equal(await said(""), "The event stream is empty\n");
  assert.equal(await said(TEXT, "--since", "1s"), "No event matches\n");
  assert.equal(
    await said(TEXT, "--resource", "Shop.Cart.c"),
    'No event matches. Did you mean "Shop.Cart.a"?\n',
  );
  assert.equal(
    await said(TEXT, "--type", "Runtime.Start"),
    'No event matches. Did you mean "Runtime.Started"?\n',
  );
});

test("--summary counts, times the boot and names the slowest resources", async () => {
  assert.equal(
    await shown("--summary"),
    `9 events from 2020-02-02T10:30:00.000Z to 2020-02-02T10:30:00.301Z

Count  Event
    2  Resource.Registered
    2  Shop.Cart.Initialized
    1  Module.Registered
    1  Runtime.Started
    1  Runtime.Starting
    1  Shop.Cart.Executed
    1  Shop.Cart.Failed

  Time  Boot
  0 ms  register modules
 30 ms  expand templates
  1 ms  register resources
  9 ms  resolve and check
 20 ms  start controllers and the first resource
200 ms  start the other resources
260 ms  total since the first event

 Total    Boot  Executions  Failed   Mean  Longest  Slowest resources
200 ms  200 ms                                      Shop.Cart.b
 40 ms    0 ms           2       1  20 ms    30 ms  Shop.Cart.a
`,
  );
  const { types, resources } = JSON.parse(await shown("--summary", "--format", "json"));
  assert.equal(types["Shop.Cart.Failed"], 1);
  assert.deepEqual(resources[1], {
    resource: "Shop.Cart.a",
    boot: 0,
    executions: 2,
    failed: 1,
    mean: 20,
    longest: 30,
    total: 40,
  });
});

test("--follow shows what comes until a signal", async () => {
  const { run, platform } = events();
  const ended = run("events", "-f", "--type", "Late.*");
  const late = JSON.stringify({ timestamp: at(500), event: "Late.One" });
  platform.writeFile("/app/.digly-debug/events.jsonl", `${TEXT}${late}\n`);
  while (!platform.stdoutText().includes("Late.One")) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  platform.raise("SIGINT");
  assert.equal(await ended, 0);
  assert.equal(platform.stdoutText(), "2020-02-02T10:30:00.500Z  Late.One\n");
});

const mistakes: [string[], RegExp][] = [
  [["nowhere.jsonl"], /no event stream at \/app\/nowhere.jsonl\n.*--debug/s],
  [["text.txt"], /\/app\/text.txt is not an event stream: line 1 is not an event, "hello"/],
  [["."], /\/app is a folder|\/app\/ is a folder/],
  [["--since", "yesterday"], /"yesterday" is not a valid value of --since\n.*30s/s],
  [["-f", "--summary"], /--follow and --summary cannot be combined/],
  [["--tipe", "x"], /digly events has no option "--tipe"\n.*"--type"/s],
  [["--format", "xml"], /"xml" is not a valid value of --format/],
];

for (const [args, expected] of mistakes) {
  test(`digly events ${args.join(" ")} is a usage error`, async () => {
    const { run, platform } = events();
    assert.equal(await run("events", ...args), 2);
    assert.match(platform.stderrText(), expected);
  });
}

test("without a stream it says to run with --debug", async () => {
  const { run, platform } = commandLine({ resources: "" });
  assert.equal(await run("events"), 2);
  assert.match(platform.stderrText(), /Run the app with --debug in this folder first/);
});

const Thing = { create: () => ({ execute: () => "done", snapshot: () => ({ open: 1 }) }) };

test("--debug and --snapshot-on-exit leave both files, for run and for exec", async () => {
  const text = (url: string, files: Pick<Files, "readBytes">) =>
    new TextDecoder().decode(files.readBytes(`file:///app/.digly-debug/${url}`, 1e6));
  for (
    const args of [["."], ["exec", ".", "Test.Thing.a"], [
      "exec",
      "--debug-sync",
      ".",
      "Test.Thing.a",
    ]]
  ) {
    const { run, platform } = commandLine({
      resources: resource("Thing", "a"),
      kinds: { Thing },
    });
    assert.equal(await run(...args, "--debug", "--snapshot-on-exit", "--log-format=text"), 0);
    const lines = text("events.jsonl", platform.files).trimEnd().split("\n");
    assert.equal(JSON.parse(lines.at(-1)!).event, "Runtime.Stopped");
    const executed = lines.filter((line) => line.includes('"Test.Thing.Executed"')).length;
    assert.equal(executed, args[0] === "exec" ? 1 : 0);
    assert.match(text("snapshot.yaml", platform.files), /open: 1/);
    assert.equal(
      platform.stderrText(),
      "info   kernel  Snapshot written to /app/.digly-debug/snapshot.yaml\n",
    );
  }
});

test("a snapshot is written when it is asked for while the app runs", async () => {
  const { run, platform, said } = commandLine({
    resources: resource("Thing", "a"),
    kinds: {
      Thing: {
        create: (_, ctx) => ({
          init() {
            ctx.acquireHold("for the test");
            ctx.log.info("Holding");
          },
        }),
      },
    },
  });
  const ended = run(".");
  await said("Holding");
  assert.ok(platform.raiseSnapshotSignal());
  await said("Snapshot written to /app/.digly-debug/snapshot.yaml");
  platform.raise("SIGTERM");
  assert.equal(await ended, 0);
  assert.equal(platform.raiseSnapshotSignal(), false, "nobody listens any more");
});
