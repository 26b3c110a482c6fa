/** Sends the requests that docs/http.md shows, and compares the answers. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { assertCode, root, singleFile, start, tempApp } from "./forms.ts";

const page = readFileSync(`${root}docs/http.md`, "utf8");
/** The section that builds an API step by step is another app than that of the rest. */
const [beginning, rest] = page.split("\n## A server and its routes\n") as [string, string];

const [, app = ""] = /<!-- file: shop\/runtime\.yaml -->\s*```yaml\n([^]*?)```/.exec(rest) ?? [];

interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly body: string | undefined;
  /** The status and the body of the answer. */
  readonly answer: string;
  readonly hasToken: boolean;
}

/** `GET /path body`, and the line below it: the status and the body of the answer. */
function exchangesOf(part: string): Exchange[] {
  return [...part.matchAll(/(<!-- with a token -->\n\n)?```http\n([^]*?)```/g)].flatMap(
    ([, mark, block]) =>
      [...block!.matchAll(/^([A-Z]+) (\S+)(?: (.+))?\n(\d+ .*)$/gm)].map(
        ([, method, path, body, answer]) => (
          { method: method!, path: path!, body, answer: answer!, hasToken: mark !== undefined }
        ),
      ),
  );
}

test("every request of the page is answered as it says", async () => {
  const exchanges = exchangesOf(rest);
  assert.ok(exchanges.length >= 9);
  const server = start(singleFile, ["runtime.yaml"], { cwd: tempApp({ "runtime.yaml": app }) });
  const [url] = await server.waitFor(/http:\/\/127\.0\.0\.1:\d+/);
  for (const { method, path, body, answer } of exchanges) {
    const response = await fetch(url + path, {
      method,
      ...(body === undefined ? {} : { body, headers: { "content-type": "application/json" } }),
    });
    const text = (await response.text()).replace(/"id":"[\da-f-]{36}"/, '"id":"…"');
    assert.equal(`${response.status} ${text}`, answer, `${method} ${path}`);
  }
  server.kill("SIGTERM");
  assertCode(await server.exited, 0);
});

const KEY = "for-development-and-not-for-anything-else";

/** A token of the page's user. */
function token(): string {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const exp = Math.floor(Date.now() / 1_000) + 3_600;
  const claims = { sub: "ada", aud: "library", roles: ["staff"], exp };
  const signed = `${encode({ alg: "HS256" })}.${encode(claims)}`;
  return `${signed}.${createHmac("sha256", KEY).update(signed).digest("base64url")}`;
}

/** Sends a request over HTTPS, whose certificate nobody has signed. */
function send(url: string, { method, path, body, hasToken }: Exchange): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(hasToken ? { authorization: `Bearer ${token()}` } : {}),
    };
    request(url + path, { method, headers, rejectUnauthorized: false }, (response) => {
      text(response).then((body) => resolve(`${response.statusCode} ${body}`), reject);
    }).on("error", reject).end(body);
  });
}

test("the API that the page builds step by step answers as it says, with its documentation", async () => {
  const exchanges = exchangesOf(beginning);
  assert.ok(exchanges.length >= 7);
  // Of a file that is shown twice, the last version.
  const files = Object.fromEntries(
    [...beginning.matchAll(/<!-- file: library\/(\S+) -->\s*```yaml\n([^]*?)```/g)].map(
      ([, name, content]) => [name!, content!],
    ),
  );
  for (const name of ["crt", "key"]) {
    files[`server.${name}`] = readFileSync(
      `${root}tests/runtimes/certificates/one.${name}`,
      "utf8",
    );
  }
  const server = start(singleFile, [tempApp(files)], { env: { PORT: "0", TOKEN_KEY: KEY } });
  const [url] = await server.waitFor(/https:\/\/127\.0\.0\.1:\d+/);
  for (const exchange of exchanges) {
    assert.equal(await send(url, exchange), exchange.answer, `${exchange.method} ${exchange.path}`);
  }
  const get = (path: string) =>
    send(url, { method: "GET", path, body: undefined, answer: "", hasToken: false });
  const document = await get("/openapi.json");
  for (const part of ['"/v1/orders"', '"bearer"', '"Orders a book"', '"Book"']) {
    assert.ok(document.includes(part), `${part} in ${document}`);
  }
  assert.match(await get("/docs"), /^200 .*rapi-doc/s);
  server.kill("SIGTERM");
  assertCode(await server.exited, 0);
});
