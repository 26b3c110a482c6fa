/** Bytes, streams and responses, over HTTP and with `digly exec`, in every form. */
import assert from "node:assert/strict";
import { get, type IncomingMessage } from "node:http";
import { describe, test } from "node:test";
import { assertCode, type Form, forms, run, type Running, start, tempApp } from "./forms.ts";

const script = (name: string, code: string) =>
  `---\nkind: JavaScript.Script\nmetadata: { name: ${name} }\ncode: |\n  ${
    code.trim().replaceAll("\n", "\n  ")
  }\n`;

const app = tempApp({
  "runtime.yaml": `name: Streams
imports: [digly:http, digly:javascript]
---
kind: Http.Server
metadata: { name: Main }
port: 0
mounts: [{ type: Http.Api.All }]
---
kind: Http.Api
metadata: { name: All }
routes:
${
    ["Bytes", "Items", "Tea", "Fails", "Endless", "Silent", "Big", "Bad"].map((name) =>
      `  - { request: { path: /${name} }, handler: JavaScript.Script.${name} }\n`
    ).join("")
  }${script("Bytes", "const main = () => new Uint8Array([0, 255, 10, 128])")}${
    script("Items", "async function* main() { yield { n: 1 }; yield { n: 2 } }")
  }${
    script(
      "Tea",
      'const main = () => new Response("tea", { status: 418, headers: { "x-a": "1" } })',
    )
  }${
    script("Fails", 'async function* main() { yield 1; await null; throw new Error("no more") }')
  }${
    script(
      "Endless",
      `
async function* main(_, ctx) {
  try {
    for (let n = 1;; n++) { yield n; await new Promise((done) => setTimeout(done, 10)) }
  } finally {
    ctx.log.info("Endless stopped");
  }
}`,
    )
  }${
    script(
      "Silent",
      `
async function* main(_, ctx) {
  yield 1;
  await new Promise((done) => ctx.signal.addEventListener("abort", done));
  ctx.log.info("Silent stopped");
}`,
    )
  }${
    script(
      "Big",
      `
function main(_, ctx) {
  let chunks = 0;
  return new ReadableStream({
    pull(controller) { chunks++; controller.enqueue(new Uint8Array(65536)) },
    cancel() { ctx.log.info("Big stopped after " + chunks + " chunks") },
  }, { highWaterMark: 0 });
}`,
    )
  }${script("Bad", "const main = () => ({ items: [1, 2, 3, () => 1] })")}`,
});

/** Starts the app; gives its address. */
async function serve(form: Form, ...args: string[]): Promise<{ server: Running; url: string }> {
  const server = start(form, ["run", app, "--log-format", "text", ...args]);
  const [, url] = await server.waitFor(/Listening on (http:\S+)/);
  return { server, url: url! };
}

/** Begins to read a response, and leaves when `until` has resolved. */
async function leave(url: string, until: (response: IncomingMessage) => Promise<unknown>) {
  const request = get(url);
  request.on("error", () => {});
  const response = await new Promise<IncomingMessage>((resolve) => request.on("response", resolve));
  response.on("error", () => {});
  await until(response);
  request.destroy();
}

const firstPart = (response: IncomingMessage) =>
  new Promise((resolve) => response.once("data", resolve));

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

