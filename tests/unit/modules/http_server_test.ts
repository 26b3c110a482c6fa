import assert from "node:assert/strict";
import { Agent, get } from "node:http";
import { test } from "node:test";
import type { DiglyError } from "../../../src/contract/errors.ts";
import { freePort } from "../../servers/debian.ts";
import { gate, loadHttpApp, route, startHttpApp } from "./http_app.ts";

const api = (name: string, ...routes: string[]) =>
  `kind: Http.Api\nmetadata: { name: ${name} }\nroutes:\n${
    routes.map((path) =>
      `  - request: { path: '${path}' }\n    response: { body: '${name} ${path}' }\n`
    ).join("")
  }`;

test("mounts put routes below a path", async (t) => {
  const { url } = await startHttpApp(
    t,
    `${api("A", "/hello", "/")}---\n${route("request: { path: /x }\nresponse: { body: single }")}`,
    {
      mounts: "mounts: [{ path: /v1/, type: Http.Api.A }, { type: Http.Route.R0 }]",
    },
  );
  const text = async (path: string) => {
    const response = await fetch(url + path);
    return response.status === 200 ? await response.json() : response.status;
  };
  assert.equal(await text("/v1/hello"), "A /hello");
  assert.equal(await text("/v1"), "A /");
  assert.equal(await text("/x"), "single");
  assert.equal(await text("/hello"), 404);
});

test("text in a path takes precedence over a parameter", async (t) => {
  const { url } = await startHttpApp(t, api("A", "/users/{id}", "/users/me", "/users/:id/posts"), {
    mounts: "mounts: [{ type: Http.Api.A }]",
  });
  const text = async (path: string) => await (await fetch(url + path)).json();
  assert.equal(await text("/users/me"), "A /users/me");
  assert.equal(await text("/users/7"), "A /users/{id}");
  assert.equal(await text("/users/me/posts"), "A /users/:id/posts");
});

test("an unknown path is 404, and a wrong method 405 with the known methods", async (t) => {
  const { url } = await startHttpApp(
    t,
    route(
      "request: { path: '/a/{x}' }\nresponse: { body: 1 }",
      "request: { path: '/a/:y', method: POST }\nresponse: { body: 2 }",
    ),
  );
  assert.equal((await fetch(`${url}/b`)).status, 404);
  const wrong = await fetch(`${url}/a/1`, { method: "DELETE" });
  assert.equal(wrong.status, 405);
  assert.equal(wrong.headers.get("allow"), "GET, HEAD, POST");
  assert.equal((await wrong.json()).error.code, "METHOD_NOT_ALLOWED");
  const head = await fetch(`${url}/a/1`, { method: "HEAD" });
  assert.equal(head.status, 200);
  assert.equal(head.headers.get("content-type"), "application/json");
  assert.equal(await head.text(), "");
});

test("two routes for the same requests are an error that shows both", async () => {
  const { kernel } = await loadHttpApp(`${api("A", "/x/{id}")}---\n${api("B", "/{id}")}`, {
    mounts: "mounts: [{ type: Http.Api.A }, { path: /x, type: Http.Api.B }]",
  });
  await assert.rejects(kernel.start(), {
    code: "ERR_RESOURCE_INVALID",
    message: /GET \/x\/\{id\} of Http\.Api\.A and GET \/x\/\{id\} of Http\.Api\.B/,
  });
});

test("mistakes in a route are found at the start", async () => {
  const failsWith = async (resources: string, message: RegExp, mounts = "") => {
    const { kernel } = await loadHttpApp(resources, { mounts });
    await assert.rejects(kernel.start(), { message });
  };
  await failsWith(route("request: { path: '/a/x{id}' }"), /"x\{id\}"/);
  await failsWith(route("request: { path: '/{id}/{id}' }"), /two parameters "id"/);
  await failsWith(
    route("request: { path: /, query: { type: strin } }"),
    /Http\.Route\.R0: `request\.query` .* "strin" is not a type/,
  );
  await failsWith(
    route("request: { path: / }\nhandler: Test.Handler.ech"),
    /`handler` does not name a resource/,
  );
  await failsWith(
    route("request: { path: / }\nhandler: { kind: Test.Handler, name: ech }"),
    /`handler` does not name a resource/,
  );
  await failsWith(
    route(),
    /`mounts\[0\]\.type` must name a resource of the kind Http\.Mount/,
    "mounts: [{ type: Test.Handler.echo }]",
  );
  await failsWith(route("request: { path: / }\nrespons: 1"), /respons/);
});

