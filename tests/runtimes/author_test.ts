/** A module written from outside: what its controller may do, and what comes of it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { type Ended, forms, run, tempApp } from "./forms.ts";

function definition(kind: string): string {
  const controllers = ["node", "bun", "deno"].map((name) =>
    `  - { runtime: ${name}, entrypoint: ./controller.ts }\n`
  );
  return `kind: Runtime.Definition\nmetadata: { name: ${kind}, resourceKind: ${kind} }\n` +
    `scope: [input]\ncontrollers:\n${controllers.join("")}`;
}

const FILES = {
  "runtime.yaml": `name: App
imports: [./acme, ./vault, digly:javascript]
---
kind: JavaScript.Script
metadata: { name: Each }
code: |
  async function main(steps, { execute }) {
    const outcomes = {};
    for (const step of steps) {
      try {
        outcomes[step] = await execute("Acme.Task.main", { step });
      } catch ({ code, message }) {
        outcomes[step] = code + " " + message;
      }
    }
    return outcomes;
  }
---
kind: Acme.Task
metadata: { name: main }
greeting: "Hello \${{ input.name }}"
---
kind: Vault.Key
metadata: { name: k, team: red }
content: for the vault alone
`,
  "acme/module.yaml": "name: Acme\nversion: 1.0.0\ndefinitions: [task.yaml]\n",
  "acme/task.yaml": definition("Task"),
  "acme/controller.ts": `
type Step = (ctx: any, call: any, resource: any, input: any) => unknown;

const STEPS: Record<string, Step> = {
  isolation: (ctx) => ctx.getResources("Vault.Key"),
  readonly: (ctx) => ctx.kernel.registry.clear(),
  frozen: (_ctx, _call, resource) => resource.metadata.name = "other",
  forge: (ctx) => ctx.emit("Runtime.Stopped", { exitCode: 0 }),
  circle: (_ctx, call) => call.execute("Acme.Task.main", { step: "circle" }),
  kernelCircle: (ctx, call) => ctx.kernel.execute("Acme.Task.main", { step: "kernelCircle" }, call),
  nearest: (_ctx, call) => call.execute("Vault.Key.kk"),
  nested: (_ctx, call) => call.execute("Vault.Key.k", { step: "throw" }),
  decided: (_ctx, call) =>
    call.execute("Vault.Key.k", { step: "throw" }, { onError: (error: any) => error.code }),
  late: (_ctx, call) =>
    call.execute("Vault.Key.k", { step: "hang" }, { deadline: Date.now() + 20 }),
  aborted: (_ctx, call) =>
    call.execute("Vault.Key.k", { step: "throw" }, { signal: AbortSignal.abort() }),
  template: (ctx, _call, resource, input) => ctx.template(resource.greeting)({ input }),
  exit: (ctx) => [7, 3].forEach((code) => ctx.requestExit(code)),
  unawaited: () => void Promise.reject(new Error("lost")),
};

export function register(ctx: any) {
  ctx.on("Vault.*", () => {
    throw new Error("listener broke");
  });
  ctx.on("Runtime.Starting", () => new Promise(() => {}));
}

export function create(resource: any, ctx: any) {
  let release: () => void;
  return {
    init: () => void (release = ctx.acquireHold("main")),
    teardown: () => release(),
    execute: (input: any, call: any) => STEPS[input.step]!(ctx, call, resource, input),
  };
}
`,
  "vault/module.yaml": "name: Vault\nversion: 1.0.0\ndefinitions: [key.yaml]\n",
  "vault/key.yaml": definition("Key"),
  "vault/controller.ts": `
export function create(resource: any) {
  return {
    execute(input: any) {
      if (input.step === "hang") return new Promise(() => {});
      throw new Error("the lock is stuck");
    },
  };
}
`,
};

/** What the steps come to that can follow each other in one process. */
const OUTCOMES: Readonly<Record<string, RegExp>> = {
  readonly: /This map is a read-only view/,
  frozen: /Executing Acme\.Task\.main failed: .*(?:read.?only|assign)/i,
  forge: /the event "Runtime\.Stopped" is reserved for the runtime/,
  kernelCircle: /call depth: /,
  decided: /^ERR_EXECUTION_FAILED$/,
  late: /ERR_ABORTED.*Vault\.Key\.k was aborted: its deadline has passed/,
  aborted: /ERR_ABORTED.*Vault\.Key\.k was aborted: its caller aborted it/,
};

/** What the others end with: exit code, and what is on standard output or standard error. */
const ENDINGS: Readonly<Record<string, readonly [number, RegExp]>> = {
  circle: [1, /call depth: [^]*calls: Acme\.Task\.main > [^]* … 57 more … /],
  nearest: [1, /ERR_RESOURCE_NOT_FOUND[^]*Did you mean "Vault\.Key\.k"/],
  nested: [
    1,
    /Executing Vault\.Key\.k failed: the lock is stuck[^]*calls: Acme\.Task\.main > Vault\.Key\.k/,
  ],
  template: [1, /input has no field "name"[^]*runtime\.yaml:21:28/],
  exit: [7, /(?:)/],
  unawaited: [1, /An error was not handled: lost/],
};

for (const form of forms) {
  describe(form.name, () => {
    const cwd = tempApp(FILES);
    const execute = (step: string, ...more: string[]): Promise<Ended> => {
      const input = JSON.stringify({ step });
      return run(form, ["exec", ".", "Acme.Task.main", "--input", input, ...more], { cwd });
    };

    test("a module sees of another's resources the kind and the metadata", async () => {
      const { code, stdout, stderr } = await execute("isolation", "--debug");
      assert.equal(code, 0, stderr);
      const [key, ...others] = JSON.parse(stdout);
      assert.deepEqual([Object.keys(key), others], [["kind", "metadata"], []]);
      assert.equal(key.metadata.team, "red");
      assert.match(stderr, /A listener for Vault\.Key\.Initialized failed: listener broke/);
      const events = readFileSync(join(cwd, ".digly-debug/events.jsonl"), "utf8");
      assert.match(events, /"event":"Vault\.Key\.Teardown"[^]*"event":"Runtime\.Stopped"/);
    });

    test("what a controller does wrong is an error of its own", async () => {
      const input = JSON.stringify(Object.keys(OUTCOMES));
      const args = ["exec", ".", "JavaScript.Script.Each", "--input", input];
      const { stdout, stderr } = await run(form, args, { cwd });
      const outcomes = JSON.parse(stdout || stderr) as Record<string, string>;
      for (const [step, says] of Object.entries(OUTCOMES)) assert.match(outcomes[step]!, says);
    });

    for (const [step, [code, says]] of Object.entries(ENDINGS)) {
      test(`a controller's step: ${step}`, async () => {
        const ended = await execute(step);
        assert.equal(ended.code, code, ended.stderr);
        assert.match(ended.stdout + ended.stderr, says);
      });
    }
  });
}
