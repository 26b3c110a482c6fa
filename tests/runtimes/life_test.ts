/** What surrounds an app's life: announced stops, errors nobody handled, and memory. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import { forms, root, run, runtime, start, tempApp } from "./forms.ts";

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

for (const form of forms) {
  describe(form.name, () => {
    test("--drain-delay goes on for a while after the signal", async () => {
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
      const program = start(form, ["runtime.yaml", "--drain-delay", "700ms"], { cwd });
      const [address] = await program.waitFor(/http:\/\/127\.0\.0\.1:\d+/);
      const asked = performance.now();
      program.kill("SIGTERM");
      await program.waitFor(/SIGTERM: stopping/);
      assert.equal((await fetch(address)).status, 200);
      assert.equal((await program.exited).code, 0);
      assert.ok(performance.now() - asked >= 700);
      await assert.rejects(fetch(address));
    });

    for (const fault of ["rejects", "throws"]) {
      test(`an error that nobody handles stops the app: one that ${fault}`, async () => {
        const { code, stderr } = await run(form, ["runtime.yaml"], { cwd: tempApp(files(fault)) });
        assert.equal(code, 1);
        assert.match(stderr, /An error( of Task\.Task\.a)? was not handled: planned/);
        assert.match(stderr, /task\.ts:5|task\.ts:6/);
        // What runs in the name of a resource is not always told to the listener.
        const isKept = /node/.test(form.name) ||
          (fault === "rejects") === form.name.startsWith("deno");
        if (isKept) assert.match(stderr, /An error of Task\.Task\.a was not handled/);
      });
    }

    test("a hold that nobody gave back is named at the end", async () => {
      const { code, stderr } = await run(form, ["runtime.yaml"], { cwd: tempApp(files("leaks")) });
      assert.equal(code, 0);
      assert.match(stderr, /Task\.Task\.a never gave back its hold/);
    });
  });
}

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