test("servers with one address share a listener, and hosts choose among them", async (t) => {
  const port = await freePort();
  const server = (name: string, fields: string) =>
    `kind: Http.Server\nmetadata: { name: ${name} }\nport: ${port}\n${fields}\n---\n`;
  await startHttpApp(
    t,
    server("A", "hosts: [a.test, '*.a.test']\nmounts: [{ type: Http.Api.A }]") +
      server("B", "hosts: [B.test.]\nmounts: [{ type: Http.Api.B }]") +
      server("Rest", "health: true\nmounts: [{ type: Http.Api.Rest }]") +
      `${api("A", "/one")}---\n${api("B", "/one")}---\n${api("Rest", "/rest")}`,
  );
  const ask = (host: string, path: string) =>
    new Promise<unknown>((resolve, reject) => {
      get({ port, path, headers: { host } }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part) => text += part)
          .on("end", () => resolve(response.statusCode === 200 ? text : response.statusCode));
      }).on("error", reject);
    });
  assert.equal(await ask("a.test", "/one"), '"A /one"');
  assert.equal(await ask(`A.TEST:${port}`, "/one"), '"A /one"');
  assert.equal(await ask("x.a.test", "/one"), '"A /one"');
  assert.equal(await ask("x.y.a.test", "/one"), 404);
  assert.equal(await ask("b.test", "/one"), '"B /one"');
  assert.equal(await ask("c.test", "/one"), 404);
  for (const host of ["a.test", "b.test", "c.test"]) {
    assert.equal(await ask(host, "/rest"), '"Rest /rest"', host);
    assert.equal(await ask(host, "/healthz"), '{"status":"alive"}', host);
  }
});

test("a host without a server is not found", async (t) => {
  const { url } = await startHttpApp(t, api("A", "/one"), {
    mounts: "hosts: [a.test]\nmounts: [{ type: Http.Api.A }]",
  });
  const response = await fetch(`${url}/one`);
  assert.equal(response.status, 404);
  assert.equal((await response.json()).error.message, "No site answers for this host");
});

test("routes of one address conflict only if their hosts overlap", async () => {
  const conflicts = async (one: string, other: string, port = 8080) => {
    const { kernel } = await loadHttpApp(
      `${api("A", "/x/:a")}---\n${api("B", "/x/{b}")}---\n` +
        `kind: Http.Server\nmetadata: { name: One }\nport: ${port}\n${one}\n` +
        `mounts: [{ type: Http.Api.A }]\n---\n` +
        `kind: Http.Server\nmetadata: { name: Two }\nport: ${port}\n${other}\n` +
        `mounts: [{ type: Http.Api.B }]\n`,
      { mounts: "mounts: []" },
    );
    return await kernel.verify().then(() => [], ({ message, origin, related }: DiglyError) => {
      assert.match(
        message,
        /GET \/x\/:a of Http\.Api\.A and GET \/x\/\{b\} of Http\.Api\.B answer the same/,
      );
      return [origin?.path, ...related.map((place) => place.origin.path)];
    });
  };
  const both = ["$.routes[0].request.path", "$.routes[0].request.path"];
  assert.deepEqual(await conflicts("", ""), both);
  assert.deepEqual(await conflicts("hosts: [a.test]", ""), both);
  assert.deepEqual(await conflicts("hosts: ['*.test']", "hosts: [a.test]"), both);
  assert.deepEqual(await conflicts("hosts: [a.test]", "hosts: [b.test]"), []);
  assert.deepEqual(await conflicts("", "host: 127.0.0.2"), []);
  assert.deepEqual(await conflicts("", "", 0), []);
});

test("one conflict of routes is one error, however many servers mount them", async () => {
  const errors: DiglyError[] = [];
  const { kernel } = await loadHttpApp(
    route("request: { path: '/:a' }", "request: { path: '/:b' }") +
      "---\nkind: Http.Server\nmetadata: { name: Other }\n",
    { diagnostics: { error: (error) => void errors.push(error), warning() {} } },
  );
  await kernel.verify();
  assert.deepEqual(errors.map(({ code, origin }) => [code, origin?.path]), [
    ["ERR_RESOURCE_INVALID", "$.request.path"],
  ]);
});

test("a kind derived from Http.Route can be mounted", async (t) => {
  const { url } = await startHttpApp(
    t,
    "kind: Runtime.KindDefinition\nmetadata: { name: My.Route }\nextends: Http.Route\n---\n" +
      "kind: My.Route\nmetadata: { name: Up }\nrequest: { path: /up }\nresponse: { body: yes }\n",
    { mounts: "mounts: [{ type: My.Route.Up }]" },
  );
  assert.equal(await (await fetch(`${url}/up`)).json(), "yes");
});

test("the address is in the event and in the log", async (t) => {
  const { url, logs } = await startHttpApp(t, route());
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
  assert.notEqual(url, "http://127.0.0.1:0");
  assert.ok(logs.some(({ message }) => message === `Listening on ${url}`));
});

