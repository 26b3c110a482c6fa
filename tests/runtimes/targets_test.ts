/**
 * The bytes of a request and the route that answers them, in every form. Each row is written
 * to a socket as it is: clients and URL parsers would tidy it up.
 */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { describe, test } from "node:test";
import { assertCode, type Form, forms, start, tempApp } from "./forms.ts";

const app = {
  "runtime.yaml": `name: App
imports: [digly:http]
---
kind: Http.Server
metadata: { name: Main }
port: 0
---
kind: Http.Api
metadata: { name: All }
routes:
  - request: { path: /hello/:name }
    response: { body: "hello \${{ request.params.name }} \${{ request.url }}" }
  - request: { path: /public/hello/:name }
    response: { body: "public \${{ request.params.name }} \${{ request.url }}" }
  - request: { path: /public }
    response: { body: "public \${{ request.url }}" }
  - request: { path: / }
    response: { body: "root \${{ request.url }}" }
  - request: { path: /caf\u00e9 }
    response: { body: "cafe \${{ request.url }}" }
  - request: { path: /star/:name, method: OPTIONS }
    response: { body: "star \${{ request.url }}" }
`.replace("port: 0\n", "port: 0\nmounts: [{ type: Http.Api.All }]\n"),
};

/** The runtime below a form. */
type Host = "node" | "deno" | "bun";

/** A status, or what the route answers; `*` represents the address of the server. */
type Outcome = number | string;

/**
 * The request up to its headers, what is answered, and what a runtime makes of it that refuses
 * or hides the bytes before a program sees them.
 */
type Row = readonly [request: string, outcome: Outcome, except?: Partial<Record<Host, Outcome>>];

const get = (target: string, host = "Host: a.test") => `GET ${target} HTTP/1.1\r\n${host}\r\n`;
const withHost = (host: string) => get("/public/hello/A", `Host: ${host}`);
const PUBLIC = "public A http://";

