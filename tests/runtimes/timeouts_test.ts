/** Clients and handlers that take too long, or are too many, in every form. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import process from "node:process";
import { describe, test } from "node:test";
import { type Form, forms, type Running, start, tempApp } from "./forms.ts";

const app = (fields: string) => ({
  "runtime.yaml": `name: App
imports: [digly:http, digly:javascript]
---
kind: Http.Server
metadata: { name: Main }
port: 0
${fields}
---
kind: Http.Api
metadata: { name: Main }
routes:
  - request: { path: /hello }
    response: { body: { hello: you } }
  - request: { path: /echo, method: POST }
    response: { body: "\${{ request.body }}" }
  - request: { path: "/slow/{ms}" }
    handler: JavaScript.Script.Slow
  - request: { path: "/busy/{ms}" }
    handler: JavaScript.Script.Busy
  - request: { path: /never }
    handler: JavaScript.Script.Never
  - request: { path: /obeys }
    handler: JavaScript.Script.Obeys
  - request: { path: "/large/{size}" }
    handler: JavaScript.Script.Large
---
kind: JavaScript.Script
metadata: { name: Slow }
code: |
  const main = ({ params }) => {
    console.log("slow " + params.ms);
    return new Promise((done) => setTimeout(done, Number(params.ms), { ok: true }));
  };
---
kind: JavaScript.Script
metadata: { name: Busy }
code: |
  const main = ({ params }) => {
    const end = performance.now() + Number(params.ms);
    while (performance.now() < end);
    return { ok: true };
  };
---
kind: JavaScript.Script
metadata: { name: Never }
code: |
  const main = (_, { signal, deadline }) => {
    console.log("left " + (deadline - Date.now() <= 2000));
    signal.addEventListener("abort", () => console.log("aborted " + signal.reason.name));
    return new Promise(() => {});
  };
---
kind: JavaScript.Script
metadata: { name: Obeys }
code: |
  const main = (_, { signal }) => new Promise((_, fail) => {
    signal.addEventListener("abort", () => fail(signal.reason));
  });
---
kind: JavaScript.Script
metadata: { name: Large }
code: |
  const main = ({ params }) => "x".repeat(Number(params.size));
`,
});

interface Served extends Running {
  readonly port: number;
}

async function serve(form: Form, fields: string, args: readonly string[] = []): Promise<Served> {
  const cwd = tempApp(app(`${fields}\nmounts: [{ type: Http.Api.Main }]`));
  const running = start(form, ["runtime.yaml", ...args], { cwd });
  const [, port] = await running.waitFor(/Listening on http:\/\/127\.0\.0\.1:(\d+)/);
  return { ...running, port: Number(port) };
}

/** Stops the app, which must end well and soon. */
async function stop({ kill, exited }: Served, within = 20_000): Promise<string> {
  const began = performance.now();
  kill("SIGTERM");
  const { code, stderr } = await exited;
  assert.equal(code, 0, stderr);
  const took = performance.now() - began;
  assert.ok(took < within, `the stop took ${took} ms\n${stderr}`);
  return stderr;
}

/** How long a server may take for what it does at its time or at once, in milliseconds. */
const PATIENCE = 30_000;

/** A connection that sends exactly what it is told, and keeps what it gets. */
interface Client {
  readonly received: () => string;
  readonly send: (text: string) => void;
  /** Resolves when the server has closed the connection; fails when it does not. */
  closed(within: number): Promise<string>;
  /** Resolves when what was received matches. */
  receive(pattern: RegExp, within?: number): Promise<string>;
  destroy(): void;
}

