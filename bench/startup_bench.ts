/**
 * From the start of the process to its answer, for the executable that `npm run build`
 * makes, beside a program that does nothing and is compiled in the same way.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type Case, interleave, type Table, timed } from "./measure.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const digly = root + "dist/digly";

/** The hello API with a route whose input a user's schema describes. */
const WITH_SCHEMA = `name: App
imports: [digly:http]
---
kind: Http.Server
metadata: { name: Main }
port: "\${ int(env.PORT) }"
mounts: [{ path: /v1, type: Http.Api.Hello }]
---
kind: Http.Api
metadata: { name: Hello }
routes:
  - request:
      path: /hello
      schema: { query: { type: object, properties: { name: { type: string } } } }
    response: { body: { greeting: "Hello \${{ request.query.?name.orValue('World') }}!" } }
`;

/** Measures this question. */
export async function measure(quick: boolean): Promise<Table[]> {
  const scratch = mkdtempSync(tmpdir() + "/digly-bench-");
  try {
    writeFileSync(scratch + "/schema.yaml", WITH_SCHEMA);
    const empty = compile(scratch, "empty", "");
    const rounds = quick ? 10 : 30;
    const nothing = "an empty program";
    const table = async (title: string, atMost: number | undefined, one: Case): Promise<Table> => ({
      title,
      unit: "ms",
      rows: await interleave([one, run(nothing, empty)], rounds),
      ...(atMost === undefined ? {} : { goals: [{ against: nothing, atMost }] }),
    });
    return [
      await table("`digly --version`", 2, run("digly --version", digly, "--version")),
      await table(
        "A console's hello world, from start to exit",
        4,
        run("digly hello-world", digly, root + "examples/hello-world/runtime.yaml"),
      ),
      await table(
        "An HTTP API, from start to its first answer",
        6,
        firstAnswer("digly hello-api", root + "examples/hello-api/runtime.yaml"),
      ),
      await table(
        "An HTTP API with a user's JSON Schema, from start to its first answer",
        undefined,
        firstAnswer("digly, with a schema", scratch + "/schema.yaml"),
      ),
      await onEveryRuntime(scratch, rounds),
      await withCompileCache(scratch, rounds),
      ...await besideCaddy(rounds),
    ];
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** The same hello world, by what runs it, and programs that do nothing else. */
async function onEveryRuntime(scratch: string, rounds: number): Promise<Table> {
  writeFileSync(scratch + "/hello.mjs", 'console.log("Hello, world!");\n');
  const [app, bare] = [root + "examples/hello-world/runtime.yaml", scratch + "/hello.mjs"];
  const [node, bun, deno] = ["node", "bun", "deno"].map((name) =>
    root + "node_modules/.bin/" + name
  );
  return {
    title: "The same hello world on every runtime, beside a bare program",
    unit: "ms",
    rows: await interleave([
      run("digly, the single executable", digly, app),
      run("digly's package on Node", node!, root + "dist/program.mjs", app),
      run("digly's sources on Bun", bun!, root + "mod.ts", app),
      run("digly's sources on Deno", deno!, "run", "-A", root + "mod.ts", app),
      run("bare Node", node!, bare),
      run("bare Bun", bun!, bare),
      run("bare Deno", deno!, "run", "-A", bare),
    ], Math.ceil(rounds / 2)),
    pairs: {
      "digly, the single executable": "bare Bun",
      "digly's package on Node": "bare Node",
      "digly's sources on Bun": "bare Bun",
      "digly's sources on Deno": "bare Deno",
    },
  };
}

/** The package on Node, whose compile cache the round to warm up fills. */
async function withCompileCache(scratch: string, rounds: number): Promise<Table> {
  const node = root + "node_modules/.bin/node";
  const env = { ...process.env, NODE_COMPILE_CACHE: scratch + "/compile-cache" };
  const args = [root + "dist/program.mjs", root + "examples/hello-world/runtime.yaml"];
  const bare = "bare Node";
  return {
    title: "The package on Node with NODE_COMPILE_CACHE, from start to exit",
    unit: "ms",
    rows: await interleave([
      timed("digly hello-world", () => mustSucceed(spawnSync(node, args, { env }))),
      run(bare, node, scratch + "/hello.mjs"),
    ], Math.ceil(rounds / 2)),
    goals: [{ against: bare, atMost: 2.5 }],
  };
}

/** Caddy gives the same answer, from text in its configuration. */
async function besideCaddy(rounds: number): Promise<Table[]> {
  if (spawnSync("caddy", ["version"]).error) {
    console.log("Caddy is not installed, so it is not measured\n");
    return [];
  }
  return [{
    title: "From start to the first answer, beside Caddy",
    unit: "ms",
    rows: await interleave([
      firstAnswer("digly hello-api", root + "examples/hello-api/runtime.yaml"),
      firstAnswer("Caddy", "run", "--config", root + "bench/http/Caddyfile"),
    ], Math.ceil(rounds / 2)),
  }];
}

function run(name: string, ...[command, ...args]: [string, ...string[]]): Case {
  return timed(name, () => mustSucceed(spawnSync(command, args)));
}

/** Compiles a program as the executable is compiled. */
function compile(folder: string, name: string, text: string): string {
  writeFileSync(`${folder}/${name}.js`, text);
  const outfile = `${folder}/${name}`;
  mustSucceed(spawnSync(root + "node_modules/.bin/bun", [
    "build",
    `${folder}/${name}.js`,
    "--compile",
    "--minify",
    "--bytecode",
    "--format=esm",
    `--outfile=${outfile}`,
  ]));
  return outfile;
}

/** Starts `digly` or what `name` is, with `args`, and asks until it answers. */
function firstAnswer(name: string, ...args: string[]): Case {
  const command = name === "Caddy" ? "caddy" : digly;
  return {
    name,
    async once() {
      const port = await freePort();
      const start = performance.now();
      // Caddy stores its last configuration in this folder.
      const env = {
        PATH: process.env["PATH"],
        PORT: String(port),
        XDG_CONFIG_HOME: tmpdir(),
        XDG_DATA_HOME: tmpdir(),
      };
      const server = spawn(command, args, { env, stdio: "ignore" });
      while (!await answers(port)) {
        if (server.exitCode !== null) throw new Error(`${name} ended before it answered`);
        // Asking without a break would take the time of a core from the program.
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      const took = performance.now() - start;
      await stop(server);
      return took;
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    request({ port, host: "127.0.0.1", path: "/v1/hello", agent: false }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode === 200));
    }).on("error", () => resolve(false)).end();
  });
}

function stop(server: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    server.once("exit", () => resolve());
    server.kill();
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

function mustSucceed({ status, stderr }: { status: number | null; stderr: Uint8Array }): void {
  if (status !== 0) throw new Error(`A program failed:\n${new TextDecoder().decode(stderr)}`);
}
