import assert from "node:assert/strict";
import { test } from "node:test";
import { resource } from "../app.ts";
import { commandLine } from "./command.ts";

/** A controller that must not be used. */
const trap = {
  create() {
    throw new Error("expand ran a controller");
  },
};

const plain = resource("Thing", "a", 'later: "${{ request.id }}"\nnow: ${1 + 1}') + "---\n" +
  resource("Thing", "b", "list: [1, {x: null}]");

test("prints YAML documents, kind and metadata first", async () => {
  const { run, platform } = commandLine({
    resources: plain,
    kinds: { Thing: trap },
    definitions: { Thing: "scope: [request]" },
  });
  assert.equal(await run("expand", "."), 0, platform.stderrText());
  assert.equal(
    platform.stdoutText(),
    `kind: Test.Thing
metadata:
  name: a
  uri: file:///app/runtime.yaml#Test.Thing.a
  generationDepth: 0
later: \${{ request.id }}
now: 2
---
kind: Test.Thing
metadata:
  name: b
  uri: file:///app/runtime.yaml#Test.Thing.b
  generationDepth: 0
list:
  - 1
  - x: null
`,
  );
});

test("--format json prints a list", async () => {
  const { run, platform } = commandLine({
    resources: resource("Thing", "b", "raw: !raw { a: '${x}' }"),
    kinds: { Thing: trap },
  });
  assert.equal(await run("expand", ".", "--format=json"), 0, platform.stderrText());
  const [shown] = JSON.parse(platform.stdoutText());
  assert.deepEqual(Object.keys(shown), ["kind", "metadata", "raw"]);
  assert.deepEqual(shown.raw, { a: "${x}" });
});

test("hides what is sensitive", async () => {
  const { run, platform } = commandLine({
    definitions: { Secret: "value: env.TOKEN\nsensitive: true" },
    files: { "/app/token.env": "TOKEN=hunter22\n" },
    resources: resource("Secret", "S") + "---\n" +
      resource("Thing", "a", 'text: "Bearer ${{ Test.Secret.S }}"'),
    kinds: { Thing: trap },
  });
  assert.equal(await run("expand", ".", "--env-file", "token.env"), 0, platform.stderrText());
  assert.match(platform.stdoutText(), /^text: Bearer \[redacted\]$/m);
  assert.ok(!platform.stdoutText().includes("hunter22"));
});

test("an app with a mistake is one error on standard error", async () => {
  const { run, platform } = commandLine({
    resources: resource("Thing", "a") + "---\n" + resource("Thing", "a"),
    kinds: { Thing: trap },
  });
  assert.equal(await run("expand", "."), 1);
  assert.equal(platform.stdoutText(), "");
  assert.match(platform.stderrText(), /^error\[ERR_DUPLICATE_RESOURCE\]: .*\n {2}--> /);
});
