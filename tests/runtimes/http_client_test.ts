/** Sends requests through `HttpClient.Request`, in every form. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { after, before, describe, test } from "node:test";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { type Echo, startUpstream, type Upstream } from "../unit/modules/upstream.ts";
import { type Form, forms, freePort, run, start, tempApp, until } from "./forms.ts";

let upstream: Upstream;
before(async () => {
  upstream = await startUpstream();
});
after(() => upstream.close());

function app(closedPort: number): Record<string, string> {
  const request = (name: string, fields: string) =>
    `---\nkind: HttpClient.Request\nmetadata: { name: ${name} }\n${fields}\n`;
  return {
    "runtime.yaml": `name: App
imports: [digly:std]
---
kind: Http.Server
metadata: { name: Main }
port: 0
timeouts: { handler: 5s }
---
kind: Http.Route
metadata: { name: Any }
request: { path: /run/:name }
handler:
  kind: JavaScript.Script
  name: Run
  inputs: { name: "\${{ request.params.name }}" }
---
kind: JavaScript.Script
metadata: { name: Run }
code: |
  async function main({ name }, ctx) {
    const result = await ctx.execute("HttpClient.Request." + name, { id: 7 });
    const { body } = result;
    return body instanceof Uint8Array ? { ...result, body: { bytes: [...body] } } : result;
  }
---
kind: Secret
metadata: { name: Key }
value: topsecret
${
      request(
        "Echo",
        `method: POST
url: ${upstream.url}/users/\${{ string(input.id) }}
query: { a: [1, "x y"] }
headers: { authorization: "Bearer \${{ Secret.Key }}" }
body: { id: "\${{ input.id }}" }`,
      )
    }${
      request(
        "Form",
        `method: POST
url: ${upstream.url}/form
headers: { content-type: application/x-www-form-urlencoded }
body: { a: "1 &" }`,
      )
    }${request("Followed", `url: ${upstream.url}/go?to=/echo`)}${
      request("Outside", `url: ${upstream.url}/go?to=file:///etc/passwd`)
    }${request("Manual", `url: ${upstream.url}/go?to=/echo\nredirect: manual`)}${
      request("Missing", `url: ${upstream.url}/status?code=404`)
    }${request("Slow", `url: ${upstream.url}/slow\ntimeout: 200ms`)}${
      request("Forever", `url: ${upstream.url}/slow`)
    }${request("Cut", `url: ${upstream.url}/cut`)}${
      request("Bomb", `url: ${upstream.url}/bomb\nmaxBytes: 64KiB`)
    }${request("Endless", `url: ${upstream.url}/endless\nmaxBytes: 64KiB`)}${
      request("Bytes", `url: ${upstream.url}/bytes`)
    }${request("Cookies", `url: ${upstream.url}/cookies`)}${
      request(
        "Closed",
        `url: http://user:topsecret@127.0.0.1:${closedPort}/x?key=topsecret
headers: { x-key: "\${{ Secret.Key }}" }`,
      )
    }`,
  };
}

async function check(form: Form): Promise<void> {
  const cwd = tempApp(app(await freePort()));
  const server = start(form, ["runtime.yaml"], { cwd });
  const [url] = await server.waitFor(/http:\/\/127\.0\.0\.1:\d+/, 30_000);
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  const answer = async (name: string): Promise<unknown> => {
    const response = await fetch(`${url}/run/${name}`, {
      headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` },
    });
    const text = (await response.text()).replace(/,"id":"[0-9a-f-]{36}"/, "");
    return { answered: response.status, ...JSON.parse(text) };
  };
  const failed = (status: number, code: string, message: string, data?: unknown) => ({
    answered: status,
    error: { code: `HttpClient.${code}`, message, ...(data === undefined ? {} : { data }) },
  });

  const { answered, body } = await answer("Echo") as { answered: number; body: Echo };
  assert.equal(answered, 200);
  assert.equal(`${body.method} ${body.url} ${body.body}`, `POST /users/7?a=1&a=x+y {"id":7}`);
  assert.equal(body.headers["authorization"], "Bearer topsecret");
  assert.match(body.headers["traceparent"]!, new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
  assert.equal((await answer("Form") as { body: Echo }).body.body, "a=1+%26");
  assert.equal((await answer("Followed") as { body: Echo }).body.url, "/echo");
  assert.equal((await answer("Manual") as { status: number }).status, 302);
  assert.deepEqual((await answer("Bytes") as { body: unknown }).body, { bytes: [137, 80, 0, 255] });
  assert.deepEqual(
    (await answer("Cookies") as { headers: Record<string, unknown> }).headers["set-cookie"],
    ["a=1", "b=2"],
  );
  assert.deepEqual(
    await answer("Missing"),
    failed(502, "Status", "The upstream responded with status 404", { status: 404 }),
  );
  assert.deepEqual(
    await answer("Outside"),
    failed(
      502,
      "Status",
      "The upstream responded with a redirect (302) that is not followed: it leads from http: to file:",
      { status: 302 },
    ),
  );
  assert.deepEqual(
    await answer("Slow"),
    failed(504, "Timeout", "The upstream did not respond within 200 ms"),
  );
  assert.deepEqual(
    await answer("Cut"),
    failed(
      502,
      "Refused",
      "The upstream could not be reached: the connection was closed before the response was complete",
    ),
  );
  assert.deepEqual(
    await answer("Closed"),
    failed(502, "Refused", "The upstream could not be reached: the connection was refused"),
  );
  for (const name of ["Bomb", "Endless"]) {
    const problem = "The response of the upstream is larger than 65536 bytes";
    assert.deepEqual(await answer(name), failed(502, "Invalid", problem, { status: 200 }));
  }

  const before = upstream.connections();
  for (let index = 0; index < 10; index++) await answer("Echo");
  assert.ok(upstream.connections() - before < 5, "connections are used again");

  const abandoned = upstream.abandoned();
  const client = new AbortController();
  const requests = upstream.requests();
  const asking = fetch(`${url}/run/Forever`, { signal: client.signal }).catch(() => {});
  await until(() => upstream.requests() > requests);
  client.abort();
  await asking;
  // A client that leaves ends the request.
  await until(() => upstream.abandoned() > abandoned);

  server.kill("SIGTERM");
  const { code, stderr } = await server.exited;
  assert.equal(code, 0, stderr);
  assert.ok(!stderr.includes("topsecret"), stderr);
  assert.match(stderr, /The request was GET http:\/\/127\.0\.0\.1:\d+\/x/);

  const direct = await run(form, ["exec", "runtime.yaml", "HttpClient.Request.Closed"], { cwd });
  assert.equal(direct.code, 1);
  assert.match(direct.stderr, /^error\[HttpClient\.Refused\]/);
  assert.ok(!direct.stderr.includes("topsecret"), direct.stderr);
}

const HELLO = "hello ".repeat(1_000);
const compressed = (encoding: string, bytes: Uint8Array) =>
  Buffer.concat([
    Buffer.from(
      `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-encoding: ${encoding}\r\n` +
        `content-length: ${bytes.length}\r\n\r\n`,
    ),
    bytes,
  ]);

/** What a service sends, byte for byte. */
const RESPONSES: Readonly<Record<string, Uint8Array | string>> = {
  gzip: compressed("gzip", gzipSync(HELLO)),
  twice: compressed("gzip, br", brotliCompressSync(gzipSync(HELLO))),
  deflate: compressed("deflate", deflateSync(HELLO)),
  raw: compressed("deflate", deflateRawSync(HELLO)),
  br: compressed("br", brotliCompressSync(HELLO)),
  old: compressed("x-gzip", gzipSync(HELLO)),
  none: compressed("identity", Buffer.from(HELLO)),
  cutGzip: compressed("gzip", gzipSync(HELLO).subarray(0, -12)),
  cutEnd: compressed("gzip", gzipSync(HELLO).subarray(0, -4)),
  cutBrotli: compressed("br", brotliCompressSync(HELLO).subarray(0, -3)),
  cutDeflate: compressed("deflate", deflateSync(HELLO).subarray(0, -5)),
  unknown: compressed("other", Buffer.from(HELLO)),
  broken: compressed("gzip", Buffer.from("not compressed")),
  bomb: compressed("gzip", gzipSync(Buffer.alloc(300_000_000))),
  ssh: "SSH-2.0-OpenSSH_9.6\r\n",
  chunk: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
};

