/** What surrounds an app's life: announced stops, unhandled errors, and memory. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import {
  assertCode,
  chooseForm,
  type Form,
  forms,
  ofEachRuntime,
  root,
  run,
  runtime,
  start,
  tempApp,
} from "./forms.ts";

const definition = `kind: Runtime.Definition
metadata: { name: Task, resourceKind: Task }
controllers:
${
  ["node", "bun", "deno"].map((name) => `  - { runtime: ${name}, entrypoint: ./task.ts }\n`)
    .join("")
}`;

/** A module whose one kind rejects, throws or forgets a hold, as its `fault` says. */
const files = (fault: string) => ({
  "runtime.yaml":
    `name: App\nimports: [./task]\n---\nkind: Task.Task\nmetadata: { name: a }\nfault: ${fault}\n`,
  "task/module.yaml": "name: Task\nversion: 1.0.0\ndefinitions: [task.yaml]\n",
  "task/task.yaml": definition,
  "task/task.ts": `export function create({ fault }, ctx) {
  return {
    init() {
      ctx.acquireHold("to work");
      if (fault === "rejects") setTimeout(() => void Promise.reject(new Error("planned")), 10);
      if (fault === "throws") setTimeout(() => { throw new Error("planned"); }, 10);
      if (fault === "leaks") ctx.requestExit(0);
    },
  };
}
`,
});

/** An app whose resource `a` waits for `b`, and whose module has a controller for another host. */
const STEPS_APP = {
  "runtime.yaml": `name: App
imports: [digly:http, ./task]
resources: [./tasks.yaml]
---
kind: Http.Server
metadata: { name: Main }
port: 0
`,
  "tasks.yaml":
    "kind: Task.Task\nmetadata: { name: a }\n---\nkind: Task.Task\nmetadata: { name: b }\n",
  "task/module.yaml": "name: Task\nversion: 1.0.0\ndefinitions: [task.yaml]\n",
  "task/task.yaml": definition.replace(
    "controllers:\n",
    'controllers:\n  - { runtime: "node@>=99", entrypoint: ./task.ts }\n',
  ),
  "task/task.ts": `export function create({ metadata: { name } }, ctx) {
  if (name === "a" && !ctx.isInitialized("Task.Task.b")) return null;
  return { init() {}, drain() {}, teardown() {} };
}
`,
};

const LATE_SCRIPT = {
  "runtime.yaml": `name: App
imports: [digly:javascript]
---
kind: JavaScript.Script
metadata: { name: Late }
code: |
  const fail = (message) => { throw new Error(message); };
  function main(how) {
    if (how === "throws") setTimeout(fail, 5, "planned");
    else Promise.resolve("planned").then(fail);
    return new Promise((resolve) => setTimeout(resolve, 300));
  }
`,
};

/** What the kernel logs while the app boots, in this order. */
const BOOT_STEPS = [
  /^Read .*runtime\.yaml \(\d+ bytes\)$/,
  /^Resolved the import "digly:http" to digly:\/http\/module\.yaml$/,
  /^Resolved the import "\.\/task" to .*task.module\.yaml$/,
  /^Read .*tasks\.yaml \(\d+ bytes\)$/,
  /^Registered the module Task with 1 kinds?$/,
  /^Chose the controller .*task\.ts for Task\.Task: \w+ fits (node|bun|deno) .*; node@>=99 does not fit, /,
  /^Imported .*task\.ts in [\d.]+ ms$/,
  /^Boot pass 1: 3 resources to create$/,
  /^Task\.Task\.a waits for another resource until the next pass$/,
  /^Created Task\.Task\.b in [\d.]+ ms$/,
  /^Initialized Task\.Task\.b in [\d.]+ ms$/,
  /^Boot pass 2: 1 resource to create$/,
  /^Created Task\.Task\.a in [\d.]+ ms$/,
];

/** What the kernel logs while the app stops, in this order. */
const STOP_STEPS = [
  /^Drained Task\.Task\.[ab] in [\d.]+ ms$/,
  /^Tore down Task\.Task\.a in [\d.]+ ms$/,
  /^Tore down Task\.Task\.b in [\d.]+ ms$/,
];

function assertInOrder(lines: readonly string[], patterns: readonly RegExp[]): void {
  let next = 0;
  for (const pattern of patterns) {
    const index = lines.findIndex((line, at) => at >= next && pattern.test(line));
    assert.ok(index >= 0, `nothing matches ${pattern} after line ${next} of\n${lines.join("\n")}`);
    next = index + 1;
  }
}