for (const form of forms) {
  describe(form.name, () => {
    test("sends bytes, items and responses, and names what cannot be sent", async () => {
      const { server, url } = await serve(form);
      const bytes = await fetch(`${url}/Bytes`);
      assert.equal(bytes.headers.get("content-type"), "application/octet-stream");
      assert.deepEqual([...new Uint8Array(await bytes.arrayBuffer())], [0, 255, 10, 128]);
      const items = await fetch(`${url}/Items`);
      assert.equal(items.headers.get("content-type"), "application/x-ndjson");
      assert.equal(await items.text(), '{"n":1}\n{"n":2}\n');
      const events = await fetch(`${url}/Items`, { headers: { accept: "text/event-stream" } });
      assert.equal(await events.text(), 'data: {"n":1}\n\ndata: {"n":2}\n\n');
      const tea = await fetch(`${url}/Tea`);
      assert.deepEqual([tea.status, tea.headers.get("x-a"), await tea.text()], [418, "1", "tea"]);
      assert.equal((await fetch(`${url}/Bad`)).status, 500);
      await server.waitFor(/JavaScript\.Script\.Bad failed: .*`result\.items\[3\]` is a function/);
      const head = await fetch(`${url}/Items`, { method: "HEAD" });
      assert.deepEqual([head.status, await head.text()], [200, ""]);
      server.kill("SIGTERM");
      assertCode(await server.exited, 0);
    });

    test("a failing producer breaks the response off, and logs one error", async () => {
      const { server, url } = await serve(form);
      const response = await fetch(`${url}/Fails`);
      assert.equal(response.status, 200);
      await assert.rejects(response.text());
      await server.waitFor(
        /GET \/Fails broke off: Executing JavaScript\.Script\.Fails failed: no more/,
      );
      server.kill("SIGTERM");
      const { code, stderr } = await server.exited;
      assert.equal(code, 0, stderr);
      assert.equal(stderr.split("no more").length, 2, stderr);
    });

    test("a client that goes away stops the producer, also one that waits", async () => {
      const { server, url } = await serve(form);
      await leave(`${url}/Endless`, firstPart);
      await server.waitFor(/Endless stopped/);
      await leave(`${url}/Silent`, firstPart);
      await server.waitFor(/Silent stopped/);
      server.kill("SIGTERM");
      const { code, stderr } = await server.exited;
      assert.equal(code, 0, stderr);
      assert.doesNotMatch(stderr, /error/i);
    });

    test("produces no more than the client takes", async () => {
      const { server, url } = await serve(form);
      await leave(`${url}/Big`, async (response) => {
        response.pause();
        await pause(500);
      });
      const [, chunks] = await server.waitFor(/Big stopped after (\d+) chunks/);
      // What the buffers of the system hold is a few megabytes at most.
      assert.ok(Number(chunks) < 400, `${chunks} chunks of 64 KiB`);
      server.kill("SIGTERM");
      assertCode(await server.exited, 0);
    });

    test("a stop ends streams that do not end by themselves", async () => {
      const { server, url } = await serve(form, "--shutdown-timeout", "6s");
      const left = leave(`${url}/Silent`, (response) =>
        new Promise((resolve) => {
          response.on("data", () => server.kill("SIGTERM"));
          response.on("close", resolve);
        }));
      const { code, stderr } = await server.exited;
      await left;
      assert.equal(code, 0, stderr);
      assert.match(stderr, /Silent stopped/);
    });

    test("digly exec prints bytes, items and bodies", async () => {
      const printed = (name: string) => run(form, ["exec", app, `JavaScript.Script.${name}`]);
      const [bytes, items, tea, fails] = await Promise.all(
        ["Bytes", "Items", "Tea", "Fails"].map(printed),
      );
      // The form reads what is written as UTF-8.
      assert.equal(bytes!.stdout, Buffer.from([0, 255, 10, 128]).toString());
      assert.equal(items!.stdout, '{"n":1}\n{"n":2}\n');
      assert.equal(tea!.stdout, "tea");
      assert.deepEqual([fails!.code, fails!.stdout], [1, "1\n"]);
      assert.match(fails!.stderr, /JavaScript\.Script\.Fails failed: no more/);
    });

    test("a signal stops a stream that digly exec prints", async () => {
      const program = start(form, ["exec", app, "JavaScript.Script.Endless"]);
      await program.waitFor(/^3$/m);
      program.kill("SIGTERM");
      await program.exited;
      assert.match(program.stderr(), /Endless stopped/);
    });
  });
}
