/**
 * What is not HTTP, byte for byte, in every form: the parser of the runtime refuses it before the
 * program sees a request. Node lets the program answer; Bun and Deno send a status only.
 */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { assertCode, type Form, forms, root, start, tempApp } from "./forms.ts";

const APP = `name: App
imports: [digly:http, digly:javascript]
---
kind: Http.Server
metadata: { name: Main }
port: 0
timeouts: { header: 1s, body: 1s }
---
kind: Http.Server
metadata: { name: Secure }
port: 0
tls: { cert: server.crt, key: server.key }
---
kind: Http.Route
metadata: { name: Echo }
request: { path: /echo, method: POST }
response: { body: "\${{ request.body }}" }
---
kind: Http.Route
metadata: { name: Slow }
request: { path: /slow }
handler: { kind: JavaScript.Script, code: "const main = () => new Promise((done) => setTimeout(done, 300, 'slow'))" }
`;

const HOST = "Host: a.test\r\n";
const post = (headers: string, body: string) =>
  `POST /echo HTTP/1.1\r\n${HOST}${headers}\r\n\r\n${body}`;
const large = (bytes: number) =>
  `GET /slow HTTP/1.1\r\n${HOST}X-Large: ${"x".repeat(bytes)}\r\n\r\n`;
const SLOW = `GET /slow HTTP/1.1\r\n${HOST}\r\n`;

const MALFORMED = { code: "BAD_REQUEST", message: "The request is malformed" };
const TOO_LARGE = {
  code: "HEADERS_TOO_LARGE",
  message: "The request line and the headers are too large",
};

const refused: Readonly<Record<string, readonly [string, status: number, typeof MALFORMED]>> = {
  "a line that is not a request": ["GET\r\n\r\n", 400, MALFORMED],
  "a TLS handshake": ["\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, MALFORMED],
  "a length beside chunks": [
    post("Content-Length: 5\r\nTransfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n"),
    400,
    MALFORMED,
  ],
  "two lengths": [post("Content-Length: 5\r\nContent-Length: 6", "hello!"), 400, MALFORMED],
  "a length that is not a number": [post("Content-Length: abc", "hello"), 400, MALFORMED],
  "a negative length": [post("Content-Length: -5", "hello"), 400, MALFORMED],
  "an unknown encoding": [post("Transfer-Encoding: gzip", "hello"), 400, MALFORMED],
  "a name of a header with a space": [post("Bad Header: x", ""), 400, MALFORMED],
  "a NUL character in a header": [post("X: a\0b", ""), 400, MALFORMED],
  // More than a socket buffers: a connection that is closed unread would lose the answer.
  "headers of 3 MB": [large(3_000_000), 431, TOO_LARGE],
  "headers of 70 KB": [large(70_000), 431, TOO_LARGE],
};

/** What a server sends until it closes the connection. */
function raw(port: number, bytes: string): Promise<string> {
  return received(connect(port, "127.0.0.1"), bytes);
}

function received(socket: ReturnType<typeof connect>, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`The connection was not closed after ${JSON.stringify(text)}`));
    }, 30_000);
    socket.setEncoding("latin1").on("data", (part: string) => text += part);
    // What was received before a reset counts.
    socket.on("error", () => {}).once("close", () => {
      clearTimeout(timer);
      resolve(text);
    });
    socket.write(bytes, "latin1");
  });
}

/** The status of a response, and the error in its body. */
function parse(response: string): [status: number, error: unknown] {
  const [head = "", body = ""] = response.split("\r\n\r\n");
  assert.match(head, /^connection: close$/im);
  const length = /^content-length: (\d+)$/im.exec(head)?.[1] ?? "0";
  assert.equal(Number(length), body.length, response);
  return [Number(head.split(" ")[1]), body === "" ? undefined : JSON.parse(body).error];
}

async function behaves(form: Form): Promise<void> {
  const certificates = `${root}tests/runtimes/certificates/one`;
  const cwd = tempApp({
    "runtime.yaml": APP,
    "server.crt": readFileSync(`${certificates}.crt`),
    "server.key": readFileSync(`${certificates}.key`),
  });
  const server = start(form, ["runtime.yaml"], { cwd });
  const [, secure] = await server.waitFor(/https:\/\/127\.0\.0\.1:(\d+)/);
  const [, found] = await server.waitFor(/http:\/\/127\.0\.0\.1:(\d+)/);
  const port = Number(found);
  const isNode = form.name.startsWith("node");
  const isDeno = form.name.startsWith("deno");
  for (const [what, [bytes, status, error]] of Object.entries(refused)) {
    const expected = isDeno && status === 431 ? 400 : status;
    const response = await raw(port, bytes);
    // Bun and Deno reset a connection that is still sending.
    if (response === "" && !isNode && bytes.length > 64 * 1024) continue;
    assert.deepEqual(parse(response), [expected, isNode ? error : undefined], what);
  }
  // Bun answers only what it refuses, in place of the response to the first request.
  if (!/bun|single/.test(form.name)) {
    for (const [bytes, status] of [["GET\r\n\r\n", 400], [large(70_000), 431]] as const) {
      const [, first, second] = (await raw(port, SLOW + bytes)).split("HTTP/1.1 ");
      assert.match(first!, /^200 OK[^]*"slow"$/, `${status} after a request`);
      assert.match(second!, isDeno ? /^400 / : new RegExp(`^${status} [^]*"error"`));
    }
  }
  if (isNode) {
    const chunk = post("Transfer-Encoding: chunked", "zz\r\n");
    assert.deepEqual(parse(await raw(port, chunk)), [400, MALFORMED], "a malformed chunk");
    const late = { code: "REQUEST_TIMEOUT", message: "The request did not arrive in time" };
    assert.deepEqual(parse(await raw(port, "GET /slow HTTP/1.1\r\n")), [408, late]);
    const tls = connectTls({ port: Number(secure), rejectUnauthorized: false });
    assert.deepEqual(parse(await received(tls, "GET\r\n\r\n")), [400, MALFORMED], "over TLS");
    // A client that speaks HTTP to a port of HTTPS gets nothing that it could take for an answer.
    assert.doesNotMatch(await raw(Number(secure), SLOW), /HTTP/);
    const tunnel = parse(await raw(port, `CONNECT a:80 HTTP/1.1\r\n${HOST}\r\n`));
    const message = "The request target is malformed";
    assert.deepEqual(tunnel, [400, { code: "BAD_REQUEST", message }]);
  }
  server.kill("SIGTERM");
  const ended = await server.exited;
  assertCode(ended, 0);
  assert.doesNotMatch(ended.stderr, /"level":"error"/);
}

describe("what a parser refuses", () => {
  for (const form of forms) test(form.name, () => behaves(form));
});