test("a port in use is one clear error", async (t) => {
  const { url } = await startHttpApp(t, route());
  const { port } = new URL(url);
  const other = await loadHttpApp(
    `${route()}---\nkind: Http.Server\nmetadata: { name: Other }\nport: ${port}\n`,
  );
  await assert.rejects(other.kernel.start(), ({ code, message, help, origin }: DiglyError) => {
    assert.equal(code, "ERR_INIT_FAILED");
    assert.equal(
      message,
      `Initialising Http.Server.Other failed: Port ${port} on 127.0.0.1 is already in use`,
    );
    assert.match(help!, /choose another port/);
    assert.equal(origin?.path, "$.port");
    return true;
  });
});

test("a single execution does not listen", async () => {
  const { kernel, logs } = await loadHttpApp(route(), { serve: false });
  await kernel.start();
  assert.deepEqual(logs, []);
  await kernel.waitUntilIdle();
  assert.equal((await kernel.stop()).exitCode, 0);
});

/** A server at a port that is known before it says that it listens, and a module beside it. */
async function earlyApp(start: (url: string) => Promise<void>) {
  const url = `http://127.0.0.1:${await freePort()}`;
  const { kernel, logs } = await loadHttpApp(
    `${route("request: { path: / }\nresponse: { body: up }")}---\n` +
      `kind: Http.Server\nmetadata: { name: Early }\nport: ${new URL(url).port}\n---\n` +
      "kind: Late.Thing\nmetadata: { name: a }\n",
    {
      modules: [{
        name: "Late",
        controllers: { "Late.Thing": { create: () => ({ start: () => start(url) }) } },
      }],
    },
  );
  const said = () => logs.filter(({ message }) => message.startsWith("Listening"));
  return { kernel, said };
}

test("a server says that it listens, and answers, when everything has started", async (t) => {
  let early: Promise<Response> | undefined;
  const order: string[] = [];
  const { kernel, said } = await earlyApp(async (url) => {
    early = fetch(url);
    void early.then(() => order.push("answered"));
    // The request has arrived once a later one over another connection has been refused.
    await assert.rejects(fetch(`${url}/`, { signal: AbortSignal.timeout(50) }));
    order.push(`started after ${said().length} lines`);
  });
  t.after(() => kernel.stop());
  await kernel.start();
  assert.equal(await (await early!).json(), "up");
  assert.deepEqual(order, ["started after 0 lines", "answered"]);
  assert.equal(said().length, 2);
});

test("a boot that fails has not said that it listens, and answers requests with 503", async () => {
  let early: Promise<Response> | undefined;
  const { kernel, said } = await earlyApp(async (url) => {
    early = fetch(url);
    await assert.rejects(fetch(`${url}/`, { signal: AbortSignal.timeout(50) }));
    throw new Error("out of disk");
  });
  await assert.rejects(kernel.start(), { code: "ERR_START_FAILED" });
  const answer = await early!.then(({ status }) => status, () => "refused");
  assert.ok(answer === 503 || answer === "refused", String(answer));
  assert.deepEqual(said(), []);
});

test("a stop answers every request in flight and closes the port", async (t) => {
  let running = 0;
  const all = gate();
  const go = gate();
  const { kernel, url } = await startHttpApp(
    t,
    route("request: { path: / }\nhandler: Test.Handler.echo"),
    {
      async handle() {
        if (++running === 200) all.open();
        await go.promise;
        return "done";
      },
    },
  );
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  const request = () =>
    new Promise<string>((resolve, reject) => {
      get(url, { agent }, (response) => {
        response.resume();
        response.on("end", () => resolve(`${response.statusCode} ${response.headers.connection}`));
      }).on("error", reject);
    });
  const answers = Array.from({ length: 200 }, request);
  await all.promise;
  let idle = false;
  void kernel.waitUntilIdle().then(() => idle = true);
  const stopped = kernel.stop();
  setTimeout(go.open, 100);
  assert.deepEqual([...new Set(await Promise.all(answers))], ["200 close"]);
  assert.deepEqual(await stopped, { exitCode: 0, errors: [] });
  assert.ok(idle);
  await assert.rejects(fetch(url));
});

test("a timeout that is not a duration is one error that shows the format", async () => {
  for (const value of ["soon", "-1s", "5h", "-1"]) {
    const { kernel } = await loadHttpApp("", { mounts: `timeouts: { body: ${value} }\nmounts: []` })
      .catch((error) => assert.fail(error));
    await assert.rejects(kernel.start(), (error: Error) => {
      assert.match(
        error.message,
        value === "-1"
          ? /timeouts\.body.*must be from 0 to 2147483/s
          : /timeouts\.body.*must be a duration such as 500ms, 30s or 2m, or a number of seconds/s,
      );
      return true;
    });
  }
});
