/**
 * `digly dev` and SIGHUP in every form: one process, and all changes made to it. A WebSocket and a
 * connection that is kept open see which of them close anything.
 */
import assert from "node:assert/strict";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { describe, test } from "node:test";
import { openSocket } from "../websocket.ts";
import { assemble, executing, texts } from "../unit/wasm/wasm_app.ts";
import { type Form, forms, ofEachRuntime, type Running, start, tempApp } from "./forms.ts";

/** A controller in WebAssembly that returns a number of one digit. */
function returning(digit: number): Uint8Array {
  const { data, at } = texts(String(digit));
  return assemble(executing(`(call $pack ${at(0)})`, data));
}

const FILES: Readonly<Record<string, string | Uint8Array>> = {
  "runtime.yaml": `name: Watched
imports: [digly:http, digly:javascript, ./counter]
resources: [parts]
---
kind: Http.Server
metadata: { name: Main }
port: 0
mounts: [{ type: Http.Socket.Room, path: / }, { type: Http.Api.Main, path: / }]
---
kind: Http.Socket
metadata: { name: Room }
path: /room
onMessage: Counter.Count.One
---
kind: Counter.Count
metadata: { name: One }
---
kind: Counter.Count
metadata: { name: Two }
start: \${{ int(env.START) }}
---
kind: Counter.Code
metadata: { name: Main }
---
kind: JavaScript.Script
metadata: { name: Beside }
isolate: process
limits: { time: 60s }
file: ./beside.mjs
`,
  "parts/api.yaml": `kind: Http.Api
metadata: { name: Main }
routes:
  - { request: { path: /one }, handler: Counter.Count.One }
  - { request: { path: /two }, handler: Counter.Count.Two }
  - { request: { path: /greet }, handler: JavaScript.Script.Greet }
  - { request: { path: /code }, handler: Counter.Code.Main }
  - { request: { path: /beside }, handler: JavaScript.Script.Beside }
`,
  "parts/greet.yaml": `kind: JavaScript.Script
metadata: { name: Greet }
file: ../greet.mjs
`,
  "greet.mjs": `export default () => "hello";\n`,
  "beside.mjs": `import { value } from "./value.mjs";\nexport default () => value;\n`,
  "value.mjs": "export const value = 1;\n",
  // Not `.env`, which Bun reads into the environment of the process, and that takes precedence.
  "app.env": "START=0\n",
  "counter/module.yaml": "name: Counter\nversion: 1.0.0\ndefinitions: [count.yaml, code.yaml]\n",
  "counter/code.yaml": `kind: Runtime.Definition
metadata: { name: Code, resourceKind: Code }
controllers: [{ runtime: wasm, entrypoint: ./code.wasm, limits: { time: 10m } }]
`,
  "counter/code.wasm": returning(1),
  "counter/count.yaml": `kind: Runtime.Definition
metadata: { name: Count, resourceKind: Count }
schema: { type: object, properties: { start: { type: integer, default: 0 } } }
controllers: [./count.mjs]
`,
  "counter/count.mjs": `import { step } from "./step.mjs";
export function create({ start }) {
  let count = start;
  return { execute: () => count += step };
}
`,
  "counter/step.mjs": "export const step = 1;\n",
};

/** The app in one form, and what was seen of its output. */
interface Watched {
  readonly folder: string;
  readonly program: Running;
  /** Waits for output that matches and that no earlier call has seen. */
  next(pattern: RegExp): Promise<RegExpExecArray>;
  /** Replaces a file by renaming another one to its name, as many editors do. */
  save(path: string, change: (text: string) => string): void;
}

function watch(form: Form): Watched {
  const folder = tempApp(FILES);
  const args = ["dev", ".", "--env-file", "app.env", "--log-format=text"];
  const program = start(form, args, { cwd: folder });
  let seen = 0;
  return {
    folder,
    program,
    async next(pattern) {
      const rest = new RegExp(`(?<=^[^]{${seen},}?)(?:${pattern.source})`);
      const found = await program.waitFor(rest);
      seen = program.stderr().indexOf(found[0], seen) + found[0].length;
      return found;
    },
    save(path, change) {
      const file = join(folder, path);
      writeFileSync(`${file}.new`, change(readFileSync(file, "utf8")));
      renameSync(`${file}.new`, file);
    },
  };
}

