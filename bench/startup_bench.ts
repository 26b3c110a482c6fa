/**
 * From the start of the process to its answer, for the executable that `npm run build`
 * makes, beside a program that does nothing and is compiled in the same way.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
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
    const run = (name: string, ...args: string[]) =>
      timed(name, () => mustSucceed(spawnSync(args[0]!, args.slice(1))));
    const table = async (title: string, atMost: number | undefined, one: Case): Promise<Table> => ({
      title,
      unit: "ms",
      rows: await interleave([one, run(nothing, empty)], rounds),
      ...(atMost === undefined ? {} : { goals: [{ against: nothing, atMost }] }),
    });
    return [
      await table("`digly --version`", 3, run("digly --version", digly, "--version")),
      await table(
        "A console's hello world, from start to exit",
        6,
        run("digly hello-world", digly, root + "examples/hello-world/runtime.yaml"),
      ),
      await table(
        "An HTTP API, from start to its first answer",
        12,
        firstAnswer("digly hello-api", root + "examples/hello-api/runtime.yaml"),
      ),
      await table(
        "An HTTP API with a user's JSON Schema, from start to its first answer",
        undefined,
        firstAnswer("digly, with a schema", scratch + "/schema.yaml"),
      ),
    ];
  } finally {
    rmSync(scratch, { recursive: true });
  }
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

function firstAnswer(name: string, path: string): Case {
  return {
    name,
    async once() {
      const port = await freePort();
      const start = performance.now();
      const server = spawn(digly, [path], { env: { PORT: String(port) }, stdio: "ignore" });
      while (!await answers(port));
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
