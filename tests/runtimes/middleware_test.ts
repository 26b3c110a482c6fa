/** The middleware of digly:http around successes and errors, in every form. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { describe, test } from "node:test";
import { assertCode, type Form, forms, start, tempApp } from "./forms.ts";

const app = {
  "runtime.yaml": `name: App
imports: [digly:http, digly:javascript]
---
kind: Http.Server
metadata: { name: Main }
port: 0
maxBodyBytes: 100
use: [Http.SecureHeaders.Main, Http.Cors.Shop, Http.RequestId.Main]
---
kind: Http.Cors
metadata: { name: Shop }
origins: [https://shop.example.com]
methods: [GET, PUT]
credentials: true
---
kind: Http.SecureHeaders
metadata: { name: Main }
---
kind: Http.RequestId
metadata: { name: Main }
---
kind: Http.RateLimit
metadata: { name: Twice }
limit: 2/min
key: "\${{ request.query.?key.orValue('') }}"
---
kind: JavaScript.Script
metadata: { name: Broken }
code: const main = () => { throw new Error("out of disk"); };
---
kind: Http.Route
metadata: { name: Hello }
request: { path: /hello }
response: { body: { id: "\${{ request.id }}" } }
---
kind: Http.Route
metadata: { name: Limited }
request: { path: /limited }
use: [Http.RateLimit.Twice]
response: { body: ok }
---
kind: Http.Route
metadata: { name: Broken }
request: { path: /broken }
handler: JavaScript.Script.Broken
---
kind: Http.Route
metadata: { name: Order }
request:
  method: POST
  path: /orders
  schema: { body: { type: object, required: [size], properties: { size: { type: integer } } } }
response: { body: ok }
`,
};

const ORIGIN = "https://shop.example.com";

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
  const server = start(form, ["runtime.yaml"], { cwd: tempApp(app) });
  try {
    const [url] = await server.waitFor(/http:\/\/127\.0\.0\.1:\d+/);
    const send = (path: string, init: RequestInit = {}) =>
      fetch(url + path, { ...init, headers: { origin: ORIGIN, ...init.headers } });
    const json = { "content-type": "application/json" };

    const statuses: Record<number, Promise<Response>> = {
      200: send("/hello"),
      400: send("/orders", { method: "POST", headers: json, body: "{}" }),
      404: send("/nothing"),
      405: send("/hello", { method: "DELETE" }),
      413: send("/orders", { method: "POST", headers: json, body: `"${"x".repeat(200)}"` }),
      500: send("/broken"),
    };
    for (const [status, answer] of Object.entries(statuses)) {
      const { status: actual, headers } = await answer;
      assert.equal(actual, Number(status));
      assert.equal(headers.get("access-control-allow-origin"), ORIGIN, status);
      assert.equal(headers.get("access-control-allow-credentials"), "true", status);
      assert.match(headers.get("vary") ?? "", /origin/i, status);
      assert.equal(headers.get("x-content-type-options"), "nosniff", status);
      assert.match(headers.get("x-request-id") ?? "", /^\S{8,}$/, status);
    }

    const kept = await send("/hello", { headers: { "x-request-id": "abc-12345" } });
    assert.deepEqual(await kept.json(), { id: "abc-12345" });
    const foreign = await send("/hello", { headers: { origin: "https://evil.example" } });
    assert.equal(foreign.headers.get("access-control-allow-origin"), null);

    const preflight = await send("/hello", {
      method: "OPTIONS",
      headers: { "access-control-request-method": "PUT" },
    });
    assert.equal(preflight.status, 204);
    assert.match(preflight.headers.get("access-control-allow-methods") ?? "", /GET.*PUT/);
    assert.equal(preflight.headers.get("x-content-type-options"), "nosniff");

    const limited = [];
    for (let count = 0; count < 3; count++) limited.push(await send("/limited?key=a"));
    assert.deepEqual(limited.map(({ status }) => status), [200, 200, 429]);
    assert.match(limited[2]!.headers.get("retry-after") ?? "", /^\d+$/);
    assert.equal(limited[2]!.headers.get("access-control-allow-origin"), ORIGIN);
    assert.equal((await send("/limited?key=b")).status, 200);

    const malformed = await raw(
      url!,
      `GET /hello HTTP/1.1\r\nHost: x/y\r\nOrigin: ${ORIGIN}\r\nConnection: close\r\n\r\n`,
    );
    assert.match(malformed, /^HTTP\/1\.1 400 [^]*\{"error":\{"code":"BAD_REQUEST"/);
    for (
      const header of ["access-control-allow-origin", "x-content-type-options", "x-request-id"]
    ) {
      assert.ok(malformed.toLowerCase().includes(`\n${header}: `), malformed);
    }
  } finally {
    server.kill("SIGTERM");
    assertCode(await server.exited, 0);
  }
}

describe("middleware sees every response", () => {
  for (const form of forms) test(form.name, () => behaves(form));
});