const rows: Readonly<Record<string, Row>> = {
  "a host": [get("/hello/A"), "hello A http://a.test/hello/A"],
  "HTTP/1.0 without a host": ["GET /hello/A HTTP/1.0\r\n", "hello A http://*/hello/A"],
  "HTTP/1.0 with a host": [
    "GET /hello/A HTTP/1.0\r\nHost: a.test\r\n",
    "hello A http://a.test/hello/A",
  ],
  // Deno does not show which version of HTTP a request has.
  "HTTP/1.1 without a host": ["GET /hello/A HTTP/1.1\r\n", 400, {
    deno: "hello A http://*/hello/A",
  }],
  "HTTP/1.0 with a malformed host": ["GET /public/hello/A HTTP/1.0\r\nHost: x/y\r\n", 400],
  "HTTP/1.0 with two hosts": ["GET /public/hello/A HTTP/1.0\r\nHost: a\r\nHost: a\r\n", 400],
  "an empty host": [withHost(""), 400],
  "a host with a path": [withHost("x/y"), 400],
  "a host with another route": [withHost("x/hello/ADMIN?"), 400],
  "a host with a fragment": [withHost("x#"), 400],
  "a host with a user": [withHost("user@evil"), 400],
  "a host with a space": [withHost("a b"), 400],
  "a host with a backslash": [withHost("a\\b"), 400],
  "a host with a comma": [withHost("a,b"), 400],
  "a host with an escape": [withHost("%61"), 400],
  "a host beyond ASCII": [withHost("h\u00e9"), 400],
  "a host of a dot": [withHost("."), 400],
  "a host with an empty label": [withHost("a..b"), 400],
  "the same host twice": [get("/hello/A", "Host: a\r\nHost: a"), 400],
  "two hosts": [get("/public/hello/A", "Host: a\r\nHost: b"), 400],
  "a host with a final dot": [withHost("a.test."), `${PUBLIC}a.test./public/hello/A`],
  "a host in upper case": [withHost("A.Test"), `${PUBLIC}a.test/public/hello/A`],
  "a host with an underscore": [withHost("a_b"), `${PUBLIC}a_b/public/hello/A`],
  "a host with a port": [withHost("a:81"), `${PUBLIC}a:81/public/hello/A`],
  "a host with an empty port": [withHost("a:"), `${PUBLIC}a/public/hello/A`],
  "a host with a port that is not a number": [withHost("a:b"), 400],
  "a host with too large a port": [withHost("a:65536"), 400],
  "an IPv6 host": [withHost("[::1]:81"), `${PUBLIC}[::1]:81/public/hello/A`],
  "an IPv6 host that is open": [withHost("[::1"), 400],
  "an IPv6 host that is not one": [withHost("[::g]"), 400],
  "spaces around a host": [withHost("  a.test  "), `${PUBLIC}a.test/public/hello/A`],
  "a forwarded host": [
    get("/hello/A", "Host: a.test\r\nX-Forwarded-Host: b/c\r\nX-Forwarded-Proto: https"),
    "hello A http://a.test/hello/A",
  ],
  "a WebSocket, which the app does not have": [
    get(
      "/hello/A",
      "Host: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ),
    "hello A http://a.test/hello/A",
  ],

  "dots": [get("/./hello/./A"), "hello A http://a.test/hello/A"],
  "two dots": [get("/public/../hello/A"), "hello A http://a.test/hello/A"],
  "two dots above the root": [get("/../../hello/A"), "hello A http://a.test/hello/A"],
  "two dots at the end": [get("/public/hello/.."), "public http://a.test/public/"],
  "a dot at the end": [get("/hello/A/."), "hello A http://a.test/hello/A/"],
  "escaped dots": [get("/public/%2e%2E/hello/A"), "hello A http://a.test/hello/A"],
  "a dot and an escaped one": [get("/public/.%2e/hello/A"), "hello A http://a.test/hello/A"],
  "an escaped dot": [get("/%2e/hello/A"), "hello A http://a.test/hello/A"],
  "a twice escaped dot": [get("/public/%252e%252e/hello/A"), 404],
  "three dots": [get("/.../hello/A"), 404],
  "a backslash": [get("/hello\\A"), "hello A http://a.test/hello/A"],
  "dots between backslashes": [get("/public\\..\\hello\\A"), "hello A http://a.test/hello/A"],
  "an escaped backslash": [get("/hello/%5C"), "hello \\ http://a.test/hello/%5C"],
  "an escaped slash": [get("/hello/a%2Fb"), "hello a/b http://a.test/hello/a%2Fb"],
  "an escaped slash in lower case": [get("/hello/a%2fb"), "hello a/b http://a.test/hello/a%2Fb"],
  "two dots and an escaped slash": [get("/public/..%2Fhello/A"), 404],
  "two dots and an empty segment": [get("/public//../hello/A"), `${PUBLIC}a.test/public/hello/A`],
  "two slashes at the start": [get("//hello/A"), 404],
  "a host in the path": [get("//evil.test/hello/A"), 404],
  "a backslash and a host in the path": [get("/\\evil.test/hello/A"), 404],
  "two slashes within": [get("/hello//A"), 404],
  "a drive letter": [get("/c:/../hello/A"), "hello A http://a.test/hello/A"],
  "a slash at the end": [get("/hello/A/"), "hello A http://a.test/hello/A/"],
  "only a query": [get("/?x=/../public"), "root http://a.test/?x=/../public"],
  "an empty query": [get("/hello/A?"), "hello A http://a.test/hello/A"],
  "dots in the query": [get("/hello/A?x=/../b"), "hello A http://a.test/hello/A?x=/../b"],
  "a backslash in the query": [get("/hello/A?x=\\b"), "hello A http://a.test/hello/A?x=\\b"],
  "quotes": [
    get('/hello/a"b<c>`{|}^[]?x="<>\''),
    'hello a"b<c>`{|}^[] http://a.test/hello/a%22b%3Cc%3E%60%7B%7C%7D%5E%5B%5D?x=%22%3C%3E%27',
  ],
  "an escape beyond ASCII": [get("/caf%c3%a9"), "cafe http://a.test/caf%C3%A9"],
  "an escape that is not one": [get("/hello/%zz"), 400],
  "an escape that is not UTF-8": [get("/hello/%ff"), 400],
  "a fragment": [get("/hello/A#b"), 400],
  "a fragment with another route": [get("/public#/../hello/A"), 400],

  "a whole URL": [get("http://b.test/hello/A"), "hello A http://a.test/hello/A"],
  "a whole URL in upper case": [get("HTTP://b.test/hello/A"), "hello A http://a.test/hello/A"],
  "a whole URL with dots": [get("http://b/public/../hello/A"), "hello A http://a.test/hello/A"],
  "a whole URL with a user": [get("http://u:p@b/hello/A"), "hello A http://a.test/hello/A"],
  "a whole URL without a path": [get("http://b.test"), "root http://a.test/"],
  "a whole URL and no host": [get("http://b.test/hello/A", "X: y"), 400, {
    deno: "hello A http://*/hello/A",
  }],
  "a whole URL and a malformed host": [get("http://b/hello/A", "Host: x/y"), 400],
  // Deno shows a target whose host is empty as a path, and Bun hides the host of a target.
  "a whole URL without a host": [get("http:///hello/A"), 400, {
    deno: 404,
    bun: "hello A http://a.test/hello/A",
  }],
  "a whole URL with a backslash in its host": [get("http://b\\c/hello/A"), 400, {
    bun: "hello A http://a.test/hello/A",
  }],
  "a whole URL with a user and a backslash": [get("http://b\\@c/hello/A"), 400, {
    bun: "hello A http://a.test/hello/A",
  }],
  "a whole URL with an escape in its host": [get("http://b%41/hello/A"), 400, {
    bun: "hello A http://a.test/hello/A",
  }],
  "a whole URL with too large a port": [get("http://b:99999/hello/A"), 400, {
    bun: "hello A http://a.test/hello/A",
  }],
  "a whole URL with a user and no host": [get("http://u@/hello/A"), 400, {
    bun: "hello A http://a.test/hello/A",
  }],
  "a whole URL with a port": [get("http://b:81/hello/A"), "hello A http://a.test/hello/A"],
  "a whole URL with an IPv6 host": [
    get("http://[::1]:81/hello/A"),
    "hello A http://a.test/hello/A",
  ],
  "another scheme": [get("ftp://b.test/hello/A"), 400],
  "no slash": [get("hello/A"), 400],
  "a backslash instead of the slash": [get("\\hello\\A"), 400],
  "a user instead of the slash": [get("@evil/hello/A"), 400],
  "a port instead of the slash": [get(":80/hello/A"), 400],
  "a query instead of the slash": [get("?x"), 400],
  "an asterisk": [get("*"), 400],
  "OPTIONS *": ["OPTIONS * HTTP/1.1\r\nHost: a\r\n", 400],
  "OPTIONS /*": ["OPTIONS /* HTTP/1.1\r\nHost: a\r\n", 400],
  "OPTIONS": ["OPTIONS /star/A HTTP/1.1\r\nHost: a.test\r\n", "star http://a.test/star/A"],
  "CONNECT": ["CONNECT b.test:443 HTTP/1.1\r\nHost: a\r\n", 400],
  "an unknown path": [get("/nowhere"), 404],
  "another method": ["DELETE /hello/A HTTP/1.1\r\nHost: a\r\n", 405],
  // Bun writes such bytes as escapes, as the URL standard does, before a program sees them.
  "bytes beyond ASCII": [get("/caf\u00e9"), 400, { bun: "cafe http://a.test/caf%C3%A9" }],
  "a byte that is DEL": [get("/hello/a\x7f"), 400, { bun: "hello a\x7f http://a.test/hello/a%7F" }],
  "a control character": [get("/hello/a\x01"), 400, { bun: 505 }],
  "a space": [get("/hello/a b"), 400, { bun: 505 }],
  "HTTP/2.0": ["GET /hello/A HTTP/2.0\r\nHost: a\r\n", 505, { deno: 400 }],
};

/** Sends a request as it is written, and gives the status or what the route answered. */
function ask(port: number, request: string): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(`${request}Connection: close\r\n\r\n`);
    });
    socket.setEncoding("utf8").setTimeout(10_000, () => socket.destroy(new Error("no answer")));
    socket.on("data", (text) => answer += text).on("error", reject).on("close", () => {
      const status = Number(/^HTTP\/1\.[01] (\d+) /.exec(answer)?.[1]);
      if (status !== 200) return resolve(status);
      const text = /"(?:[^"\\]|\\.)*"/.exec(answer.slice(answer.indexOf("\r\n\r\n")))?.[0];
      resolve((JSON.parse(text!) as string).replace(`127.0.0.1:${port}`, "*"));
    });
  });
}

function hostOf({ name }: Form): Host {
  return name.startsWith("deno") ? "deno" : name.startsWith("node") ? "node" : "bun";
}

for (const form of forms) {
  describe(form.name, () => {
    test("the target alone chooses the route", async () => {
      const running = start(form, ["runtime.yaml"], { cwd: tempApp(app) });
      const [, port] = await running.waitFor(/Listening on http:\/\/127\.0\.0\.1:(\d+)/);
      const outcomes: Record<string, Outcome> = {};
      const expected: Record<string, Outcome> = {};
      for (const [name, [request, outcome, except]] of Object.entries(rows)) {
        outcomes[name] = await ask(Number(port), request);
        expected[name] = except?.[hostOf(form)] ?? outcome;
      }
      assert.deepEqual(outcomes, expected);
      running.kill("SIGTERM");
      assertCode(await running.exited, 0);
    });
  });
}
