/** Fields of digly:http, digly:auth and digly:openapi that no other test sets, each in one app. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { startHttpApp } from "./http_app.ts";

const RESOURCES = `kind: Http.Compress
metadata: { name: Large }
threshold: 1KiB
---
kind: Http.RequestId
metadata: { name: Named }
header: x-trace
---
kind: Auth.ApiKey
metadata: { name: Keys }
realm: Orders
keys: [{ name: ci, sha256: ${createHash("sha256").update("k1").digest("hex")} }]
---
kind: Auth.Basic
metadata: { name: Staff }
realm: Back office
---
kind: Auth.Bearer
metadata: { name: Users }
realm: Shop
secret: 0123456789abcdef0123456789abcdef
---
kind: OpenApi.Spec
metadata: { name: Docs }
info:
  summary: Orders of the shop
  termsOfService: https://example.com/terms
  contact: { email: api@example.com }
  license: { name: MIT }
---
kind: Http.Api
metadata: { name: All }
routes:
  - { request: { path: /short }, use: [Http.Compress.Large], response: { body: "${
  "a".repeat(900)
}" } }
  - { request: { path: /long }, use: [Http.Compress.Large], response: { body: "${
  "a".repeat(1_100)
}" } }
  - { request: { path: /id }, use: [Http.RequestId.Named], response: { body: "\${{ request.id }}" } }
  - { request: { path: /keys }, use: [Auth.ApiKey.Keys], response: { body: "\${{ request.auth.name }}" } }
  - { request: { path: /staff }, use: [Auth.Basic.Staff], response: { body: in } }
  - { request: { path: /users }, use: [Auth.Bearer.Users], response: { body: in } }
`;

test("fields that have a default are used when they are set", async (t) => {
  const { url } = await startHttpApp(t, RESOURCES, {
    imports: ["digly:auth", "digly:openapi"],
    mounts: "mounts: [{ type: Http.Api.All }, { type: OpenApi.Spec.Docs }]",
  });
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(url + path, { headers });

  const gzip = { "accept-encoding": "gzip" };
  assert.equal((await get("/short", gzip)).headers.get("content-encoding"), null);
  assert.equal((await get("/long", gzip)).headers.get("content-encoding"), "gzip");

  const named = await get("/id", { "x-trace": "abc-12345" });
  assert.equal(named.headers.get("x-trace"), "abc-12345");
  assert.equal(await named.json(), "abc-12345");

  assert.equal(await (await get("/keys", { "x-api-key": "k1" })).json(), "ci");
  const challenges = {
    "/keys": 'ApiKey realm="Orders"',
    "/staff": 'Basic realm="Back office", charset="UTF-8"',
    "/users": 'Bearer realm="Shop"',
  };
  for (const [path, challenge] of Object.entries(challenges)) {
    const refused = await get(path, { "x-api-key": "k2" });
    assert.deepEqual([refused.status, refused.headers.get("www-authenticate")], [401, challenge]);
  }

  const { info } = await (await get("/openapi.json")).json() as { info: Record<string, unknown> };
  assert.deepEqual(info, {
    title: "App",
    version: info["version"],
    summary: "Orders of the shop",
    termsOfService: "https://example.com/terms",
    contact: { email: "api@example.com" },
    license: { name: "MIT" },
  });
});
