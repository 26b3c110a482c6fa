import assert from "node:assert/strict";
import { test } from "node:test";
import { loadHttpApp, route, startHttpApp } from "./http_app.ts";

const ROUTE = route("request: { path: /a }\nresponse: { body: 1 }");
const cors = (fields: string) => `---\nkind: Http.Cors\nmetadata: { name: C }\n${fields}\n`;
const USE = { mounts: "use: [Http.Cors.C]" };
const ALLOW = "access-control-allow-origin";

test("every origin is allowed by default, also to see errors", async (t) => {
  const { url } = await startHttpApp(t, ROUTE + cors(""), USE);
  for (const path of ["/a", "/none"]) {
    const { headers } = await fetch(url + path, { headers: { origin: "https://x.example" } });
    assert.equal(headers.get(ALLOW), "*");
    assert.equal(headers.get("vary"), null);
  }
  const { headers } = await fetch(`${url}/a`);
  assert.equal(headers.get(ALLOW), null);
});

test("listed origins are allowed, with credentials", async (t) => {
  const fields =
    "origins: [https://shop.example]\ncredentials: true\nexpose: [x-total]\nmaxAge: 5m";
  const { url } = await startHttpApp(t, ROUTE + cors(fields), USE);
  const of = async (origin: string, init: RequestInit = {}) => {
    const headers = { origin, ...init.headers as Record<string, string> };
    const response = await fetch(`${url}/a`, { ...init, headers });
    return { status: response.status, headers: Object.fromEntries(response.headers) };
  };
  const good = await of("https://shop.example");
  assert.equal(good.headers[ALLOW], "https://shop.example");
  assert.equal(good.headers["access-control-allow-credentials"], "true");
  assert.equal(good.headers["access-control-expose-headers"], "x-total");
  assert.equal(good.headers["vary"], "origin");
  for (const origin of ["https://evil.example", "https://shop.example.evil", "null"]) {
    const bad = await of(origin);
    assert.equal(bad.headers[ALLOW], undefined, origin);
    assert.equal(bad.headers["vary"], "origin");
  }
  const preflight = await of("https://shop.example", {
    method: "OPTIONS",
    headers: {
      "access-control-request-method": "PUT",
      "access-control-request-headers": "x-a,content-type",
    },
  });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers["access-control-allow-headers"], "x-a,content-type");
  assert.match(preflight.headers["access-control-allow-methods"] ?? "", /\bPUT\b/);
  assert.equal(preflight.headers["access-control-max-age"], "300");
  assert.equal(preflight.headers["vary"], "access-control-request-headers, origin");
});

test("that of a route also answers for the other methods of its path", async (t) => {
  const own = route(
    "request: { path: /a }\nuse: [Http.RateLimit.R, Http.Cors.C]\nresponse: { body: 1 }",
  );
  const limit = "---\nkind: Http.RateLimit\nmetadata: { name: R }\nlimit: 1/min\n";
  const { url } = await startHttpApp(t, own + cors("") + limit);
  const send = (method: string, headers: Record<string, string> = {}) =>
    fetch(`${url}/a`, { method, headers: { origin: "https://x.example", ...headers } });
  for (let count = 0; count < 2; count++) {
    const refused = await send("DELETE");
    assert.deepEqual([refused.status, refused.headers.get(ALLOW)], [405, "*"]);
    assert.equal(refused.headers.get("allow"), "GET, HEAD");
  }
  const preflight = await send("OPTIONS", { "access-control-request-method": "DELETE" });
  assert.deepEqual([preflight.status, preflight.headers.get(ALLOW)], [204, "*"]);
});

test("an OPTIONS request that is not a preflight is answered by the routes", async (t) => {
  const { url } = await startHttpApp(t, ROUTE + cors(""), USE);
  assert.equal((await fetch(`${url}/a`, { method: "OPTIONS" })).status, 405);
});

test("credentials for every origin, and what is not an origin, are refused", async () => {
  const refused = async (fields: string) => {
    const { kernel } = await loadHttpApp(ROUTE + cors(fields), USE);
    const error = await kernel.start().then(() => undefined, (thrown: unknown) => thrown as Error);
    await kernel.stop();
    return error?.message ?? "";
  };
  assert.match(await refused("credentials: true"), /credentials cannot be allowed for the origin/);
  assert.match(await refused("origins: [shop.example]"), /"shop\.example" is not an origin/);
  assert.match(await refused("origins: [https://shop.example/]"), /is not an origin/);
});
