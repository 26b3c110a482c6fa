/** `digly:auth`, in every form. */
import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { assertCode, type Form, forms, run, start, tempApp } from "./forms.ts";

const SECRET = "0123456789abcdef0123456789abcdef";
const pair = () => generateKeyPairSync("rsa", { modulusLength: 2048 });
const [first, second] = [pair(), pair()];

type Json = Record<string, unknown>;
const encode = (value: Json) => Buffer.from(JSON.stringify(value)).toString("base64url");

function token(claims: Json, header: Json, signText: (text: string) => Buffer): string {
  const text = `${encode(header)}.${encode(claims)}`;
  return `${text}.${signText(text).toString("base64url")}`;
}

const ofSecret = (claims: Json, key: string = SECRET) =>
  token(claims, { alg: "HS256" }, (text) => createHmac("sha256", key).update(text).digest());
const ofKey = (claims: Json, kid: string, { privateKey } = first) =>
  token(claims, { alg: "RS256", kid }, (text) => sign("sha256", Buffer.from(text), privateKey));
const jwk = (kid: string, { publicKey } = first) => ({
  ...publicKey.export({ format: "jwk" }),
  kid,
});

const manifest = (jwks: string) =>
  `name: Api
imports: [digly:http, digly:auth]
---
kind: Http.Server
metadata: { name: Main }
port: 0
mounts: [{ type: Http.Api.All }]
---
kind: Auth.Bearer
metadata: { name: Users }
secret: ${SECRET}
issuer: me
claims: { type: object, required: [roles], properties: { roles: { type: array } } }
---
kind: Auth.Bearer
metadata: { name: Keys }
jwks: ${jwks}
---
kind: Auth.Policy
metadata: { name: Admins }
allow: "\${{ 'admin' in request.auth.roles }}"
---
kind: Auth.ApiKey
metadata: { name: Partners }
keys: [{ name: ci, key: k1, claims: { team: core } }]
---
kind: Auth.Basic
metadata: { name: Staff }
users: [{ name: ada, password: "HASH" }]
---
kind: Http.Api
metadata: { name: All }
routes:
  - request: { path: /me, query: { type: object, required: [q] } }
    use: [Auth.Bearer.Users]
    response: { body: "\${{ request.auth.roles }}" }
  - { request: { path: /admin }, use: [Auth.Bearer.Users, Auth.Policy.Admins], response: { body: in } }
  - { request: { path: /jwks }, use: [Auth.Bearer.Keys], response: { body: in } }
  - { request: { path: /key }, use: [Auth.ApiKey.Partners], response: { body: "\${{ request.auth }}" } }
  - { request: { path: /staff }, use: [Auth.Basic.Staff], response: { body: "\${{ request.auth.name }}" } }
`;

const PLACEHOLDER = "$pbkdf2-sha256$1000$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA";

async function check(form: Form): Promise<void> {
  let answer: () => [status: number, body: string] = () => [200, "<html>"];
  const issuer = createServer((_request, response) => {
    const [status, body] = answer();
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => issuer.listen(0, "127.0.0.1", resolve));
  // A test that fails must not wait for it.
  issuer.unref();
  const text = manifest(`http://127.0.0.1:${(issuer.address() as AddressInfo).port}/`);
  const made = await run(form, [
    "exec",
    "runtime.yaml",
    "Auth.Basic.Staff",
    "--input",
    '{"password":"correct horse"}',
  ], { cwd: tempApp({ "runtime.yaml": text.replace("HASH", PLACEHOLDER) }) });
  assertCode(made, 0);
  const [hash] = /\$scrypt\$[^"\s]+/.exec(made.stdout)!;
  const cwd = tempApp({ "runtime.yaml": text.replace("HASH", hash) });
  const server = start(form, ["runtime.yaml"], { cwd });
  const [, url] = await server.waitFor(/Listening on (http:\/\/127\.0\.0\.1:\d+)/, 30_000);

  const get = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(url + path, { headers });
    const body = await response.json() as unknown;
    return { status: response.status, body, challenge: response.headers.get("www-authenticate") };
  };
  const bearer = (path: string, text: string) => get(path, { authorization: `Bearer ${text}` });

  // An unknown client learns nothing of the schema.
  assert.deepEqual(await get("/me"), {
    status: 401,
    body: { error: { code: "UNAUTHORIZED", message: "A bearer token is required" } },
    challenge: 'Bearer realm="Api"',
  });
  const user = ofSecret({ iss: "me", roles: ["user"] });
  assert.equal((await bearer("/me", user)).status, 400);
  assert.deepEqual((await bearer("/me?q=1", user)).body, ["user"]);
  for (
    const forged of [
      "x.y.z",
      "",
      ofSecret({ iss: "me", roles: [] }, "another"),
      ofSecret({ iss: "you", roles: [] }),
      ofSecret({ iss: "me" }),
      ofSecret({ iss: "me", roles: [], exp: 1 }),
      token({ iss: "me", roles: [] }, { alg: "none" }, () => Buffer.alloc(0)),
    ]
  ) assert.equal((await bearer("/me?q=1", forged)).status, 401, forged);
  assert.match((await bearer("/me", "x.y.z")).challenge!, /error="invalid_token"/);

  const refused = await bearer("/admin", user);
  assert.deepEqual([refused.status, refused.challenge], [
    403,
    'Bearer realm="Api", error="insufficient_scope"',
  ]);
  const admin = ofSecret({ iss: "me", roles: ["admin"] });
  assert.equal((await bearer("/admin", admin)).status, 200);

  // The issuer answers rubbish, then recovers, then rotates its keys.
  assert.equal((await bearer("/jwks", ofKey({}, "a"))).status, 503);
  answer = () => [200, JSON.stringify({ keys: [jwk("a")] })];
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  assert.equal((await bearer("/jwks", ofKey({}, "a"))).status, 200);
  answer = () => [200, JSON.stringify({ keys: [jwk("b", second)] })];
  assert.equal((await bearer("/jwks", ofKey({}, "b", second))).status, 200);
  assert.equal((await bearer("/jwks", ofKey({}, "a"))).status, 401);
  const pem = second.publicKey.export({ format: "pem", type: "spki" }) as string;
  assert.equal((await bearer("/jwks", ofSecret({}, pem))).status, 401);

  assert.deepEqual((await get("/key", { "x-api-key": "k1" })).body, { team: "core", name: "ci" });
  const wrongKey = await get("/key", { "x-api-key": "k2" });
  assert.deepEqual([wrongKey.status, wrongKey.challenge], [401, 'ApiKey realm="Api"']);

  const basic = (text: string) => get("/staff", { authorization: `Basic ${btoa(text)}` });
  assert.equal((await basic("ada:correct horse")).body, "ada");
  for (const wrong of ["ada:wrong", "bob:correct horse", "ada", ":"]) {
    const { status, challenge } = await basic(wrong);
    assert.deepEqual([status, challenge], [401, 'Basic realm="Api", charset="UTF-8"'], wrong);
  }

  server.kill("SIGTERM");
  const { code, stderr } = await server.exited;
  issuer.close();
  assert.equal(code, 0, stderr);
}

describe("digly:auth", () => {
  for (const form of forms) test(form.name, () => check(form));
});
