import assert from "node:assert/strict";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { build } from "esbuild";
import { type Form, oldNode, root, run, runtime, start, tempApp } from "./forms.ts";

const folder = tempApp({
  "good.ts": `import { part } from "./part.ts";
import data from "./data.json" with { type: "json" };
export const answer: unknown = [part, data.n, await Promise.resolve("later")];
`,
  "part.ts": 'export const part: string = "part";\n',
  "data.json": '{ "n": 7 }',
  "broken.ts": "const a: number = 1;\n\nexport const b = ;\n",
  "package.json": "{}",
  "commonjs/package.json": '{ "type": "commonjs" }',
  "commonjs/module.ts": "export const answer: number = 42;\n",
});
const probe = join(root, "tests/runtimes/platform_probe.ts");
const bundled = join(root, "dist/platform_probe.mjs");

// Node 20 cannot read the probe itself: it gets a bundle, beside which esbuild is found.
before(() =>
  build({
    entryPoints: [probe],
    outfile: bundled,
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "silent",
  })
);

const hosts: (Form & { runtime: string })[] = [
  { name: "Node", runtime: "node", command: [runtime("node"), probe] },
  { name: "Deno", runtime: "deno", command: [runtime("deno"), "run", "-A", probe] },
  { name: "Bun", runtime: "bun", command: [runtime("bun"), probe] },
  ...[oldNode()].filter((path) => path !== undefined).map((path) => ({
    name: "Node 20",
    runtime: "node",
    command: [path, bundled],
  })),
];

for (const host of hosts) {
  describe(host.name, () => {
    test("knows its own name and a Node version, and which objects are plain", async () => {
      const { stdout } = await run(host, ["runtime"]);
      const { recognises, ...told } = JSON.parse(stdout) as Record<string, string>;
      assert.equal(recognises, true, "expressions that run often would be slow");
      assert.equal(told["name"], host.runtime);
      assert.match(told["version"]!, /^\d+\.\d+\.\d+/);
      assert.match(told["nodeVersion"]!, /^\d+\.\d+\.\d+/);
    });

    test("loses no output when it exits", async () => {
      const ended = await run(host, ["flood"]);
      assert.equal(ended.stdout.length, 64 * 65_536);
      assert.deepEqual([ended.stderr, ended.code], ["written", 7]);
    });

    test("continues when nobody reads its output", async () => {
      const command = ["/bin/sh", "-c", '"$@" flood | head -c 1 >/dev/null', "sh", ...host.command];
      const ended = await run({ name: host.name, command }, []);
      assert.equal(ended.stderr, "written");
    });

    test("reads all of standard input as UTF-8", async () => {
      const stdin = "ä€😀".repeat(50_000);
      assert.equal((await run(host, ["echo"], { stdin })).stdout, stdin);
    });

    test("hears signals and ends by itself", async () => {
      const program = start(host, ["signals"]);
      await program.waitFor(/ready/);
      program.kill("SIGINT");
      await program.waitFor(/readySIGINT/);
      program.kill("SIGHUP");
      await program.waitFor(/readySIGINTSIGHUP/);
      program.kill("SIGTERM");
      const { code, stdout } = await program.exited;
      assert.deepEqual([code, stdout], [0, "readySIGINTSIGHUPSIGTERM"]);
    });

    test("reports unhandled errors, and keeps running", async () => {
      const { code, stdout } = await run(host, ["unhandled"]);
      assert.deepEqual([code, stdout], [0, "[rejection][exception]"]);
    });

    test("imports TypeScript and says nothing about it", async () => {
      const { stdout, stderr } = await run(host, ["import", "good.ts"], { cwd: folder });
      assert.deepEqual([stdout, stderr], ['["part",7,"later"]', ""]);
    });

    test("says where TypeScript is wrong", async () => {
      const { stdout, stderr } = await run(host, ["import", "broken.ts"], { cwd: folder });
      assert.equal((JSON.parse(stdout) as { where: string }).where, "3:18", stdout);
      assert.equal(stderr, "");
    });

    test("reads a module in a CommonJS package, or says how to make it one", async () => {
      const { stdout, stderr } = await run(host, ["import", "commonjs/module.ts"], { cwd: folder });
      assert.ok(stdout === "42" || stdout.includes('Write \\"type\\": \\"module\\"'), stdout);
      assert.equal(stderr, "");
    });
  });
}
