/** `tls` of `Http.Server`, in every form. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:http2";
import { request } from "node:https";
import { describe, test } from "node:test";
import { type Form, forms, root, run, type Running, start, tempApp } from "./forms.ts";

const certificates = `${root}tests/runtimes/certificates/`;
const pem = (name: string) => readFileSync(certificates + name, "utf8");

const ROUTE = `kind: Http.Route
metadata: { name: Echo }
request: { path: /, method: POST }
response:
  body:
    url: "\${{ request.url }}"
    host: "\${{ request.headers.host }}"
    body: "\${{ request.body }}"
`;

const manifest = (tls: string) =>
  `name: Secure
imports: [digly:http]
---
kind: Http.Server
metadata: { name: Main }
port: 0
tls: ${tls}
---
${ROUTE}`;

const FILES = "{ cert: server.crt, key: server.key }";

function appWith(tls: string): string {
  return tempApp({
    "runtime.yaml": manifest(tls),
    "server.crt": pem("one.crt"),
    "server.key": pem("one.key"),
    "other.key": pem("two.key"),
    "broken.pem": "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n",
  });
}

async function serve(form: Form, cwd: string): Promise<{ server: Running; url: string }> {
  const server = start(form, ["runtime.yaml"], { cwd });
  const [url] = await server.waitFor(/https:\/\/127\.0\.0\.1:\d+/, 30_000);
  return { server, url };
}

async function stop(server: Running): Promise<void> {
  server.kill("SIGTERM");
  const { code, stderr } = await server.exited;
  assert.equal(code, 0, stderr);
}

/** The body of the answer to a POST, on a connection of its own. */
function post(url: string, ca: string, client: { key?: string; cert?: string } = {}) {
  return new Promise<string>((resolve, reject) => {
    const sent = request(url, { method: "POST", ca, agent: false, ...client }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => text += part);
      response.on("end", () => resolve(text)).on("error", reject);
    });
    sent.setHeader("content-type", "application/json");
    sent.on("error", reject).end('{"a":1}');
  });
}

/** A request whose body is complete only when `end` is called. */
function postInTwoParts(url: string, ca: string) {
  const headers = { "content-type": "application/json", "content-length": 13 };
  const sent = request(url, { method: "POST", ca, agent: false, headers });
  const answer = once(sent, "response").then(async ([response]) =>
    String((await once(response, "data"))[0])
  );
  return {
    begun: new Promise<void>((resolve) => sent.write('{"open"', () => resolve())),
    end() {
      sent.end(":true}");
      return answer;
    },
  };
}