/** Requests over one connection that is kept open; a second one is counted. */
function client(url: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const sockets = new Set<unknown>();
  return {
    connections: () => sockets.size,
    close: () => agent.destroy(),
    get: (path: string) =>
      new Promise<string>((resolve, reject) => {
        const sent = request(url + path, { agent }, (response) => {
          let body = "";
          response.setEncoding("utf8").on("data", (text: string) => body += text);
          response.on("end", () =>
            resolve(response.statusCode === 200 ? body : `${response.statusCode}`));
        });
        sent.on("socket", (socket) =>
          sockets.add(socket)).on("error", reject).end();
      }),
  };
}

describe("an app that is watched", { concurrency: 2 }, () => {
  for (const form of forms) {
    test(form.name, async () => {
      const { folder, program, next, save } = watch(form);
      const [, url] = await next(/Listening on (http\S+)/);
      const { get, connections, close } = client(url!);
      const { socket, closed } = await openSocket(`${url}/room`);
      let isOpen = true;
      void closed.then(() => isOpen = false);
      assert.deepEqual([await get("/one"), await get("/two"), await get("/greet")], [
        "1",
        "1",
        '"hello"',
      ]);

      // A change of one resource leaves the state of another one alone.
      save("runtime.yaml", (text) => text.replace("int(env.START)", "int(env.START) + 10"));
      await next(/reloaded: 1 changed, 0 added, 0 removed \(\d+ ms\)/);
      assert.deepEqual([await get("/one"), await get("/two")], ["2", "11"]);

      // A mistake is printed with its place, and changes nothing.
      const route = "  - { request: { path: /new }, handler: Counter.Count.Tow }\n";
      save("parts/api.yaml", (text) => text + route);
      await next(
        /The reload failed, and the app continues as it was\n[^]*?api\.yaml:9:\d+[^]*?Did you mean "Counter\.Count\.Two"/,
      );
      // So is one that only `digly check` would find.
      const wrong = 'response: { body: "${{ request.qurey }}" }';
      save("parts/api.yaml", (text) => text.replace("handler: Counter.Count.Tow", wrong));
      await next(/The reload failed[^]*?api\.yaml:9:\d+[^]*?Did you mean "query"/);
      assert.deepEqual([await get("/one"), await get("/new")], ["3", "404"]);
      save("parts/api.yaml", (text) => text.replace(wrong, "handler: Counter.Count.Two"));
      await next(/reloaded: 1 changed, 0 added, 0 removed/);
      assert.deepEqual([await get("/new"), await get("/one")], ["12", "4"]);

      // A file that is added to a folder, and one that disappears.
      const more = `kind: Http.Route
metadata: { name: More }
request: { path: /more }
handler: JavaScript.Script.Greet
`;
      writeFileSync(join(folder, "parts/more.yaml"), more);
      save(
        "runtime.yaml",
        (text) => text.replace("path: / }]", "path: / }, { type: Http.Route.More, path: / }]"),
      );
      await next(/reloaded: 1 changed, 1 added, 0 removed|reloaded: 0 changed, 1 added/);
      while (await get("/more") !== '"hello"') await next(/reloaded: 1 changed/);
      rmSync(join(folder, "parts/more.yaml"));
      await next(/The reload failed[^]*?Http\.Route\.More/);
      assert.equal(await get("/more"), '"hello"');
      save("runtime.yaml", (text) => text.replace(", { type: Http.Route.More, path: / }", ""));
      await next(/reloaded: 1 changed, 0 added, 1 removed/);
      assert.equal(await get("/more"), "404");

      // Code that only one resource uses, and variables.
      save("greet.mjs", () => `export default () => "hi";\n`);
      await next(/reloaded: 1 changed, 0 added, 0 removed/);
      assert.equal(await get("/greet"), '"hi"');
      writeFileSync(join(folder, "counter/new.wasm"), returning(2));
      renameSync(join(folder, "counter/new.wasm"), join(folder, "counter/code.wasm"));
      await next(/reloaded: 1 changed, 0 added, 0 removed/);
      assert.deepEqual([await get("/code"), await get("/beside")], ["2", "1"]);
      save("value.mjs", () => "export const value = 2;\n");
      await next(/reloaded: 1 changed, 0 added, 0 removed/);
      assert.equal(await get("/beside"), "2");
      save("app.env", () => "START=100\n");
      await next(/reloaded: 1 changed, 0 added, 0 removed/);
      assert.deepEqual([await get("/two"), await get("/one")], ["111", "5"]);

      program.kill("SIGHUP");
      await next(/reloaded: 0 changed, 0 added, 0 removed/);
      assert.equal(await get("/one"), "6");
      assert.ok(isOpen, "no change has closed the WebSocket");
      assert.equal(connections(), 1);

      // What a controller imports: Node 20 imports it only once.
      save("counter/step.mjs", () => "export const step = 5;\n");
      if (form.name.startsWith("node 20")) {
        const [, again] = await next(
          /Starting the process again: \S+step\.mjs has changed[^]*?Listening on (http\S+)/,
        );
        const other = client(again!);
        assert.equal(await other.get("/one"), "5");
        other.close();
        const inspectors = program.stderr().match(/Inspector at http\S+/g);
        assert.equal(inspectors?.length, 2);
        assert.equal(inspectors[0], inspectors[1], "a page of the inspector stays connected");
      } else {
        await next(/reloaded: 2 changed, 0 added, 0 removed/);
        assert.equal(await get("/one"), "5");
        socket.close();
      }
      close();
      program.kill("SIGTERM");
      const { code } = await program.exited;
      assert.equal(code, 0);
    });
  }
});

