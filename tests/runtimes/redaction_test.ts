/**
 * A secret travels wherever a value can; it shows up in nothing that Digly writes about an
 * app: events, snapshots, logs, reports, `expand` and `check`.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { assertCode, chooseForm, type Form, forms, run, tempApp } from "./forms.ts";

/** Quotes and a backslash look different in JSON and YAML: each form must be found. */
const SENTINEL = 'sentinel-7f3a"quoted\\back';

/** What would give it away in any form: as it is, in capitals, in part, as base64, as hexadecimal. */
const TRACE = /sentinel|7f3a|quoted.*back|c2VudGluZWw|NlbnRpbmVs|zZW50aW5lb|73656e74696e656c/i;

const definition = `kind: Runtime.Definition
metadata: { name: Agent, resourceKind: Agent }
controllers:
${
  ["node", "bun", "deno"].map((name) => `  - { runtime: ${name}, entrypoint: ./agent.ts }\n`)
    .join("")
}schema: { type: object, properties: { port: { type: integer } } }
`;

const AGENT = `const toHex = (text) =>
  Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, "0")).join("");

export function create(resource, ctx) {
  const { key, fault } = resource;
  return {
    async init() {
      ctx.log.info(\`The key is \${key}\`, { key, nested: { list: [key] }, [key]: "as a key" });
      ctx.log.error("failed", { error: new Error(key) });
      await ctx.emit("Leaked", { key, text: \`<\${key}>\`, [key]: 1 });
      await ctx.emitResourceEvent?.("Agent.Agent", "a", "Leaked", { key });
      ctx.acquireHold(\`for \${key}\`)();
      ctx.log.info("derived", { resource, text: resource.capitals, encoded: btoa(key) });
      await ctx.emit("Derived", { resource, text: resource.capitals, hex: toHex(key) });
      const token = ctx.secret(["session", "sentinel", 7 * 6].join("-"));
      ctx.log.info(\`session \${token}\`, { token });
      if (fault === "init") throw new Error(\`wrong key \${key}\`);
      if (fault === "late") setTimeout(() => { throw new Error(\`late \${key}\`); }, 5);
      if (fault === "late") ctx.acquireHold(key);
      ctx.on("Runtime.Stopping", () => { throw new Error(key); });
    },
    execute(input) {
      if (fault === "execute") throw new Error(\`\${key} of \${JSON.stringify(input)}\`, { cause: new Error(key) });
      return { ok: true };
    },
    snapshot: () => ({ key, deep: [{ key }], [key]: "as a key" }),
    teardown() {
      if (fault === "teardown") throw new Error(key);
    },
  };
}
`;

const files = (fault: string, more = "") => ({
  "runtime.yaml": `name: App
imports: [digly:core, ./agent]
---
kind: Secret
metadata: { name: Key }
env: AGENT_KEY
---
kind: Agent.Agent
metadata: { name: a }
fault: ${fault}
key: "\${{ Secret.Key }}"
mixed: "Bearer \${{ Secret.Key }}!"
json: "\${{ json({'key': Secret.Key}) }}"
list: ["\${{ Secret.Key }}"]
capitals: "\${{ Secret.Key.upperAscii() }}"
encoded: "\${{ base64.encode(bytes('key:' + Secret.Key)) }}"
parts: "\${{ Secret.Key.split('-') }}"
first: "\${{ Secret.Key.substring(0, 8) }}"
length: "\${{ size(Secret.Key) + 4000 }}"
url: "\${{ Variable.Url }}"
other: "\${{ Agent.Agent.a.parts[0] }} of \${{ size(Variable.Url) }}"
${more}---
kind: Variable
metadata: { name: Url }
value: "https://\${{ Secret.Key.lowerAscii() }}@host"
---
kind: TemplateDefinition
metadata: { name: Copy }
schema: { type: object, properties: { key: {} } }
resources:
  - kind: Variable
    metadata: { name: Copied }
    value: "\${{ key.upperAscii() }}"
---
kind: App.Copy
metadata: { name: copy }
key: "\${{ Secret.Key.substring(0, 12) }}"
`,
  "agent/module.yaml": "name: Agent\nversion: 1.0.0\ndefinitions: [agent.yaml]\n",
  "agent/agent.yaml": definition,
  "agent/agent.ts": AGENT,
});

const env = { AGENT_KEY: SENTINEL };
const WATCHED = ["--debug", "--snapshot-on-exit", "--verbose"];

function written(cwd: string): string {
  return ["events.jsonl", "snapshot.yaml"].map((name) =>
    readFileSync(join(cwd, ".digly-debug", name), "utf8")
  ).join("\n");
}

/** Runs an app and gives everything that was written about it. */
async function everything(form: Form, fault: string, ...args: string[]): Promise<string> {
  const cwd = tempApp(files(fault));
  const { stdout, stderr } = await run(form, [...args, ...WATCHED], { cwd, env });
  return [stdout, stderr, written(cwd)].join("\n");
}

// How an error that nobody handles and how one that ends a command are shown, a runtime has a part in.
for (const form of forms) {
  describe(form.name, () => {
    test("run hides it in an error that nobody handles", async () => {
      const all = await everything(form, "late", "run", "runtime.yaml");
      assert.doesNotMatch(all, TRACE);
      assert.match(all, /\[redacted\]/);
    });

    test("exec hides it in an error, its causes and its stack", async () => {
      const input = JSON.stringify({ given: SENTINEL });
      const args = ["exec", "runtime.yaml", "Agent.Agent.a", "--input", input];
      const all = await everything(form, "execute", ...args);
      assert.match(all, /ERR_EXECUTION_FAILED/);
      assert.doesNotMatch(all, TRACE);
    });
  });
}

for (const fault of ["none", "init", "teardown"]) {
  const form = chooseForm(fault);
  test(`run hides it when what fails is ${fault} (${form.name})`, async () => {
    const all = await everything(form, fault, "run", "runtime.yaml");
    assert.doesNotMatch(all, TRACE);
    assert.match(all, /\[redacted\]/);
  });
}

for (const args of [["check"], ["check", "--format=json"], ["expand"]]) {
  const form = chooseForm(`broken ${args}`);
  test(`${args.join(" ")} hides it where it breaks a schema (${form.name})`, async () => {
    const cwd = tempApp(files("none", 'port: "${{ Secret.Key }}"\n'));
    const { stdout, stderr } = await run(form, [...args, "runtime.yaml"], { cwd, env });
    assert.match(stdout + stderr, /ERR_SCHEMA_VALIDATION|Bearer \[redacted\]!/);
    assert.doesNotMatch(stdout + stderr, TRACE);
  });
}

for (const args of [["expand"], ["expand", "--format=json"]]) {
  const form = chooseForm(`fine ${args}`);
  test(`${args.join(" ")} hides it (${form.name})`, async () => {
    const cwd = tempApp(files("none"));
    const ended = await run(form, [...args, "runtime.yaml"], { cwd, env });
    assertCode(ended, 0);
    assert.doesNotMatch(ended.stdout, TRACE);
    assert.match(ended.stdout, /Bearer \[redacted\]!/);
  });
}
