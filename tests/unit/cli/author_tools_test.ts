/** `digly eval`, `graph`, `diff` and `fmt`. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { digly } from "../testing/app.ts";

const APP = `name: App
imports: [digly:core, digly:http, digly:javascript]
---
kind: Secret
metadata: { name: Key }
value: correct horse battery
---
kind: Variable
metadata: { name: Port }
env: PORT
default: "80"
---
kind: Http.Server
metadata: { name: Main }
port: \${{ int(Variable.Port) }}
mounts: [{ path: /, type: Http.Route.A }]
---
kind: Http.Route
metadata: { name: A }
request: { path: /a, method: GET }
handler: { name: JavaScript.Script.S, inputs: { x: "\${{ request.query.x }}", k: "\${{ Secret.Key }}" } }
---
kind: JavaScript.Script
metadata: { name: S }
code: const main = (x) => x
---
kind: TemplateDefinition
metadata: { name: Pair }
resources:
  - kind: JavaScript.Script
    metadata: { name: Made }
    code: const main = () => 1
---
kind: Template.Pair
metadata: { name: P }
`;
const FILES = {
  "runtime.yaml": APP,
  "a.env": "PORT=8001\n",
  "b.env": "PORT=8002\n",
};

describe("digly eval", () => {
  const run = (...args: string[]) => digly(["eval", ...args], FILES);

  test("uses resources, the environment and the scope", async () => {
    assert.equal(
      (await run(".", "Http.Server.Main.port + 1", "--env-file", "a.env")).stdout,
      "8002\n",
    );
    const scoped = await run(".", "xs.map(x, x * 2)", "--scope", '{"xs":[1,2]}');
    assert.deepEqual([scoped.code, scoped.stdout], [0, "[2,4]\n"]);
    assert.equal((await run("[1, 2].map(x, x + 1)")).stdout, "[2,3]\n");
    assert.equal((await run(".", "Http.Route.A.request")).stdout, '{"path":"/a","method":"GET"}\n');
  });

  test("shows nothing sensitive, also of what is computed from it", async () => {
    assert.equal((await run(".", "Secret.Key")).stdout, '"[redacted]"\n');
    assert.equal((await run(".", "Secret.Key.upperAscii()")).stdout, '"[redacted]"\n');
  });

  test("reports mistakes at their place in the expression", async () => {
    for (
      const [expression, message] of [
        [
          "Http.Servr.Main.port",
          /names Http\.Servr\.Main\.port[^]*expression:1:1[^]*Did you mean "Http\.Server\.Main"/,
        ],
        ["1 + htp.x", /Unknown name "htp"[^]*expression:1:5[^]*Did you mean "Http"/],
        ["1 +", /ends too early[^]*expression:1:4/],
        ["Http.Server.Main.prt", /expression:1:18[^]*Did you mean "port"/],
        ["env.NOT_SET", /NOT_SET is not set/],
      ] as const
    ) {
      const { code, stderr } = await run(".", expression);
      assert.equal(code, 1);
      assert.match(stderr, message);
    }
    assert.match((await run(".", "1", "--scope", "[1]")).stderr, /--scope must be a JSON object/);
    assert.equal((await run("./nothing", "1")).code, 1);
  });
});

describe("digly graph", () => {
  test("shows why resources are connected", async () => {
    const { stdout, code } = await digly(["graph", "."], FILES);
    assert.equal(code, 0);
    assert.match(
      stdout,
      /^Http\.Server\.Main\n {2}-> Http\.Route\.A \(mount, mounts\[0\]\.type\)\n {2}-> Variable\.Port \(reference, port\)\n/m,
    );
    assert.match(
      stdout,
      /^Http\.Route\.A\n {2}-> JavaScript\.Script\.S \(execution, handler\)\n {2}-> Secret\.Key \(reference, handler\.inputs\.k\)\n/m,
    );
    assert.match(
      stdout,
      /^JavaScript\.Script\.Made\n {2}-> TemplateDefinition\.Pair \(instance of\)\n/m,
    );
  });

  test("writes Mermaid, DOT and JSON", async () => {
    const as = async (format: string) =>
      (await digly(["graph", ".", "--format", format], FILES)).stdout;
    assert.match(
      await as("mermaid"),
      /^flowchart LR\n {2}r0\["Secret\.Key"\]\n[^]* {2}r2 -->\|"mount, mounts\[0\]\.type"\| r3\n/,
    );
    assert.match(
      await as("dot"),
      /^digraph app \{[^]*"Http\.Server\.Main" -> "Http\.Route\.A" \[label="mount, mounts\[0\]\.type"\];[^]*\}\n$/,
    );
    const { resources, connections } = JSON.parse(await as("json"));
    assert.equal(resources[0].urn, "Secret.Key");
    assert.ok(connections.some(({ why }: { why: string }) => why === "reference"));
  });

  test("a field that needs what must be ready says so, and so does what is written inline", async () => {
    const files = {
      "runtime.yaml": `name: A
imports: [digly:sql]
---
kind: Sql.Connection
metadata: { name: Main }
url: "sqlite::memory:"
---
kind: Sql.Query
metadata: { name: One }
connection: Sql.Connection.Main
text: select 1
`,
    };
    const { stdout } = await digly(["graph", "."], files);
    assert.match(stdout, /Sql\.Query\.One\n {2}-> Sql\.Connection\.Main \(ready, connection\)\n/);
  });
});

describe("digly diff", () => {
  test("compares environments", async () => {
    const { stdout } = await digly(
      ["diff", ".", "--env-file", "a.env", "--env-file", "b.env"],
      FILES,
    );
    assert.equal(stdout, "~ Http.Server.Main\n    port: 8001 -> 8002\n");
    const same = await digly(["diff", ".", "--env-file", "a.env", "--env-file", "a.env"], FILES);
    assert.deepEqual([same.code, same.stdout], [0, "No differences\n"]);
  });

  test("compares two apps, also as JSON, without secrets", async () => {
    const changed = APP.replace("path: /a", "path: /b").replace("horse", "cow").replace(
      /kind: TemplateDefinition[^]*$/,
      "kind: JavaScript.Script\nmetadata: { name: New }\ncode: const main = () => 1\n",
    );
    const files = { ...FILES, "other/runtime.yaml": changed };
    const { stdout } = await digly(["diff", ".", "other"], files);
    assert.match(stdout, /^~ Http\.Route\.A\n {4}request\.path: "\/a" -> "\/b"\n/m);
    assert.match(stdout, /^- JavaScript\.Script\.Made\n/m);
    assert.match(stdout, /^\+ JavaScript\.Script\.New\n/m);
    assert.doesNotMatch(stdout, /horse|cow/);
    const json = JSON.parse(
      (await digly(["diff", ".", "other", "--format", "json"], files)).stdout,
    );
    assert.ok(json.changes.some(({ change }: { change: string }) => change === "added"));
  });

  test("needs something to compare with", async () => {
    const { code, stderr } = await digly(["diff", "."], FILES);
    assert.equal(code, 2);
    assert.match(stderr, /nothing to compare the app with/);
    assert.match((await digly(["diff", ".", "--to", "x"], FILES)).stderr, /--to needs --from/);
    assert.match(
      (await digly(["diff", ".", ".", "--from", "x"], FILES)).stderr,
      /cannot be combined/,
    );
  });
});

describe("digly fmt", () => {
  const files = {
    "runtime.yaml": "name:   App\n",
    "parts/a.yaml": "kind:  A.B\nmetadata:\n    name: a\n",
    "parts/b.yml": "kind: A.B\nmetadata: { name: b }\n",
    "compose.yaml": "services:\n      web:   {}\n",
    "broken/module.yaml": "name: [A\nversion: 1\n",
  };

  test("formats manifests, and leaves other YAML alone", async () => {
    const { code, stdout, stderr } = await digly(["fmt"], files);
    assert.equal(code, 1);
    assert.equal(stdout, "parts/a.yaml\nruntime.yaml\n");
    assert.match(
      stderr,
      /broken\/module\.yaml:\d+:\d+[^]*\n2 files formatted, 1 unchanged, 1 file with errors\n$/,
    );
  });

  test("--check changes nothing", async () => {
    const { code, stdout, stderr } = await digly(
      ["fmt", "--check", "parts", "runtime.yaml"],
      files,
    );
    assert.equal(code, 1);
    assert.equal(stdout, "runtime.yaml\nparts/a.yaml\n");
    assert.equal(stderr, "2 files are not formatted, 1 is\nRun `digly fmt` to format them\n");
    const sound = await digly(["fmt", "--check", "parts/b.yml"], files);
    assert.deepEqual([sound.code, sound.stderr], [0, "1 file is formatted\n"]);
  });

  test("a file that is named is formatted, whatever it is", async () => {
    assert.equal((await digly(["fmt", "compose.yaml"], files)).stdout, "compose.yaml\n");
    const { code, stderr } = await digly(["fmt", "runtim.yaml"], files);
    assert.equal(code, 2);
    assert.match(stderr, /\/app\/runtim\.yaml does not exist[^]*Did you mean "runtime\.yaml"/);
  });
});