const SCRIPT = "kind: JavaScript.Script\nmetadata: { name: Two }\n";
const CASE = (name: string, app: string) =>
  `kind: Test.Case
metadata: { name: ${name} }
app: ${app}
steps: [{ execute: JavaScript.Script.Two }]
expect: ["steps[0].result == 2"]
`;
const TESTS: Readonly<Record<string, string>> = {
  "one/runtime.yaml": `name: One\nimports: [digly:javascript]\n---\n${SCRIPT}file: ./two.mjs\n`,
  "one/two.mjs": "export default () => 2;\n",
  "one/one.test.yaml": CASE("First", "."),
  "two/runtime.yaml":
    `name: Two\nimports: [digly:javascript]\n---\n${SCRIPT}code: const main = () => 2;\n`,
  "two/two.test.yaml": CASE("Second", "."),
};

describe("tests that are watched", { concurrency: 2 }, () => {
  for (const form of ofEachRuntime) {
    test(form.name, async () => {
      const folder = tempApp(TESTS);
      const program = start(form, ["test", "--watch"], { cwd: folder });
      const write = (path: string, text: string) => writeFileSync(join(folder, path), text);
      const waits = (times: number) =>
        program.waitFor(new RegExp(`(?:Waiting for a change[^]*){${times}}`));
      await waits(1);
      assert.match(program.stdout(), /\n2 passed, 0 failed\n$/);
      write("one/two.mjs", "export default () => 3;\n");
      await program.waitFor(/✗ First [^]*steps\[0\]\.result is 3[^]*\n0 passed, 1 failed\n$/);
      await waits(2);
      write("one/two.mjs", "export default () => 2; // again\n");
      await program.waitFor(/1 failed\n[^]*✓ First [^]*\n1 passed, 0 failed\n$/);
      await waits(3);
      write("two/more.test.yaml", CASE("Third", "."));
      await program.waitFor(/✓ Third [^]*\n1 passed, 0 failed\n$/);
      await waits(4);
      program.kill("SIGINT");
      const { code, stdout } = await program.exited;
      assert.equal(code, 0);
      assert.equal(stdout.match(/ Second /g)?.length, 1, "no change touches it");
    });
  }
});
