import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request as sendRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { brotliDecompressSync, createGunzip, gunzipSync } from "node:zlib";
import { parseAcceptEncoding } from "../../../src/modules/http/accept_encoding.ts";
import { gate, route, startHttpApp } from "./http_app.ts";

/** A response whose body is as it was sent. */
interface Raw {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

function get(url: string, headers: Record<string, string> = {}, method = "GET"): Promise<Raw> {
  return new Promise((resolve, reject) => {
    sendRequest(url, { method, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part)).on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          body: Buffer.concat(parts),
        }));
    }).on("error", reject).end();
  });
}

const LONG = "lorem ipsum ".repeat(500);
const mounts = "use: [Http.Compress.M]";
const compress = "---\nkind: Http.Compress\nmetadata: { name: M }\n";
const answering = (headers: string) =>
  `request: { path: /a }\nresponse: { headers: ${headers}, body: ${JSON.stringify(LONG)} }`;

test("responses are compressed as the client accepts it", async (t) => {
  const { url } = await startHttpApp(
    t,
    route(answering("{ content-type: text/plain, etag: '\"v1\"' }")) + compress,
    { mounts },
  );
  const gzip = { "accept-encoding": "gzip" };
  const zipped = await get(`${url}/a`, gzip);
  assert.equal(zipped.headers["content-encoding"], "gzip");
  assert.equal(zipped.headers["vary"], "accept-encoding");
  assert.equal(zipped.headers["etag"], 'W/"v1"');
  assert.equal(zipped.headers["content-length"], String(zipped.body.length));
  assert.equal(gunzipSync(zipped.body).toString(), LONG);
  const brotli = await get(`${url}/a`, { "accept-encoding": "gzip, deflate, br" });
  assert.equal(brotli.headers["content-encoding"], "br");
  assert.equal(brotliDecompressSync(brotli.body).toString(), LONG);
  const plain = await get(`${url}/a`);
  assert.equal(plain.headers["content-encoding"], undefined);
  assert.equal(plain.headers["vary"], "accept-encoding");
  assert.equal(plain.headers["etag"], '"v1"');
  assert.equal(plain.body.toString(), LONG);
  const none = await get(`${url}/a`, { "accept-encoding": "identity;q=0" });
  assert.equal(none.status, 406);
  // Errors are small, but a client that accepts nothing else gets them compressed.
  assert.equal((await get(`${url}/none`, gzip)).headers["content-encoding"], undefined);
  const missing = await get(`${url}/none`, { "accept-encoding": "gzip, identity;q=0" });
  assert.equal(missing.status, 404);
  assert.match(gunzipSync(missing.body).toString(), /NOT_FOUND/);
});

test("what cannot be compressed, or is already, stays as it is", async (t) => {
  const headers = [
    "{ content-type: image/png }",
    "{ content-type: text/event-stream }",
    "{ content-type: text/plain, content-encoding: identity }",
    '{ content-type: text/plain, cache-control: "max-age=5, no-transform" }',
    '{ content-type: text/plain, content-range: "bytes 0-9/10" }',
  ];
  const routes = headers.map((text, index) => answering(text).replace("/a", `/${index}`));
  const { url } = await startHttpApp(t, route(...routes) + compress, { mounts });
  for (const index of headers.keys()) {
    const { headers, body } = await get(`${url}/${index}`, { "accept-encoding": "gzip" });
    assert.ok([undefined, "identity"].includes(headers["content-encoding"] as string));
    assert.ok(body.toString().includes(LONG));
  }
});

test("each item of a stream is sent at once", async (t) => {
  const next = gate();
  const { url } = await startHttpApp(
    t,
    route("request: { path: /a }\nhandler: Test.Handler.echo\nstream: ndjson") + compress,
    {
      mounts,
      handle: async function* () {
        yield { first: true };
        await next.promise;
        yield { second: true };
      },
    },
  );
  const text = await new Promise<string>((resolve, reject) => {
    sendRequest(`${url}/a`, { headers: { "accept-encoding": "gzip" } }, (response) => {
      assert.equal(response.headers["content-encoding"], "gzip");
      let text = "";
      response.pipe(createGunzip()).setEncoding("utf8").on("data", (part: string) => {
        text += part;
        if (text === '{"first":true}\n') next.open();
      }).on("end", () => resolve(text)).on("error", reject);
    }).on("error", reject).end();
  });
  assert.equal(text, '{"first":true}\n{"second":true}\n');
});

test("a stream that breaks off is not completed, and one that is left ends", async (t) => {
  const left = gate();
  let isBroken = true;
  const { url } = await startHttpApp(
    t,
    route("request: { path: /a }\nhandler: Test.Handler.echo\nstream: ndjson") + compress,
    {
      mounts,
      handle: async function* () {
        try {
          yield { first: true };
          if (isBroken) throw new Error("broken");
          for (;;) yield await new Promise((resolve) => setTimeout(() => resolve(LONG), 1));
        } finally {
          if (!isBroken) left.open();
        }
      },
    },
  );
  await assert.rejects(get(`${url}/a`, { "accept-encoding": "gzip" }));
  isBroken = false;
  const client = new AbortController();
  const response = await fetch(`${url}/a`, { signal: client.signal });
  await response.body!.getReader().read();
  client.abort();
  await left.promise;
});

test("files are compressed, and revalidated", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "digly-compress-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const big = LONG.repeat(100);
  writeFileSync(join(folder, "big.txt"), big);
  writeFileSync(join(folder, "small.txt"), "x");
  const { url } = await startHttpApp(
    t,
    `kind: Http.Static\nmetadata: { name: S }\nroot: ${folder}\n${compress}`,
    { mounts },
  );
  const gzip = { "accept-encoding": "gzip" };
  const zipped = await get(`${url}/big.txt`, gzip);
  assert.equal(gunzipSync(zipped.body).toString(), big);
  assert.equal(zipped.headers["accept-ranges"], undefined);
  const etag = zipped.headers["etag"] as string;
  assert.match(etag, /^W\/"/);
  const again = await get(`${url}/big.txt`, { ...gzip, "if-none-match": etag });
  assert.deepEqual([again.status, again.headers["etag"]], [304, etag]);
  const part = await get(`${url}/big.txt`, { ...gzip, range: "bytes=0-4" });
  assert.equal(part.status, 206);
  assert.equal(part.body.toString(), "lorem");
  const head = await get(`${url}/big.txt`, gzip, "HEAD");
  assert.equal(head.headers["content-encoding"], "gzip");
  assert.equal(head.headers["content-length"], undefined);
  assert.equal((await get(`${url}/small.txt`, gzip)).body.toString(), "x");
});

test("weights of `Accept-Encoding`", () => {
  const read = (header: string | null) => {
    const { encoding, identity } = parseAcceptEncoding(header);
    return `${encoding} ${identity}`;
  };
  assert.equal(read(null), "undefined true");
  assert.equal(read(""), "undefined true");
  assert.equal(read("gzip;q=0.5, br;q=0.4"), "gzip true");
  assert.equal(read("BR, GZIP"), "br true");
  assert.equal(read("x-gzip"), "gzip true");
  assert.equal(read("*"), "br true");
  assert.equal(read("*;q=0"), "undefined false");
  assert.equal(read("gzip, *;q=0"), "gzip false");
  assert.equal(read("gzip;q=0.5, identity"), "undefined true");
  assert.equal(read("gzip;q=0"), "undefined true");
  assert.equal(read("gzip;q=nonsense"), "undefined true");
  assert.equal(read("identity;q=0"), "undefined false");
  assert.equal(read("identity;q=0, br"), "br false");
});