/** Deno frees the port a moment before it listens again. */
async function untilAccepted<T>(attempt: () => Promise<T>): Promise<T> {
  for (let attempts = 0;; attempts++) {
    try {
      return await attempt();
    } catch (error) {
      const { code } = error as { code?: string };
      if ((code !== "ECONNREFUSED" && code !== "ECONNRESET") || attempts > 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** The status and the body of the answer to the same POST over HTTP/2. */
async function postHttp2(url: string, ca: string): Promise<[number, string]> {
  const session = connect(url, { ca });
  const headers = { ":method": "POST", ":path": "/", "content-type": "application/json" };
  const sent = session.request(headers).end('{"a":1}');
  const [{ ":status": status }] = await once(sent, "response");
  let text = "";
  for await (const part of sent.setEncoding("utf8")) text += part;
  session.close();
  return [status, text];
}

const isDeno = ({ name }: Form) => name.startsWith("deno");
const isBun = ({ name }: Form) => name.startsWith("bun") || name === "single executable";

for (const form of forms) {
  describe(form.name, () => {
    test("serves HTTPS, and nothing else", async () => {
      const { server, url } = await serve(form, appWith(FILES));
      const answer = JSON.parse(await post(`${url}/`, pem("one.crt")));
      const { host } = new URL(url);
      assert.deepEqual(answer, { url: `${url}/`, host, body: { a: 1 } });
      if (!isBun(form)) {
        const [status, body] = await postHttp2(url, pem("one.crt"));
        assert.deepEqual([status, JSON.parse(body)], [200, answer]);
      }
      await assert.rejects(post(`${url}/`, pem("two.crt")));
      const plain = await fetch(url.replace("https", "http")).catch(() => undefined);
      assert.notEqual(plain?.status, 200);
      await stop(server);
    });

    test("takes PEM text", async () => {
      const text = (name: string) => JSON.stringify(pem(name));
      const cwd = appWith(`{ cert: ${text("one.crt")}, key: ${text("one.key")} }`);
      const { server, url } = await serve(form, cwd);
      assert.match(await post(`${url}/`, pem("one.crt")), /"a":1/);
      await stop(server);
    });

    test("presents a changed certificate to new connections, and answers on open ones", async () => {
      const cwd = appWith(FILES);
      const { server, url } = await serve(form, cwd);
      const open = postInTwoParts(url, pem("one.crt"));
      await open.begun;
      const key = `${cwd}/server.key`;
      writeFileSync(key, "rubbish");
      await server.waitFor(
        /The changed certificate is not used: .*the private key is not valid PEM/,
      );
      rmSync(key);
      await server.waitFor(/The changed certificate is not used: .*server\.key.* does not exist/);
      await post(`${url}/`, pem("one.crt"));
      copyFileSync(`${certificates}one.key`, key);
      copyFileSync(`${certificates}two.crt`, `${cwd}/server.crt`);
      await server.waitFor(/The changed certificate is not used: .*not that of the certificate/);
      await post(`${url}/`, pem("one.crt"));
      copyFileSync(`${certificates}two.key`, `${cwd}/server.key`);
      await server.waitFor(/Loaded the changed certificate/);
      assert.match(await untilAccepted(() => post(`${url}/`, pem("two.crt"))), /"a":1/);
      await assert.rejects(post(`${url}/`, pem("one.crt")));
      assert.match(await open.end(), /"open":true/);
      await stop(server);
    });

    test("requires client certificates with `ca`", async () => {
      const cwd = appWith("{ cert: server.crt, key: server.key, ca: server.crt }");
      if (isDeno(form)) {
        const { code, stderr } = await run(form, ["runtime.yaml"], { cwd });
        assert.equal(code, 1, stderr);
        assert.match(stderr, /client certificates are not supported on Deno[^]*runtime\.yaml:7:/);
        return;
      }
      const { server, url } = await serve(form, cwd);
      const ca = pem("one.crt");
      const client = { cert: pem("one.crt"), key: pem("one.key") };
      assert.match(await post(`${url}/`, ca, client), /"a":1/);
      await assert.rejects(post(`${url}/`, ca));
      await assert.rejects(post(`${url}/`, ca, { cert: pem("two.crt"), key: pem("two.key") }));
      await stop(server);
    });

    test("names the field that cannot be used", async () => {
      for (
        const [tls, message] of [
          ["{ cert: server.crt, key: missing.key }", /the file "missing\.key" does not exist/],
          ["{ cert: broken.pem, key: server.key }", /the certificate is not valid PEM/],
          ["{ cert: server.crt, key: broken.pem }", /the private key is not valid PEM/],
          ["{ cert: server.crt, key: other.key }", /not that of the certificate/],
        ] as const
      ) {
        const { code, stderr } = await run(form, ["runtime.yaml"], { cwd: appWith(tls) });
        assert.equal(code, 1, stderr);
        assert.match(stderr, message);
        assert.match(stderr, /runtime\.yaml:7:/);
      }
      const text = JSON.stringify("-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n");
      const cwd = appWith(`{ cert: ${text}, key: server.key }`);
      const { code, stderr } = await run(form, ["check", "runtime.yaml"], { cwd });
      assert.equal(code, 1, stderr);
      assert.match(stderr, /the certificate is not valid PEM[^]*runtime\.yaml:7:/);
    });
  });
}

test("servers at one address have one certificate", async () => {
  const cwd = tempApp({
    "runtime.yaml": `name: App
imports: [digly:http]
---
kind: Http.Server
metadata: { name: One }
port: 8443
hosts: [one.example]
tls: { cert: a.crt, key: a.key }
mounts: []
---
kind: Http.Server
metadata: { name: Two }
port: 8443
hosts: [two.example]
mounts: []
`,
  });
  const { code, stderr } = await run(forms[0]!, ["check", "runtime.yaml"], { cwd });
  assert.equal(code, 1, stderr);
  assert.match(stderr, /Http\.Server\.One at the same address has another `tls`/);
});