const RAW_APP = `name: App
imports: [digly:http, digly:http-client]
---
kind: Http.Server
metadata: { name: Main }
port: 0
---
kind: Http.Route
metadata: { name: Any }
request: { path: /:name }
handler: { name: HttpClient.Request.Raw, inputs: { name: "\${{ request.params.name }}" } }
response: { body: "\${{ result.body }}" }
---
kind: HttpClient.Request
metadata: { name: Raw }
inputSchema: { name: string }
url: URL/\${{ input.name }}
maxBytes: 1MiB
`;

async function reads(form: Form): Promise<void> {
  const service = createServer((socket) => {
    socket.on("error", () => {}).once("data", (head) => {
      const [, name = ""] = /^GET \/(\w+)/.exec(String(head)) ?? [];
      socket.end(RESPONSES[name] ?? "");
    });
  }).listen(0, "127.0.0.1");
  // A test that fails must not wait for it.
  service.unref();
  await once(service, "listening");
  const { port } = service.address() as AddressInfo;
  const cwd = tempApp({ "runtime.yaml": RAW_APP.replace("URL", `http://127.0.0.1:${port}`) });
  const server = start(form, ["runtime.yaml"], { cwd });
  const [url] = await server.waitFor(/http:\/\/127\.0\.0\.1:\d+/, 30_000);
  const answer = async (name: string) => await (await fetch(`${url}/${name}`)).json();

  for (const name of ["gzip", "old", "br", "unknown", "deflate", "raw", "twice", "none"]) {
    assert.equal(await answer(name), HELLO, name);
  }
  const refusals: Readonly<Record<string, RegExp>> = {
    broken: /the response cannot be decompressed$/,
    cutGzip: /the response cannot be decompressed$/,
    cutEnd: /the response cannot be decompressed$/,
    cutBrotli: /the response cannot be decompressed$/,
    cutDeflate: /the response cannot be decompressed$/,
    ssh: /it does not speak HTTP, or its headers are too large$/,
    // Deno does not say why.
    chunk:
      /it does not speak HTTP, or its headers are too large$|before the response was complete$/,
  };
  for (const [name, message] of Object.entries(refusals)) {
    const { error } = await answer(name) as { error: { code: string; message: string } };
    assert.equal(error.code, "HttpClient.Refused", name);
    assert.match(error.message, message, name);
  }

  const largest = () =>
    Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))![1]) / 1_024;
  const before = largest();
  for (let index = 0; index < 4; index++) {
    const { error } = await answer("bomb") as { error: { message: string } };
    assert.equal(error.message, "The response of the upstream is larger than 1048576 bytes");
  }
  // What nobody reads any more must not be decompressed either.
  await new Promise((resolve) => setTimeout(resolve, 500));
  const grown = largest() - before;
  assert.ok(grown < 150, `${Math.round(grown)} MiB more for a response of 300 KB`);
  server.kill("SIGTERM");
  const { code, stderr } = await server.exited;
  assert.equal(code, 0, stderr);
  service.close();
}

describe("responses, byte for byte", () => {
  for (const form of forms) test(form.name, () => reads(form));
});

describe("HttpClient.Request", () => {
  for (const form of forms) test(form.name, () => check(form));
});
