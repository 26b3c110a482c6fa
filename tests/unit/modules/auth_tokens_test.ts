import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import type { Clock } from "../../../src/contract/clock.ts";
import { createClock } from "../../../src/contract/clock.ts";
import {
  createKeySet,
  type KeySource,
  KeysUnavailableError,
  toKeys,
} from "../../../src/modules/auth/key_set.ts";
import { fileSource, urlSource } from "../../../src/modules/auth/key_source.ts";
import {
  createVerifier,
  InvalidTokenError,
  PUBLIC_KEY_ALGORITHMS,
  type TokenRules,
} from "../../../src/modules/auth/tokens.ts";
import { hashPassword, isPassword, parseHash } from "../../../src/modules/auth/password.ts";

const NOW = 1_800_000_000;
const SECRET = new TextEncoder().encode("0123456789abcdef0123456789abcdef");
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });

const clock: Clock = createClock(() => NOW * 1_000, () => () => {});
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

type Json = Record<string, unknown>;

const encode = (value: Json) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token whose signature `signText` makes, whatever its header says. */
function token(header: Json, claims: Json, signText: (text: string) => Buffer): string {
  const text = `${encode(header)}.${encode(claims)}`;
  return `${text}.${signText(text).toString("base64url")}`;
}

const byRsa = (text: string) => sign("sha256", Buffer.from(text), rsa.privateKey);
const byEc = (text: string) =>
  sign("sha256", Buffer.from(text), { key: ec.privateKey, dsaEncoding: "ieee-p1363" });
const byHmac = (key: Uint8Array | string) => (text: string) =>
  createHmac("sha256", key).update(text).digest();

const jwk = (kid: string, { publicKey } = rsa): Json => ({
  ...publicKey.export({ format: "jwk" }) as Json,
  kid,
});

const RULES: TokenRules = {
  algorithms: PUBLIC_KEY_ALGORITHMS,
  issuer: "https://issuer",
  audience: ["orders", "invoices"],
  clockTolerance: 0,
};
const CLAIMS = { sub: "ada", iss: "https://issuer", aud: "orders", exp: NOW + 60 };

const keys = toKeys({ keys: [jwk("a"), jwk("e", ec)] });
const verify = createVerifier(keys, RULES, clock);
const verifySecret = createVerifier(SECRET, { ...RULES, algorithms: ["HS256"] }, clock);

test("tokens that are signed with a key of the set are accepted", async () => {
  assert.equal((await verify(token({ alg: "RS256", kid: "a" }, CLAIMS, byRsa)))["sub"], "ada");
  assert.equal((await verify(token({ alg: "ES256", kid: "e" }, CLAIMS, byEc)))["sub"], "ada");
  assert.equal((await verify(token({ alg: "ES256" }, CLAIMS, byEc)))["sub"], "ada");
  const ofSecret = token({ alg: "HS256" }, CLAIMS, byHmac(SECRET));
  assert.equal((await verifySecret(ofSecret))["sub"], "ada");
});

test("tokens without a key id are tried with the keys of their type", async () => {
  const other = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const several = createVerifier(toKeys({ keys: [jwk("b", other), jwk("a")] }), RULES, clock);
  assert.equal((await several(token({ alg: "RS256" }, CLAIMS, byRsa)))["sub"], "ada");
  await assert.rejects(
    createVerifier(toKeys({ keys: [jwk("b", other), jwk("c", other)] }), RULES, clock)(
      token({ alg: "RS256" }, CLAIMS, byRsa),
    ),
    InvalidTokenError,
  );
});

const PUBLIC_PEM = rsa.publicKey.export({ format: "pem", type: "spki" }) as string;
const header = { alg: "RS256", kid: "a" };
const good = token(header, CLAIMS, byRsa);
const forged: Readonly<Record<string, string>> = {
  "no algorithm": token({ alg: "none" }, CLAIMS, () => Buffer.alloc(0)),
  "None in another case": token({ alg: "nOnE", kid: "a" }, CLAIMS, () => Buffer.alloc(0)),
  "the public key as an HMAC secret": token(
    { alg: "HS256", kid: "a" },
    CLAIMS,
    byHmac(PUBLIC_PEM),
  ),
  "the key in the token": token({ alg: "RS256", jwk: jwk("x") }, CLAIMS, byEc),
  "a key of another type": token({ alg: "ES256", kid: "a" }, CLAIMS, byEc),
  "another key": token({ alg: "RS256", kid: "unknown" }, CLAIMS, byRsa),
  "changed claims": good.replace(/\.[^.]+\./, `.${encode({ ...CLAIMS, sub: "eve" })}.`),
  "no signature": good.replace(/[^.]+$/, ""),
  "another issuer": token(header, { ...CLAIMS, iss: "https://evil" }, byRsa),
  "no issuer": token(header, { ...CLAIMS, iss: undefined }, byRsa),
  "another audience": token(header, { ...CLAIMS, aud: ["shop"] }, byRsa),
  "an expiry in the past": token(header, { ...CLAIMS, exp: NOW - 1 }, byRsa),
  "an expiry that is text": token(header, { ...CLAIMS, exp: "never" }, byRsa),
  "a start in the future": token(header, { ...CLAIMS, nbf: NOW + 10 }, byRsa),
  "an unknown critical header": token({ ...header, crit: ["x"], x: 1 }, CLAIMS, byRsa),
  "no parts": "abc",
  "too many parts": `${good}.abc.def`,
  "parts that are not base64": "%%%.%%%.%%%",
  "claims that are a list": token(header, [] as unknown as Json, byRsa),
};

