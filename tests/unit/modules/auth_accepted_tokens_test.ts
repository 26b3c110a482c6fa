import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { createAcceptedTokens } from "../../../src/modules/auth/accepted_tokens.ts";
import { TestClock } from "../../../src/testing/test_clock.ts";
import { route, startHttpApp } from "./http_app.ts";

const NOW = 1_800_000_000;
const KEYS = new Uint8Array(32);
const SECRET = "0123456789abcdef0123456789abcdef";

type Json = Record<string, unknown>;

const encode = (value: Json) => Buffer.from(JSON.stringify(value)).toString("base64url");
const unsigned = (claims: Json) => `${encode({ alg: "HS256" })}.${encode(claims)}`;

function byHmac(claims: Json): string {
  const text = unsigned(claims);
  return `${text}.${createHmac("sha256", SECRET).update(text).digest("base64url")}`;
}

function remember(claims: Json, toleranceMs = 0) {
  const clock = new TestClock(NOW * 1_000);
  const accepted = createAcceptedTokens(clock, toleranceMs);
  const token = `${unsigned(claims)}.signature`;
  accepted.add(token, KEYS, claims);
  return { clock, accepted, token };
}

test("an accepted token is found with claims that are a copy for each request", () => {
  const claims = { sub: "ada", roles: ["admin"], "__proto__x": 1 };
  const { accepted, token } = remember(claims);
  const found = accepted.find(token, KEYS) as { roles: string[] };
  assert.deepEqual(found, claims);
  found.roles.push("root");
  assert.deepEqual(accepted.find(token, KEYS), claims);
  assert.equal(accepted.find(`${token}x`, KEYS), undefined);
});

test("a token that has expired or has not begun is not found", async () => {
  const { clock, accepted, token } = remember({ exp: NOW + 60, nbf: NOW });
  await clock.advance(59_999);
  assert.ok(accepted.find(token, KEYS));
  await clock.advance(1);
  assert.equal(accepted.find(token, KEYS), undefined);

  const tolerant = remember({ exp: NOW }, 5_000);
  assert.ok(tolerant.accepted.find(tolerant.token, KEYS));
  await tolerant.clock.advance(5_000);
  assert.equal(tolerant.accepted.find(tolerant.token, KEYS), undefined);

  const later = remember({ nbf: NOW + 10 });
  assert.equal(later.accepted.find(later.token, KEYS), undefined);
});

test("other keys do not accept what earlier ones have accepted", () => {
  const { accepted, token } = remember({});
  assert.equal(accepted.find(token, new Uint8Array(32)), undefined);
  assert.equal(accepted.find(token, undefined), undefined);
});

test("the memory is bounded, in the number of tokens and in their length", () => {
  const { accepted, token } = remember({});
  const tokenOf = (index: number) => `${unsigned({ index })}.signature`;
  for (let index = 0; index < 1_000; index++) accepted.add(tokenOf(index), KEYS, { index });
  assert.equal(accepted.find(token, KEYS), undefined);
  assert.deepEqual(accepted.find(tokenOf(0), KEYS), { index: 0 });
  const long = { text: "x".repeat(4_096) };
  accepted.add(`${unsigned(long)}.signature`, KEYS, long);
  assert.equal(accepted.find(`${unsigned(long)}.signature`, KEYS), undefined);
});

test("a token that was accepted is refused once it has expired", async (t) => {
  const clock = new TestClock(NOW * 1_000);
  const { url } = await startHttpApp(
    t,
    route(
      "request: { path: / }\nuse: [Auth.Bearer.Users]\n" +
        "handler: { name: Test.Handler.echo, inputs: '${{ request.auth }}' }",
    ) + `---\nkind: Auth.Bearer\nmetadata: { name: Users }\nsecret: ${SECRET}\n`,
    {
      clock,
      imports: ["digly:auth"],
      handle: (claims) => {
        (claims as { roles: string[] }).roles.push("changed");
        return claims;
      },
    },
  );
  const token = byHmac({ sub: "ada", roles: [], exp: NOW + 60 });
  const ask = (text: string) => fetch(url, { headers: { authorization: `Bearer ${text}` } });
  for (let times = 0; times < 3; times++) {
    assert.deepEqual((await (await ask(token)).json() as { roles: unknown }).roles, ["changed"]);
  }
  assert.equal((await ask(`${token.slice(0, -2)}AA`)).status, 401);
  await clock.advance(60_000);
  const refused = await ask(token);
  assert.equal(refused.status, 401);
  assert.match(refused.headers.get("www-authenticate")!, /The token has expired/);
});

test("a token that was accepted is refused once its key has been taken away", async (t) => {
  const clock = new TestClock(NOW * 1_000);
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwk = { ...rsa.publicKey.export({ format: "jwk" }), kid: "a" };
  let keys: unknown[] = [jwk];
  let loads = 0;
  const server = createServer((_request, response) => {
    loads++;
    response.end(JSON.stringify({ keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const { url } = await startHttpApp(
    t,
    route("request: { path: / }\nuse: [Auth.Bearer.Users]\nresponse: { body: 1 }") +
      "---\nkind: Auth.Bearer\nmetadata: { name: Users }\n" +
      `jwks: http://127.0.0.1:${(server.address() as AddressInfo).port}/keys\n`,
    { clock, imports: ["digly:auth"] },
  );
  const text = `${encode({ alg: "RS256", kid: "a" })}.${encode({ sub: "ada" })}`;
  const signature = sign("sha256", Buffer.from(text), rsa.privateKey).toString("base64url");
  const ask = (kid = "a") => {
    const [, ...rest] = `${text}.${signature}`.split(".");
    const token = [encode({ alg: "RS256", kid }), ...rest].join(".");
    return fetch(url, { headers: { authorization: `Bearer ${token}` } });
  };
  assert.equal((await ask()).status, 200);
  assert.equal((await ask()).status, 200);
  keys = [];
  // An unknown key makes the server load the keys, at once and not in ten minutes.
  await clock.advance(6_000);
  assert.equal((await ask("b")).status, 401);
  assert.equal(loads, 2);
  assert.equal((await ask()).status, 401);
});
