/** Progress on a terminal, of work that takes longer than a second by a clock of the test. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createProgress, showKernelProgress } from "../../../src/cli/progress.ts";
import { cliHost } from "../../../cli.ts";
import { main } from "../../../src/cli/main.ts";
import { memoryPlatform } from "../../../src/platform/memory.ts";
import { commandLine } from "./command.ts";

/** A terminal that keeps what is written, and a clock that a test moves. */
function terminal(isTerminal: boolean, env: Record<string, string> = {}) {
  let text = "";
  let time = 0;
  const output = { isTerminal, write: (content: string | Uint8Array) => void (text += content) };
  const line = createProgress({ stderr: output, env }, () => time);
  return {
    output,
    line,
    show: showKernelProgress(line),
    wait: (ms: number) => void (time += ms),
    /** What was written since the last call; the sequence that removes a line is `<`. */
    written() {
      const shown = text.replaceAll("\r\x1b[2K", "<");
      text = "";
      return shown;
    },
  };
}

test("nothing is written within the first second", () => {
  const { show, wait, written } = terminal(true);
  show({ step: "files", done: 0 });
  wait(999);
  show({ step: "files", done: 90 });
  show(undefined);
  assert.equal(written(), "");
});

test("the line is written every 100 ms, and removed at the end", () => {
  const { show, wait, written } = terminal(true);
  show({ step: "files", done: 0 });
  for (let file = 1; file <= 1_000; file++) {
    wait(1);
    show({ step: "files", done: file });
  }
  assert.equal(written(), "<Reading files: 1000");
  for (let file = 1; file <= 250; file++) {
    wait(1);
    show({ step: "fields", done: file, total: 300 });
  }
  assert.equal(
    written(),
    "<Checking fields of resources: 100 of 300<Checking fields of resources: 200 of 300",
  );
  show(undefined);
  assert.equal(written(), "<");
});

test("what follows at once is a part of the same work, and what comes later is not", () => {
  const { show, wait, written } = terminal(true);
  show({ step: "files", done: 0 });
  wait(2_000);
  show(undefined);
  show({ step: "types", done: 1, total: 2 });
  show(undefined);
  assert.equal(written(), "<Checking expressions of resources: 1 of 2<");
  wait(2_000);
  show({ step: "files", done: 0 });
  show(undefined);
  assert.equal(written(), "");
});

test("an output above the line removes it before it writes", () => {
  const { line, output, wait, written } = terminal(true);
  const above = line.above(output);
  above.write("one\n");
  line.update(() => "Waiting");
  wait(1_000);
  line.update(() => "Waiting");
  above.write("two\n");
  above.write("three\n");
  line.update(() => "Waiting");
  line.end();
  assert.equal(written(), "one\n<Waiting<two\nthree\n<Waiting<");
  line.show("Building");
  line.end();
  assert.equal(written(), "<Building<");
});

test("without a terminal, or on one that cannot move its cursor, nothing is written", () => {
  for (
    const { line, output, wait, written } of [
      terminal(false),
      terminal(true, { TERM: "dumb" }),
    ]
  ) {
    line.update(() => "Waiting");
    wait(5_000);
    line.update(() => "Waiting");
    line.show("Building");
    line.end();
    assert.equal(line.above(output), output);
    assert.equal(written(), "");
  }
});

test("fmt says how far it is", async () => {
  let text = "";
  const output = { isTerminal: true, write: (part: string | Uint8Array) => void (text += part) };
  const files = { "/app/a.yaml": "kind:  A.B\nmetadata: { name: a }\n", "/app/b.yaml": "a: 1\n" };
  const platform = { ...memoryPlatform({ cwd: "/app", files }), stdout: output, stderr: output };
  const { now } = performance;
  let time = 0;
  performance.now = () => time += 1_000;
  try {
    assert.equal(await main(["fmt", "--check"], cliHost(platform)), 1);
  } finally {
    performance.now = now;
  }
  const shown = text.split("\r\x1b[2K");
  assert.ok(shown.includes("Looking for manifests: 1"), shown.join("\n"));
  assert.ok(shown.includes("Formatting files: 1 of 2"));
  assert.ok(shown.includes("a.yaml\n"), "a result is above the line");
  assert.match(shown.at(-1)!, /^1 file is not formatted/);
});

test("an app that is checked says how far that is", async () => {
  const things = Array.from(
    { length: 3 },
    (_, index) => `kind: Test.Thing\nmetadata: { name: t${index} }\nsize: \${{ 1 + 1 }}\n`,
  );
  let text = "";
  const { run } = commandLine({
    resources: things.join("---\n"),
    kinds: { Thing: { create: () => ({}) } },
    definitions: { Thing: "schema: { type: object, properties: { size: { type: integer } } }" },
  }, {
    stderr: { isTerminal: true, write: (content) => void (text += content) },
  });
  const { now } = performance;
  let time = 0;
  // Every look at the clock takes a second, so that each step is shown.
  performance.now = () => time += 1_000;
  try {
    assert.equal(await run("check", "."), 0);
  } finally {
    performance.now = now;
  }
  const shown = text.split("\r\x1b[2K");
  assert.ok(shown.includes("Reading files: 1"), shown.join("\n"));
  assert.ok(shown.includes("Loading resources: 3"));
  assert.ok(shown.includes("Checking fields of resources: 2 of 3"));
  assert.equal(shown.at(-1), "No problems in 3 resources\n");
});
