import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { memoryPlatform } from "../../src/platform/memory.ts";
import { main } from "../../src/cli/main.ts";
import { Kernel } from "../../mod.ts";
import { testHost } from "./cli/command.ts";

/** Eleven templates that generate each other: one more than the default allows. */
const DEEP = Array.from({ length: 11 }, (_, depth) =>
  `kind: TemplateDefinition
metadata: { name: T${depth} }
resources:
  - kind: ${depth === 10 ? "App.Thing" : `Template.T${depth + 1}`}
    metadata: { name: a }
`).join("---\n") + "---\nkind: Template.T0\nmetadata: { name: a }\n";

const DEFINITION = "kind: Runtime.Definition\nmetadata: { name: Thing, resourceKind: Thing }\n";

interface Ended {
  readonly code: number;
  readonly output: string;
}

async function digly(manifest: string, resources: string, ...args: string[]): Promise<Ended> {
  const platform = memoryPlatform({
    cwd: "/app",
    files: {
      "/app/runtime.yaml": `name: App\n${manifest}\n---\n${resources}`,
      "/app/thing.yaml": DEFINITION,
      "/app/lib/module.yaml": "name: Lib\nlimits: { templateDepth: 20 }\n",
    },
  });
  const host = testHost(platform, { files: {}, controllers: {} });
  const code = await main([...args, "--log-format", "text"], host);
  return { code, output: platform.stdoutText() + platform.stderrText() };
}

const THING = "definitions: [thing.yaml]";
const check = (manifest: string, ...args: string[]) =>
  digly(`${THING}\n${manifest}`, DEEP, "check", ".", ...args);

describe("a limit that is reached", () => {
  test("names both ways to raise it, and both work", async () => {
    const { code, output } = await check("");
    assert.equal(code, 1);
    assert.match(output, /`limits: \{ templateDepth: 20 \}` in the runtime\.yaml/);
    assert.match(output, /--limit templateDepth=20/);
    assert.equal((await check("limits: { templateDepth: 20 }")).code, 0);
    assert.equal((await check("", "--limit", "templateDepth=20")).code, 0);
  });

  test("may be one that the runtime.yaml itself reaches", async () => {
    const nested = `kind: App.Thing\nmetadata: { name: a }\nx: ${"[".repeat(200)}${
      "]".repeat(200)
    }`;
    assert.match((await digly(THING, nested, "check", ".")).output, /limits: \{ nesting: 256 \}/);
    const raised = await digly(`${THING}\nlimits: { nesting: 256 }`, nested, "check", ".");
    assert.equal(raised.code, 0, raised.output);
  });
});

test("--limit wins over the manifest, and the last of two alike wins", async () => {
  const lowered = await check("limits: { templateDepth: 20 }", "--limit", "templateDepth=5");
  assert.equal(lowered.code, 1);
  const last = ["--limit", "templateDepth=5", "--limit", "nodes=50000", "--limit=templateDepth=20"];
  assert.equal((await check("", ...last)).code, 0);
});

test("every command that loads an app takes --limit", async () => {
  for (const verb of ["run", "expand", "check", "kinds", "schema"]) {
    const args = [verb, ".", "--limit", "templateDepth=20"];
    const { code, output } = await digly(THING, DEEP, ...args);
    assert.equal(code, 0, `${verb}: ${output}`);
  }
  const exec = ["exec", ".", "App.Thing.b", "--limit", "templateDepth=20"];
  assert.doesNotMatch((await digly(THING, DEEP, ...exec)).output, /ERR_LIMIT_EXCEEDED/);
});

describe("refused is", () => {
  const manifests: Readonly<Record<string, RegExp>> = {
    "limits: { templatedepht: 20 }": /Unknown limit "templatedepht"[^]*2:11[^]*"templateDepth"/,
    "limits: { __proto__: 20 }": /__proto__/,
    "limits: { templateDepth: 0 }": /`templateDepth` cannot be 0[^]*positive whole number/,
    "limits: { templateDepth: deep }": /`templateDepth` cannot be "deep"/,
    "limits: { manifestBytes: 5 parsecs }": /cannot be "5 parsecs"[^]*32MiB/,
    "limits: { nesting: 100000 }": /`nesting` cannot be more than 1000/,
    "limits: [templateDepth]": /`limits` must be a map/,
  };
  for (const [manifest, says] of Object.entries(manifests)) {
    test(manifest, async () => {
      const { code, output } = await digly(manifest, "", "check", ".");
      assert.equal(code, 1);
      assert.match(output, says);
      assert.match(output, /^1 error$/m);
    });
  }

  const values: Readonly<Record<string, RegExp>> = {
    "templatedepht=20": /Unknown limit "templatedepht"[^]*Did you mean "templateDepth"/,
    "constructor=20": /Unknown limit "constructor"/,
    "templateDepth": /"templateDepth" is not a limit and its value/,
    "templateDepth=": /"templateDepth=" is not a limit and its value/,
    "templateDepth=-1": /cannot be "-1"/,
  };
  for (const [value, says] of Object.entries(values)) {
    test(`--limit ${value}`, async () => {
      const { code, output } = await digly("", "", "check", ".", "--limit", value);
      assert.equal(code, 2);
      assert.match(output, says);
    });
  }
});

test("limits that a program sets are checked where it sets them", () => {
  const kernel = (limits: object) => () => new Kernel({ limits });
  assert.throws(kernel({ templateDept: 20 }), {
    code: "ERR_USAGE",
    message: 'Unknown limit "templateDept"',
    help: 'Did you mean "templateDepth"?',
  });
  assert.throws(kernel({ templateDepth: -1 }), { code: "ERR_USAGE", message: /cannot be -1/ });
  assert.throws(kernel({ templateDepth: "20" }), {
    code: "ERR_USAGE",
    message: /`options\.limits\.templateDepth` must be a number/,
  });
  assert.doesNotThrow(kernel({ templateDepth: 20 }));
});

test("the limits of an import have no effect, which is a warning", async () => {
  const { code, output } = await check("imports: [./lib]");
  assert.equal(code, 1);
  assert.match(output, /WARN_UNUSED_LIMITS/);
});
