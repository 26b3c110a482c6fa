/** Http.Static, Http.Proxy and Http.Compress with usual and raw bad requests, in every form. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { symlinkSync } from "node:fs";
import { createServer, request as sendRequest } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { brotliDecompressSync } from "node:zlib";
import { assertCode, type Form, forms, start, tempApp } from "./forms.ts";

const BIG = 300_000;
const app = {
  "runtime.yaml": `name: App
imports: [digly:http, digly:javascript]
---
kind: Http.Server
metadata: { name: Main }
port: 0
timeouts: { body: 5s }
use: [Http.Compress.Main]
mounts:
  - { path: /, type: Http.Static.Site }
  - { path: /api, type: Http.Proxy.Api }
  - { path: /, type: Http.Route.Rest }
---
kind: Http.Compress
metadata: { name: Main }
---
kind: Http.Static
metadata: { name: Site }
root: ./public
fallback: index.html
---
kind: Http.Proxy
metadata: { name: Api }
upstream: "\${{ env.UPSTREAM }}"
timeout: 5s
---
kind: Http.Route
metadata: { name: Rest }
request: { path: "/rest/*" }
handler:
  kind: JavaScript.Script
  code: |
    const main = ({ params }) => params["*"];
`,
  "secret.txt": "secret",
  "public/index.html": "<h1>home</h1>",
  "public/.env": "secret",
  "public/big.png": "0123456789".repeat(BIG / 10),
  "public/long.txt": "lorem ipsum ".repeat(1_000),
};

let abandoned = 0;
const upstream = createServer((request, response) => {
  response.on("close", () => {
    if (!response.writableEnded) abandoned++;
  });
  if (request.url === "/cut") {
    response.writeHead(200, { "content-length": "100" }).write("cut");
    setTimeout(() => response.destroy(), 20);
  } else if (request.url === "/slow") {
    upstream.emit("slow");
  } else {
    let body = "";
    request.setEncoding("utf8").on("data", (part: string) => body += part).on("error", () => {});
    request.on("end", () => {
      response.writeHead(200, {
        "content-type": "application/json",
        "x-hop": "1",
        connection: "x-hop",
      });
      response.end(JSON.stringify({ url: request.url, headers: request.headers, body }));
    });
  }
}).listen(0, "127.0.0.1");
after(() => {
  upstream.close();
  upstream.closeAllConnections();
});

/** Sends bytes, and gives the response as text. */
function raw(url: string, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1", () => socket.write(bytes));
    let text = "";
    socket.setEncoding("latin1").on("data", (chunk) => text += chunk);
    socket.on("close", () => resolve(text)).on("error", reject);
  });
}

async function behaves(form: Form): Promise<void> {
  if (!upstream.listening) await once(upstream, "listening");
  const cwd = tempApp(app);
  symlinkSync("../secret.txt", join(cwd, "public/leak.txt"));
  const env = { UPSTREAM: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}` };
  const server = start(form, ["runtime.yaml"], { cwd, env });
  try {
    const [, url] = await server.waitFor(/Listening on (http:\/\/127\.0\.0\.1:\d+)/, 60_000);
    const get = (path: string, headers: Record<string, string> = {}) =>
      fetch(url + path, { headers: { "accept-encoding": "identity", ...headers } });

    const file = await get("/big.png");
    assert.equal(file.headers.get("content-length"), String(BIG));
    assert.equal(file.headers.get("content-type"), "image/png");
    assert.equal((await file.text()).length, BIG);
    const etag = file.headers.get("etag")!;
    assert.equal((await get("/big.png", { "if-none-match": etag })).status, 304);
    for (
      const [range, status, content] of [
        ["bytes=0-4", 206, "01234"],
        ["bytes=-3", 206, "789"],
        ["bytes=100000-199999", 206, "0123456789".repeat(10_000)],
        ["bytes=x-", 200, undefined],
        [`bytes=${BIG}-`, 416, undefined],
      ] as const
    ) {
      const part = await get("/big.png", { range, "if-range": etag });
      assert.equal(part.status, status, range);
      const text = await part.text();
      if (content !== undefined) assert.equal(text, content);
    }
    assert.equal(await (await get("/some/page")).text(), "<h1>home</h1>");
    for (
      const path of [
        "/.env",
        "/%2eenv",
        "/..%2fsecret.txt",
        "/%2e%2e/secret.txt",
        "/..%5csecret.txt",
        "/leak.txt",
        "/index.html%00",
      ]
    ) {
      const answer = await raw(
        url!,
        `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
      );
      assert.match(answer, /^HTTP\/1\.1 404 /, path);
    }
    assert.equal((await fetch(`${url}/index.html`, { method: "DELETE" })).status, 405);
    assert.equal(await (await get("/rest/a/b%20c")).json(), "a/b c");

    const packed = await new Promise<Buffer>((resolve, reject) => {
      sendRequest(`${url}/long.txt`, { headers: { "accept-encoding": "br" } }, (response) => {
        assert.equal(response.headers["content-encoding"], "br");
        assert.match(response.headers["etag"]!, /^W\//);
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("end", () => resolve(Buffer.concat(parts))).on("error", reject);
      }).on("error", reject).end();
    });
    assert.equal(brotliDecompressSync(packed).toString(), app["public/long.txt"]);

    const posted = await fetch(`${url}/api/a?b=%20`, {
      method: "POST",
      body: "hello",
      headers: { "x-forwarded-for": "6.6.6.6", "x-kept": "1" },
    });
    const echo = await posted.json() as {
      url: string;
      headers: Record<string, string>;
      body: string;
    };
    assert.deepEqual([echo.url, echo.body, echo.headers["x-kept"]], ["/a?b=%20", "hello", "1"]);
    assert.equal(echo.headers["x-forwarded-for"], "127.0.0.1");
    assert.equal(posted.headers.get("x-hop"), null);
    await assert.rejects(get("/api/cut").then((response) => response.text()));
    const client = new AbortController();
    const before = abandoned;
    const arrived = once(upstream, "slow");
    const slow = assert.rejects(fetch(`${url}/api/slow`, { signal: client.signal }));
    await arrived;
    client.abort();
    await slow;
    while (abandoned === before) await new Promise((resolve) => setTimeout(resolve, 10));
    const smuggled = await raw(
      url!,
      "POST /api/x HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n" +
        "Connection: close\r\n\r\n0\r\n\r\nGET /api/smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
    );
    assert.match(smuggled, /^HTTP\/1\.1 400 /);
    assert.match(
      await raw(url!, "GET /api/..%2fx HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
      /^HTTP\/1\.1 400 /,
    );
  } finally {
    server.kill("SIGTERM");
    assertCode(await server.exited, 0);
  }
}

describe("files, a proxy and compression", () => {
  for (const form of forms) test(form.name, () => behaves(form));
});