async function client(port: number, text = "", { paused = false } = {}): Promise<Client> {
  const socket = connect(port, "127.0.0.1");
  let received = "";
  socket.setEncoding("latin1").on("error", () => {});
  await new Promise((resolve, reject) => {
    socket.once("connect", resolve).once("error", reject);
  });
  if (!paused) socket.on("data", (chunk) => received += chunk);
  else socket.pause();
  if (text !== "") socket.write(text);
  const until = (what: string, isDone: () => boolean, within: number): Promise<string> =>
    new Promise((resolve, reject) => {
      const began = performance.now();
      const look = setInterval(() => {
        const isLate = performance.now() - began > within;
        if (!isDone() && !isLate) return;
        clearInterval(look);
        if (isDone()) resolve(received);
        else reject(new Error(`not ${what} within ${within} ms; received ${received}`));
      }, 10);
    });
  return {
    received: () => received,
    send: (more) => void socket.write(more),
    closed: (within) => until("closed", () => socket.closed, within),
    receive: (pattern, within = PATIENCE) =>
      until("received", () => pattern.test(received), within),
    destroy: () => void socket.destroy(),
  };
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
const post = (length: number, body: string) =>
  `POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: ${length}\r\n\r\n${body}`;
const postChunked =
  "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n";

for (const form of forms) {
  const isDeno = form.name.startsWith("deno");
  const isBun = /bun|single/.test(form.name);

  // Side by side, since they wait.
  describe(`${form.name}, over time`, { concurrency: 4 }, () => {
    test("a body that does not arrive in time is answered with 408, and the connection closed", async () => {
      const served = await serve(form, "timeouts: { body: 2s }");
      await Promise.all([post(10, "abc"), postChunked].map(async (request) => {
        const stalled = await client(served.port, request);
        const answer = await stalled.receive(/REQUEST_TIMEOUT/);
        assert.match(answer, /^HTTP\/1\.1 408 /);
        assert.match(answer, /connection: close/i);
        // Deno has no way to close one connection; the stop does.
        if (!isDeno) await stalled.closed(PATIENCE);
        else stalled.destroy();
      }));
      // One that arrives slowly but in time is served.
      const slow = await client(served.port, post(4, "ab"));
      slow.send("cd");
      assert.match(await slow.receive(/abcd/), /^HTTP\/1\.1 200 /);
      slow.destroy();
      await stop(served);
    });

    test("a handler past its time is aborted and answered with 504, and a stop ends well", async () => {
      const served = await serve(form, "timeouts: { handler: 2s }");
      await Promise.all(["never", "obeys"].map(async (path) => {
        const answer = await fetch(`http://127.0.0.1:${served.port}/${path}`);
        assert.equal(answer.status, 504);
        assert.equal(
          (await answer.json() as { error: { code: string } }).error.code,
          "GATEWAY_TIMEOUT",
        );
      }));
      await served.waitFor(/aborted TimeoutError/);
      assert.match(served.stdout(), /left true/);
      assert.match(
        served.stderr(),
        /GET \/never: JavaScript\.Script\.Never did not answer within 2 s and was aborted/,
      );
      const fast = await fetch(`http://127.0.0.1:${served.port}/slow/10`);
      assert.equal(fast.status, 200);
      await stop(served);
    });

    test("a handler that never settles delays a stop until its time is over", async () => {
      const served = await serve(form, "timeouts: { handler: 1s }");
      const answer = fetch(`http://127.0.0.1:${served.port}/never`);
      await served.waitFor(/left/);
      const stderr = await stop(served);
      assert.equal((await answer).status, 504);
      assert.doesNotMatch(stderr, /ERR_/);
    });

    test("no more than `maxInFlight` requests are served at once", async () => {
      const served = await serve(form, "maxInFlight: 2\nhealth: true");
      const url = `http://127.0.0.1:${served.port}`;
      const first = [fetch(`${url}/slow/5000`), fetch(`${url}/slow/5000`)];
      await served.waitFor(/slow 5000\nslow 5000/);
      const refused = await fetch(`${url}/slow/1`);
      assert.equal(refused.status, 503);
      assert.match(refused.headers.get("retry-after") ?? "", /^\d+$/);
      assert.equal((await refused.json() as { error: { code: string } }).error.code, "UNAVAILABLE");
      assert.equal((await fetch(`${url}/healthz`)).status, 200);
      for (const answer of first) assert.equal((await answer).status, 200);
      assert.equal((await fetch(`${url}/slow/1`)).status, 200);
      await stop(served);
    });

    if (!isDeno) {
      test("idle connections and stalled headers are closed at their time", async () => {
        const served = await serve(form, "timeouts: { idle: 1s, header: 500ms }");
        const [idle, unused, stalled] = [
          await client(served.port, get("/hello")),
          await client(served.port),
          await client(served.port, "GET /hello HTTP/1.1\r\nHost: x\r\nA: b"),
        ];
        const dripping = setInterval(() => stalled.send("c"), 100);
        assert.match(await idle.closed(PATIENCE), /^HTTP\/1\.1 200 /);
        // Bun's own limit for headers, 10 seconds, cannot be changed.
        await unused.closed(PATIENCE);
        await stalled.closed(PATIENCE);
        clearInterval(dripping);
        const stderr = await stop(served);
        assert.equal(/`timeouts\.header` has no effect on Bun/.test(stderr), isBun);
      });
    }

    if (isDeno) {
      test("Deno warns that its server has no such timeouts", async () => {
        assert.match(
          await stop(await serve(form, "timeouts: { idle: 1s }")),
          /`timeouts\.header` and `timeouts\.idle` have no effect on Deno/,
        );
        assert.doesNotMatch(await stop(await serve(form, "")), /no effect/);
      });
    }

    test("a handler may take longer than a connection may be idle", async () => {
      const served = await serve(form, "timeouts: { idle: 1s, handler: 20s }");
      assert.equal((await fetch(`http://127.0.0.1:${served.port}/slow/6000`)).status, 200);
      await stop(served);
    });

    test("clients that stall do not make a stop fail", async () => {
      const served = await serve(form, "maxBodyBytes: 100000", ["--shutdown-timeout", "15s"]);
      const clients = [
        await client(served.port),
        await client(served.port, get("/hello")),
        await client(served.port, "GET /hello HTTP/1.1\r\nHost: x\r\nA: b"),
        await client(served.port, post(10, "abc")),
        await client(served.port, postChunked),
        // Larger than what sockets take in by themselves.
        await client(served.port, get("/large/50000000"), { paused: true }),
        await client(served.port, get("/slow/100").repeat(50)),
      ];
      await clients[1]!.receive(/hello/);
      await new Promise((resolve) => setTimeout(resolve, 500));
      await stop(served);
      for (const one of clients) one.destroy();
    });
  });

  describe(`${form.name}, with many connections`, () => {
    test("without file descriptors it warns once, and continues when there are some again", {
      skip: process.platform !== "linux" && "the limit is set by a shell of Linux",
    }, async () => {
      const limited = ["/bin/sh", "-c", 'ulimit -n 64; exec "$@"', "sh", ...form.command];
      const served = await serve({ name: form.name, command: limited }, "");
      const clients = await Promise.all(Array.from({ length: 150 }, async () => {
        const one = await client(served.port).catch(() => undefined);
        one?.send(get("/hello"));
        return one;
      }));
      await served.waitFor(/No file descriptors are left \(the limit is 64\)/);
      // Long enough to notice it again.
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      for (const one of clients) one?.destroy();
      let answer: Response | undefined;
      for (let tries = 0; tries < 300 && answer === undefined; tries++) {
        answer = await fetch(`http://127.0.0.1:${served.port}/hello`).catch(() => undefined);
        if (answer === undefined) await new Promise((resolve) => setTimeout(resolve, 100));
      }
      assert.equal(answer?.status, 200);
      const stderr = await stop(served);
      assert.equal(stderr.match(/No file descriptors/g)?.length, 1, stderr);
    });

    test("clients that go away in the middle of pipelined requests leave nothing in flight", async () => {
      const served = await serve(form, "health: true", ["--shutdown-timeout", "15s"]);
      for (let round = 0; round < 3; round++) {
        const gone = await client(served.port, get("/slow/20").repeat(200));
        // Bun closes a connection by itself on which requests are pipelined and not answered at once.
        await Promise.race([gone.receive(/200/), gone.closed(PATIENCE)]);
        gone.destroy();
      }
      await stop(served);
    });

    test("every request on connections opened just before a stop is answered", async () => {
      await stopAfterOpening(await serve(form, ""), 1_000, "/slow/200");
    });

    // Node accepts one connection in each turn of its event loop, which takes as long as a request.
    test("connections that wait while the process is busy are not lost in a stop", async () => {
      await stopAfterOpening(await serve(form, ""), 250, "/busy/12");
    });
  });
}

/** Stops a server after so many clients have connected, all of which must get their response. */
async function stopAfterOpening(served: Served, count: number, path: string): Promise<void> {
  const clients = Array.from({ length: count }, () => {
    const socket = connect(served.port, "127.0.0.1");
    let received = "";
    socket.setEncoding("latin1").on("data", (chunk) => received += chunk);
    const connected = new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    });
    socket.once("connect", () => socket.write(get(path)));
    const ended = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    return { connected, answer: ended.then(() => received) };
  });
  const connected = await Promise.all(clients.map((one) => one.connected));
  const stopped = stop(served, 20_000);
  const answers = await Promise.all(clients.map((one) => one.answer));
  const lost = answers.filter((answer, index) =>
    connected[index] && !answer.startsWith("HTTP/1.1 200")
  );
  assert.equal(lost.length, 0, `${lost.length} of ${answers.length} were not answered`);
  await stopped;
}
