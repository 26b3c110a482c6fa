import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { resource } from "../app.ts";
import { commandLine } from "./command.ts";

const SCHEMA = "schema: { type: object, properties: { port: { type: integer } } }";

function checking(resources: string) {
  return commandLine({ resources, definitions: { Thing: SCHEMA }, kinds: { Thing: trap } });
}

/** A controller that must not be used. */
const trap = {
  create() {
    throw new Error("check ran a controller");
  },
};

const WRONG = resource("Thing", "a", "port: x") + "---\n" + resource("Thing", "a") + "---\n" +
  resource("Thing", "b", "port: y");

test("without a mistake it says so and ends with 0", async () => {
  const { run, platform } = checking(
    resource("Thing", "a", "port: 1") + "---\n" + resource("Thing", "b"),
  );
  assert.equal(await run("check", "."), 0);
  assert.equal(platform.stderrText(), "No problems in 2 resources\n");
  assert.equal(platform.stdoutText(), "");
});

test("every mistake is shown in the order of the file, with their number at the end", async () => {
  const { run, platform } = checking(WRONG);
  assert.equal(await run("check", "."), 1);
  const text = platform.stderrText();
  const places = Array.from(text.matchAll(/--> (\S+)/g), ([, place]) => place);
  assert.deepEqual(places, ["runtime.yaml:7:7", "runtime.yaml:10:19", "runtime.yaml:15:7"]);
  assert.match(text, /\n3 errors\n$/);
  assert.equal(platform.stdoutText(), "");
});

describe("--format json", () => {
  test("lists them for tools", async () => {
    const { run, platform } = checking(WRONG);
    assert.equal(await run("check", ".", "--format", "json"), 1);
    assert.equal(platform.stderrText(), "");
    const { ok, diagnostics } = JSON.parse(platform.stdoutText());
    assert.equal(ok, false);
    assert.equal(diagnostics.length, 3);
    const [{ message, ...first }, second] = diagnostics;
    assert.deepEqual(first, {
      severity: "error",
      code: "ERR_SCHEMA_VALIDATION",
      file: "/app/runtime.yaml",
      line: 7,
      column: 7,
      path: "$.port",
      help: null,
    });
    assert.match(message, /^Test\.Thing\.a: `port` /);
    assert.equal(second.code, "ERR_DUPLICATE_RESOURCE");
  });

  test("says ok when there is nothing", async () => {
    const { run, platform } = checking(resource("Thing", "a"));
    assert.equal(await run("check", ".", "--format", "json"), 0);
    assert.equal(platform.stdoutText(), '{"ok":true,"diagnostics":[]}\n');
  });

  test("also tells of an app that is not there", async () => {
    const { run, platform } = checking("");
    assert.equal(await run("check", "nope.yaml", "--format", "json"), 1);
    const { ok, diagnostics } = JSON.parse(platform.stdoutText());
    assert.equal(ok, false);
    assert.deepEqual(diagnostics, [{
      severity: "error",
      code: "ERR_MANIFEST_NOT_FOUND",
      message: "/app/nope.yaml does not exist",
      file: null,
      line: null,
      column: null,
      path: null,
      help: null,
    }]);
  });
});

const SECRET = {
  definitions: { Secret: "value: env.TOKEN\nsensitive: true", Thing: SCHEMA },
  files: { "/app/token.env": "TOKEN=hunter22\n" },
};

test("a sensitive value is not shown", async () => {
  const { run, platform } = commandLine({
    ...SECRET,
    resources: resource("Secret", "S") + "---\n" +
      resource("Thing", "a", 'port: "${{ Test.Secret.S }}"') + "---\n" +
      resource("Thing", "hunter22", "port: x"),
    kinds: { Thing: trap },
  });
  assert.equal(await run("check", ".", "--env-file", "token.env"), 1);
  const text = platform.stderrText();
  assert.ok(text.includes("[redacted]"), text);
  assert.ok(!text.includes("hunter22"), text);
});
