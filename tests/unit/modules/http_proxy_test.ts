import assert from "node:assert/strict";
import { createServer, request as sendRequest, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { test, type TestContext } from "node:test";
import { createForwarded } from "../../../src/modules/http/forwarded.ts";
import { requestHeaders, responseHeaders } from "../../../src/modules/http/proxy_headers.ts";
import { gate, loadHttpApp, startHttpApp } from "./http_app.ts";
import { type Echo, startUpstream, type Upstream } from "./upstream.ts";

async function upstreamFor(t: TestContext): Promise<Upstream> {
  const upstream = await startUpstream();
  t.after(() => upstream.close());
  return upstream;
}

/** A service that a test writes. */
async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const proxy = (upstream: string, fields = "") =>
  `kind: Http.Proxy\nmetadata: { name: P }\nupstream: ${upstream}\n${fields}\n`;
const AT_API = "mounts: [{ path: /api, type: Http.Proxy.P }]";

async function echoOf(url: string, init?: RequestInit): Promise<Echo> {
  const response = await fetch(url, init);
  assert.equal(response.status, 200);
  return await response.json() as Echo;
}

test("requests are passed on below the path of the upstream", async (t) => {
  const { url: upstream, connections } = await upstreamFor(t);
  const fields = 'headers: { x-tenant: "${{ request.query.tenant }}", cookie: null, x-n: 7 }';
  const { url } = await startHttpApp(t, proxy(`${upstream}/v1/`, fields), { mounts: AT_API });
  const echo = await echoOf(`${url}/api/a%20b/c?tenant=t1&q=%2F`, {
    method: "POST",
    body: "hello",
    headers: {
      "x-kept": "1",
      cookie: "a=b",
      "x-n": "1",
      "x-forwarded-for": "6.6.6.6",
      "x-real-ip": "6.6.6.6",
      forwarded: "for=6.6.6.6",
      "proxy-authorization": "x",
    },
  });
  assert.equal(echo.method, "POST");
  assert.equal(echo.url, "/v1/a%20b/c?tenant=t1&q=%2F");
  assert.equal(echo.body, "hello");
  const { headers } = echo;
  assert.equal(headers["x-tenant"], "t1");
  assert.equal(headers["x-kept"], "1");
  assert.equal(headers["x-n"], "7");
  assert.equal(headers["host"], new URL(upstream).host);
  assert.equal(headers["x-forwarded-for"], "127.0.0.1");
  assert.equal(headers["x-forwarded-proto"], "http");
  assert.equal(headers["x-forwarded-host"], new URL(url).host);
  for (const name of ["cookie", "x-real-ip", "forwarded", "proxy-authorization"]) {
    assert.equal(headers[name], undefined, name);
  }
  assert.equal((await echoOf(`${url}/api?tenant=a`)).url, "/v1/?tenant=a");
  assert.equal(connections(), 1, "connections are kept");
});

test("responses come back as they are", async (t) => {
  const { url: upstream } = await upstreamFor(t);
  const { url } = await startHttpApp(t, proxy(upstream), { mounts: AT_API });
  const redirect = await fetch(`${url}/api/go?to=/elsewhere`, { redirect: "manual" });
  assert.equal(redirect.status, 302);
  assert.equal(redirect.headers.get("location"), "/elsewhere");
  const cookies = await fetch(`${url}/api/cookies`);
  assert.equal(cookies.status, 204);
  assert.deepEqual(cookies.headers.getSetCookie(), ["a=1", "b=2"]);
  // The bytes are not decoded in between.
  const raw = await new Promise<{ encoding: unknown; first: number }>((resolve, reject) => {
    sendRequest(`${url}/api/bomb`, (response) => {
      response.once("data", (chunk: Uint8Array) => {
        resolve({ encoding: response.headers["content-encoding"], first: chunk[0]! });
        response.destroy();
      });
    }).on("error", reject).end();
  });
  assert.deepEqual(raw, { encoding: "gzip", first: 0x1f });
  const head = await fetch(`${url}/api/big`, { method: "HEAD" });
  assert.equal(head.status, 200);
});

test("bodies stream in both directions", async (t) => {
  const arrived = gate();
  const upstream = await serve(t, (request, response) => {
    response.writeHead(200);
    request.on("data", (chunk: Uint8Array) => {
      arrived.open();
      response.write(`got ${chunk.length};`);
    });
    request.on("end", () => response.end("end"));
  });
  const { url } = await startHttpApp(t, proxy(upstream), { mounts: AT_API });
  const text = await new Promise<string>((resolve, reject) => {
    let text = "";
    const request = sendRequest(`${url}/api/`, { method: "POST" }, (response) => {
      response.setEncoding("utf8").on("data", (chunk) => text += chunk);
      response.on("end", () => resolve(text)).on("error", reject);
    }).on("error", reject);
    request.write("abc");
    void arrived.promise.then(() => request.end("defg"));
  });
  assert.equal(text, "got 3;got 4;end");
});

test("an upstream that fails is answered with 502, one that is late with 504", async (t) => {
  const { url: upstream, abandoned } = await upstreamFor(t);
  const dead = await startUpstream();
  await dead.close();
  const resources = `${proxy(upstream, "timeout: 200ms")}---\n${
    proxy(dead.url).replace("name: P", "name: Dead")
  }`;
  const mounts =
    "mounts: [{ path: /api, type: Http.Proxy.P }, { path: /dead, type: Http.Proxy.Dead }]";
  const { url, logs } = await startHttpApp(t, resources, { mounts });
  const late = await fetch(`${url}/api/slow`);
  assert.equal(late.status, 504);
  assert.match(await late.text(), /"GATEWAY_TIMEOUT"/);
  const refused = await fetch(`${url}/dead/x?secret=1`);
  assert.equal(refused.status, 502);
  assert.match(await refused.text(), /"BAD_GATEWAY"/);
  assert.ok(logs.some(({ message }) => /^GET \/x: http.* failed: .*ECONNREFUSED/.test(message)));
  await assert.rejects(fetch(`${url}/api/cut`).then((response) => response.text()));
  while (abandoned() < 1) await new Promise((resolve) => setTimeout(resolve, 5));
});

test("a client that leaves ends the request of the upstream", async (t) => {
  for (const begins of [false, true]) {
    const [arrived, left] = [gate(), gate()];
    const upstream = await serve(t, (_request, response) => {
      if (begins) response.writeHead(200).write("begins");
      response.on("close", () => left.open());
      arrived.open();
    });
    const { url } = await startHttpApp(t, proxy(upstream), { mounts: AT_API });
    const client = new AbortController();
    const response = fetch(`${url}/api/x`, { signal: client.signal });
    if (begins) await (await response).body!.getReader().read();
    await arrived.promise;
    client.abort();
    await response.catch(() => {});
    await left.promise;
  }
});

test("a request is never sent half", async (t) => {
  const { url: upstream } = await upstreamFor(t);
  const { url } = await startHttpApp(t, proxy(upstream, "maxBodyBytes: 10B"), {
    mounts: `timeouts: { body: 300ms }\n${AT_API}`,
  });
  const large = await fetch(`${url}/api/x`, { method: "POST", body: "x".repeat(11) });
  assert.equal(large.status, 413);
  const chunked = await fetch(`${url}/api/x`, {
    method: "POST",
    body: new Blob(["x".repeat(20)]).stream(),
    duplex: "half",
  } as RequestInit);
  assert.equal(chunked.status, 413);
  const late = await new Promise<number>((resolve, reject) => {
    const request = sendRequest(`${url}/api/x`, { method: "POST" }, (response) => {
      resolve(response.statusCode!);
      request.destroy();
    }).on("error", reject);
    request.write("abc");
  });
  assert.equal(late, 408);
  const outside = await fetch(`${url}/api/a/..%2f..%5Cadmin`);
  assert.equal(outside.status, 400);
});

test("headers of connections stay on theirs", () => {
  const forwarded = { for: "1.1.1.1", proto: "https", host: "a.example", isTrusted: false };
  const request = new Request("http://a.example/", {
    method: "POST",
    body: "abc",
    headers: {
      "x-hop": "1",
      "x-end": "1",
      "content-length": "3",
      te: "trailers",
      upgrade: "websocket",
      "keep-alive": "1",
    },
  });
  // A `Request` does not let this one be set.
  const headers = new Headers(request.headers);
  const lines = new Map([["connection", "close, X-Hop, content-length, x-forwarded-for"]]);
  const get = (name: string) => lines.get(name) ?? headers.get(name);
  const view = {
    headers: {
      get,
      has: (name: string) => get(name) !== null,
      *[Symbol.iterator]() {
        yield* headers;
        yield* lines;
      },
    },
  } as unknown as Request;
  assert.deepEqual(requestHeaders(view, "up:1", forwarded, true), {
    ...Object.fromEntries(
      [...headers].filter(([name]) => name === "content-type" || name === "x-end"),
    ),
    host: "up:1",
    "x-forwarded-for": "1.1.1.1",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "a.example",
    "content-length": "3",
  });
  const raw = ["Connection", "X-Hop", "x-hop", "1", "Transfer-Encoding", "chunked"];
  const answered = responseHeaders([...raw, "Content-Length", "3", "X-End", "1", "Trailer", "x"]);
  assert.deepEqual([...answered], [["x-end", "1"]]);
});

test("what a trusted proxy says is passed on", () => {
  const request = new Request("http://a.example/", {
    headers: {
      "x-forwarded-for": "1.1.1.1",
      "x-forwarded-proto": "https",
      "x-forwarded-host": "b.example",
    },
  });
  const target = {
    path: "/",
    search: "",
    scheme: "http",
    host: "a.example",
    hostName: "a.example",
    peer: () => "::ffff:10.0.0.1",
  } as const;
  const untrusted = { for: "10.0.0.1", proto: "http", host: "a.example", isTrusted: false };
  assert.deepEqual(createForwarded(false)(request, target), untrusted);
  assert.deepEqual(createForwarded(["10.0.0.2"])(request, target), untrusted);
  assert.deepEqual(createForwarded(["10.0.0.0/8"])(request, target), {
    for: "1.1.1.1, 10.0.0.1",
    proto: "https",
    host: "b.example",
    isTrusted: true,
  });
});

test("mistakes in the fields are errors of the check", async () => {
  const problemOf = async (fields: string) => {
    const { kernel } = await loadHttpApp(`kind: Http.Proxy\nmetadata: { name: P }\n${fields}`);
    return await kernel.start().then(
      () => assert.fail("there is no error"),
      (error: Error) => error.message,
    );
  };
  assert.match(await problemOf("upstream: localhost:80"), /must begin with `http:`/);
  assert.match(await problemOf("upstream: nothing"), /"nothing" is not a URL/);
  assert.match(await problemOf("upstream: http://a:b@c"), /has credentials/);
  assert.match(await problemOf("upstream: http://a/?q=1"), /has a query/);
  const upstream = "upstream: http://a\nheaders:";
  assert.match(await problemOf(`${upstream} { te: x }`), /"te" belongs to the connection/);
  assert.match(await problemOf(`${upstream} { "a b": x }`), /cannot be sent/);
});

test("two resources at one path are an error of the check", async () => {
  const problemOf = async (mounts: string, more = "") => {
    const { kernel } = await loadHttpApp(
      proxy("http://a") + "---\n" + proxy("http://b").replace("name: P", "name: Q") + more,
      { mounts },
    );
    return await kernel.start().then(
      () => assert.fail("there is no error"),
      (error: Error) => error.message,
    );
  };
  assert.match(
    await problemOf(""),
    /\/\* of Http\.Proxy\.P and \/\* of Http\.Proxy\.Q answer the same/,
  );
  const twice = "mounts: [{ path: /a, type: Http.Proxy.P }, { path: /a, type: Http.Proxy.P }]";
  assert.match(await problemOf(twice), /\/a\/\* of Http\.Proxy\.P is mounted twice/);
  const route = '---\nkind: Http.Route\nmetadata: { name: R }\nrequest: { path: "/*" }\n';
  const both = "mounts: [{ type: Http.Route.R }, { type: Http.Proxy.P }]";
  assert.match(
    await problemOf(both, route),
    /\/\* of Http\.Proxy\.P and GET \/\* of Http\.Route\.R answer the same/,
  );
});