for (const form of forms) {
  describe(form.name, () => {
    test("--verbose shows the steps of the kernel", async () => {
      const args = ["runtime.yaml", "--verbose", "--log-format", "json"];
      const program = start(form, args, { cwd: tempApp(STEPS_APP) });
      await program.waitFor(/Listening on http/);
      program.kill("SIGTERM");
      const { code, stderr } = await program.exited;
      assert.equal(code, 0, stderr);
      const steps = stderr.trimEnd().split("\n").map((line) => JSON.parse(line))
        .filter(({ level, owner }) => level === "debug" && owner === "kernel")
        .map(({ message }) => message);
      assertInOrder(steps, BOOT_STEPS);
      assertInOrder(steps, STOP_STEPS);
      assertInOrder(steps, [
        /^Http\.Server\.Main acquired a hold: /,
        /^Http\.Server\.Main released its hold: /,
      ]);
    });

    for (const fault of ["rejects", "throws"]) {
      test(`an error that is not handled stops the app: one that ${fault}`, async () => {
        const { code, stderr } = await run(form, ["runtime.yaml"], { cwd: tempApp(files(fault)) });
        assert.equal(code, 1, stderr);
        assert.match(stderr, /An error( of Task\.Task\.a)? was not handled: planned/);
        assert.match(stderr, /task\.ts:5|task\.ts:6/);
        // What runs in the name of a resource is not always told to the listener.
        const isKept = /node/.test(form.name) ||
          (fault === "rejects") === form.name.startsWith("deno");
        if (isKept) assert.match(stderr, /An error of Task\.Task\.a was not handled/);
      });
    }
  });
}

/** A test of what the core does, in a form that the title chooses. */
function testInOneForm(title: string, body: (form: Form) => Promise<void>): void {
  const form = chooseForm(title);
  test(`${title} (${form.name})`, () => body(form));
}

testInOneForm("without --verbose the kernel logs no steps", async (form) => {
  const { "runtime.yaml": manifest, ...others } = STEPS_APP;
  const cwd = tempApp({ ...others, "runtime.yaml": manifest.replace(/---[^]*$/, "") });
  const { code, stderr } = await run(form, ["runtime.yaml"], { cwd });
  assert.deepEqual([code, stderr], [0, ""]);
});

testInOneForm("a leaked hold is named at the end", async (form) => {
  const ended = await run(form, ["runtime.yaml"], { cwd: tempApp(files("leaks")) });
  assertCode(ended, 0);
  assert.match(ended.stderr, /Task\.Task\.a never released its hold/);
});

// A script runs in the same way on a runtime, however the program got there.
for (const form of ofEachRuntime) {
  for (const how of ["rejects", "throws"]) {
    test(`a late error of a script that ${how} points at its line (${form.name})`, async () => {
      const args = ["exec", "runtime.yaml", "JavaScript.Script.Late", "--input", `"${how}"`];
      const ended = await run(form, args, { cwd: tempApp(LATE_SCRIPT) });
      assertCode(ended, 1);
      assert.match(
        ended.stderr,
        /An error of JavaScript\.Script\.Late was not handled: planned\n.*runtime\.yaml:7:37\n/,
      );
    });
  }
}

async function servesWhileItDrains(form: Form): Promise<void> {
  const app = `name: App
imports: [digly:http]
---
kind: Http.Server
metadata: { name: Main }
port: 0
mounts: [{ type: Http.Api.Main }]
---
kind: Http.Api
metadata: { name: Main }
routes: [{ request: { path: / }, response: { body: hello } }]
`;
  const cwd = tempApp({ "runtime.yaml": app });
  const program = start(form, ["runtime.yaml", "--drain-delay", "5s"], { cwd });
  const [address] = await program.waitFor(/http:\/\/127\.0\.0\.1:\d+/);
  const asked = performance.now();
  program.kill("SIGTERM");
  await program.waitFor(/SIGTERM: stopping/);
  assert.equal((await fetch(address)).status, 200);
  assertCode(await program.exited, 0);
  assert.ok(performance.now() - asked >= 5_000);
  await assert.rejects(fetch(address));
}

describe("--drain-delay keeps serving for a while after the signal", { concurrency: 3 }, () => {
  for (const form of forms) test(form.name, () => servesWhileItDrains(form));
});

const PROBES: Readonly<Record<string, readonly string[]>> = {
  node: [runtime("node"), "--expose-gc"],
  deno: [runtime("deno"), "run", "-A", "--v8-flags=--expose-gc"],
  bun: [runtime("bun")],
};

describe("a million executions and a hundred thousand holds leave the heap as it was", () => {
  for (const [name, [command, ...args]] of Object.entries(PROBES)) {
    test(name, async () => {
      const { stdout } = await promisify(execFile)(command!, [
        ...args,
        `${root}tests/runtimes/heap_probe.ts`,
      ]);
      assert.ok(Number(stdout) < 1.05, `${stdout.trim()} times the heap after the first tenth`);
    });
  }
});