for (const [what, text] of Object.entries(forged)) {
  test(`a token with ${what} is rejected`, async () => {
    await assert.rejects(verify(text), InvalidTokenError);
    await assert.rejects(verifySecret(text), InvalidTokenError);
  });
}

test("clocks may differ as far as the rules say", async () => {
  const late = token(header, { ...CLAIMS, exp: NOW - 3 }, byRsa);
  await assert.rejects(verify(late), /The token has expired/);
  const tolerant = createVerifier(keys, { ...RULES, clockTolerance: 5_000 }, clock);
  assert.equal((await tolerant(late))["sub"], "ada");
});

/** A key set whose source and time the test controls. */
function changing(answers: (() => unknown)[]) {
  const state = { now: 0, loads: 0 };
  const source: KeySource = {
    name: "test",
    load: () => Promise.resolve(answers[Math.min(state.loads++, answers.length - 1)]!()),
  };
  const time = createClock(() => state.now, () => () => {});
  const set = createKeySet(source, time, quiet);
  const find = (kid: string) => set.find({ alg: "RS256", kid }, { payload: "", signature: "" });
  return { state, set, find };
}

const fails = () => {
  throw new Error("unreachable");
};

test("keys are loaded once for many tokens, and again for an unknown key", async () => {
  const { state, find } = changing([
    () => ({ keys: [jwk("a")] }),
    () => ({ keys: [jwk("a"), jwk("b")] }),
  ]);
  await Promise.all([find("a"), find("a"), find("a")]);
  assert.equal(state.loads, 1);
  await find("b");
  assert.equal(state.loads, 2);
});

test("tokens with unknown keys do not load keys again and again", async () => {
  const { state, find } = changing([() => ({ keys: [jwk("a")] })]);
  await find("a");
  for (let index = 0; index < 20; index++) await assert.rejects(find(`forged${index}`));
  assert.equal(state.loads, 2);
  state.now += 6_000;
  await assert.rejects(find("forged"));
  assert.equal(state.loads, 3);
});

test("keys that cannot be loaded are loaded later, but not for each token", async () => {
  const { state, find } = changing([
    fails,
    () => ({ keys: "rubbish" }),
    () => ({ keys: [jwk("a")] }),
  ]);
  await assert.rejects(find("a"), KeysUnavailableError);
  await assert.rejects(find("a"), KeysUnavailableError);
  assert.equal(state.loads, 1);
  state.now += 2_000;
  await assert.rejects(find("a"), KeysUnavailableError);
  state.now += 2_000;
  await find("a");
  assert.equal(state.loads, 3);
});

test("known keys are used while they cannot be loaded again, but not forever", async () => {
  const { state, find } = changing([() => ({ keys: [jwk("a")] }), fails]);
  await find("a");
  state.now += 3_600_000;
  await find("a");
  await find("a");
  state.now += 24 * 3_600_000;
  await assert.rejects(find("a"), KeysUnavailableError);
});

test("answers of servers are bounded, and redirects are not followed", async (t) => {
  const server = createServer(({ url }, response) => {
    if (url === "/moved") response.writeHead(302, { location: "/keys" }).end();
    else if (url === "/large") response.end(" ".repeat(300 * 1024));
    else if (url === "/text") response.end("<html>");
    else if (url === "/cut") {
      response.writeHead(200, { "content-length": 1_000 }).write("{");
      setTimeout(() => response.destroy(), 20);
    } else if (url === "/bomb") {
      const large = gzipSync(Buffer.alloc(10_000_000, " "));
      response.writeHead(200, { "content-encoding": "gzip" }).end(large);
    } else if (url?.startsWith("/gzip")) {
      response.writeHead(200, { "content-encoding": "gzip" }).end("not compressed");
    } else response.end(JSON.stringify({ keys: [] }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const load = (path: string) =>
    urlSource(`http://127.0.0.1:${port}${path}`, new AbortController().signal).load();
  assert.deepEqual(await load("/keys"), { keys: [] });
  await assert.rejects(load("/moved"), /answered with 302/);
  await assert.rejects(load("/large"), /larger than 256 KiB/);
  await assert.rejects(load("/text"), /not JSON/);
  await assert.rejects(load("/bomb"), /larger than 256 KiB/);
  // The message is logged, and that of a runtime may have the query in it.
  const isCut = { message: "the server broke its answer off" };
  await assert.rejects(load("/cut"), isCut);
  await assert.rejects(load("/gzip?token=secret"), isCut);
});

test("only files with an end are read, as far as they may be large", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "digly-keys-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const load = (name: string) => fileSource(resolve(folder, name)).load();
  execFileSync("mkfifo", [join(folder, "pipe")]);
  for (const name of ["/dev/zero", "pipe", "."]) {
    await assert.rejects(load(name), { message: "it is not a file" }, name);
  }
  writeFileSync(join(folder, "large"), " ".repeat(300 * 1024));
  await assert.rejects(load("large"), /larger than 256 KiB/);
  writeFileSync(join(folder, "keys"), '{ "keys": [] }');
  assert.deepEqual(await load("keys"), { keys: [] });
});

test("keys that share an id are chosen by their type, and tried one after the other", async () => {
  const other = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const header = { alg: "RS256", kid: "a" };
  const check = (...keys: Json[]) =>
    createVerifier(toKeys({ keys }), RULES, clock)(token(header, CLAIMS, byRsa));
  const refused = { name: "Error", message: "The token is not valid" };
  const secret = { kty: "oct", kid: "a", k: encode({}) };
  assert.deepEqual(await check(secret, jwk("a", ec), jwk("a")), CLAIMS);
  assert.deepEqual(await check(jwk("a", other), jwk("a")), CLAIMS);
  await assert.rejects(check(jwk("a", ec)), refused);
  await assert.rejects(check(secret), refused);
  await assert.rejects(check(jwk("a", other)), refused);
  await assert.rejects(check({ ...jwk("a"), use: "enc" }), refused);
  await assert.rejects(check({ kty: "RSA", kid: "a", n: "!", e: "AQAB" }), KeysUnavailableError);
});

test("a key set without keys is accepted, and logged", async () => {
  const warnings: string[] = [];
  const log = { ...quiet, warn: (message: string) => void warnings.push(message) };
  const source = { name: "test", load: () => Promise.resolve({ keys: [] }) };
  const set = createKeySet(source, createClock(() => 0, () => () => {}), log);
  await assert.rejects(set.find({ alg: "RS256", kid: "a" }, { payload: "", signature: "" }), {
    code: "ERR_JWKS_NO_MATCHING_KEY",
  });
  assert.match(warnings[0]!, /no keys at test, so every token is rejected/);
});

test("only reasonable key sets are keys", () => {
  for (
    const value of [null, 1, "x", [], {}, { keys: {} }, { keys: [1] }, {
      keys: Array(101).fill({}),
    }]
  ) {
    assert.throws(() => toKeys(value), Error, JSON.stringify(value));
  }
});

test("a hash is of one password, and of no other", async () => {
  const text = await hashPassword("correct horse");
  const hash = parseHash(text)!;
  assert.equal(await isPassword("correct horse", hash), true);
  assert.equal(await isPassword("correct horsf", hash), false);
  assert.equal(await isPassword("", hash), false);
  assert.notEqual(await hashPassword("correct horse"), text);
});

test("hashes of other programs are known", async () => {
  // Made with passlib: pbkdf2_sha256.using(rounds=1000, salt=b"saltsalt").hash("password").
  const salt = Buffer.from("saltsalt");
  const { pbkdf2Sync } = await import("node:crypto");
  const hash = pbkdf2Sync("password", salt, 1_000, 32, "sha256").toString("base64");
  const plain = (text: string) => text.replace(/=+$/, "").replaceAll("+", ".");
  const text = `$pbkdf2-sha256$1000$${plain(salt.toString("base64"))}$${plain(hash)}`;
  assert.equal(await isPassword("password", parseHash(text)!), true);
});

test("malformed hashes, and those that take too much, are refused", () => {
  for (
    const text of [
      "",
      "password",
      "$scrypt$ln=15,r=8,p=1$",
      "$scrypt$ln=30,r=8,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
      "$scrypt$ln=15,r=99,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
      "$scrypt$ln=15,r=8,p=0$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
      "$pbkdf2-sha256$9999999$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
      "$pbkdf2-sha256$1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
      "$pbkdf2-sha256$1000$c2FsdHNhbHQ$aGFzaA",
    ]
  ) assert.equal(parseHash(text), undefined, text);
});
