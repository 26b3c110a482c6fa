import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { preconditionStatus, rangeOf } from "../../../src/modules/http/conditions.ts";
import { contentTypeOf } from "../../../src/modules/http/content_types.ts";
import { namesIn } from "../../../src/modules/http/static_files.ts";
import { loadHttpApp, startHttpApp } from "./http_app.ts";

const BIG = 300_000;

/** A folder `public` with files, beside one that must not be served. */
function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "digly-static-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const files: Record<string, string> = {
    "secret.txt": "secret",
    "public/index.html": "<h1>home</h1>",
    "public/app.js": "console.log(1)",
    "public/docs/index.html": "docs",
    "public/empty.txt": "",
    "public/ü b.txt": "umlaut",
    "public/big.bin": "0123456789".repeat(BIG / 10),
    "public/.env": "secret",
    "public/.git/config": "secret",
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  symlinkSync("../secret.txt", join(folder, "public/leak.txt"));
  symlinkSync("..", join(folder, "public/up"));
  symlinkSync("app.js", join(folder, "public/same.js"));
  return folder;
}

const site = (folder: string, fields = "") =>
  `kind: Http.Static\nmetadata: { name: Site }\nroot: ${folder}/public\n${fields}\n`;

/** Sends a GET request for a path as it is, and gives the status and the body. */
function getRaw(url: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1", () => {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    });
    let text = "";
    socket.setEncoding("latin1").on("data", (chunk) => text += chunk);
    socket.on("close", () => resolve(text)).on("error", reject);
  });
}

test("files are served with their type, and can be revalidated", async (t) => {
  const folder = makeFolder(t);
  const { url } = await startHttpApp(t, site(folder, "cacheControl: public, max-age=60"));
  const response = await fetch(`${url}/app.js`);
  assert.equal(await response.text(), "console.log(1)");
  const { headers } = response;
  assert.equal(headers.get("content-type"), "text/javascript; charset=utf-8");
  assert.equal(headers.get("content-length"), "14");
  assert.equal(headers.get("cache-control"), "public, max-age=60");
  const [etag, modified] = [headers.get("etag")!, headers.get("last-modified")!];
  assert.match(etag, /^"[\w-]+"$/);

  const conditional = async (headers: Record<string, string>) => {
    const { status, headers: answered } = await fetch(`${url}/app.js`, { headers });
    if (status === 304) assert.equal(answered.get("etag"), etag);
    return status;
  };
  assert.equal(await conditional({ "if-none-match": etag }), 304);
  assert.equal(await conditional({ "if-none-match": `"x", W/${etag}` }), 304);
  assert.equal(await conditional({ "if-none-match": '"x"', "if-modified-since": modified }), 200);
  assert.equal(await conditional({ "if-modified-since": modified }), 304);
  assert.equal(await conditional({ "if-modified-since": "yesterday" }), 200);
  assert.equal(await conditional({ "if-match": '"x"' }), 412);

  utimesSync(join(folder, "public/app.js"), 1, 1);
  assert.equal(await conditional({ "if-none-match": etag }), 200);

  const head = await fetch(`${url}/big.bin`, { method: "HEAD" });
  assert.equal(head.headers.get("content-length"), String(BIG));
  assert.equal((await (await fetch(`${url}/big.bin`)).text()).length, BIG);
  assert.equal(await (await fetch(`${url}/%C3%BC%20b.txt`)).text(), "umlaut");
  assert.equal((await fetch(`${url}/empty.txt`)).headers.get("content-length"), "0");
  const refused = await fetch(`${url}/app.js`, { method: "PUT", body: "x" });
  assert.deepEqual([refused.status, refused.headers.get("allow")], [405, "GET, HEAD"]);
});

test("a part of a file is served, and one that does not exist is refused", async (t) => {
  const { url } = await startHttpApp(t, site(makeFolder(t)));
  const etag = (await fetch(`${url}/big.bin`, { method: "HEAD" })).headers.get("etag")!;
  const part = async (range: string, more: Record<string, string> = {}) => {
    const { status, headers, ...response } = await fetch(`${url}/big.bin`, {
      headers: { range, ...more },
    }).then(async (answer) => ({
      status: answer.status,
      headers: answer.headers,
      text: await answer.text(),
    }));
    const { text } = response;
    return `${status} ${headers.get("content-range")} ${
      status === 206 && text.length < 20 ? text : text.length
    }`;
  };
  assert.equal(await part("bytes=3-5"), `206 bytes 3-5/${BIG} 345`);
  assert.equal(await part("bytes=-2"), `206 bytes ${BIG - 2}-${BIG - 1}/${BIG} 89`);
  assert.equal(await part("bytes=100000-"), `206 bytes 100000-${BIG - 1}/${BIG} 200000`);
  assert.match(await part(`bytes=${BIG}-`), new RegExp(`^416 bytes \\*/${BIG} `));
  assert.match(await part("bytes=-0"), /^416 /);
  for (const ignored of ["bytes=5-2", "bytes=a-b", "bytes=-", "lines=1-2", "bytes=0-1,3-4"]) {
    assert.equal(await part(ignored), `200 null ${BIG}`, ignored);
  }
  assert.match(await part("bytes=3-5", { "if-range": etag }), /^206 /);
  assert.match(await part("bytes=3-5", { "if-range": `W/${etag}` }), /^200 /);
});

test("nothing outside of the folder is served, and no dot file", async (t) => {
  const { url } = await startHttpApp(t, site(makeFolder(t), "fallback: index.html"));
  for (
    const path of [
      "/.env",
      "/%2eenv",
      "/.git/config",
      "/docs/../.env",
      "/../secret.txt",
      "/%2e%2e/secret.txt",
      "/..%2fsecret.txt",
      "/..%5csecret.txt",
      "/..\\secret.txt",
      "/%252e%252e%252fsecret.txt",
      "//secret.txt",
      "/leak.txt",
      "/up/secret.txt",
      "/app.js%00.html",
      "/app.js%00",
      `/${"a".repeat(5_000)}.txt`,
      "/app.js/x.txt",
    ]
  ) {
    const answer = await getRaw(url, path);
    assert.match(answer, /^HTTP\/1\.1 404 /, `${path}: ${answer}`);
    assert.doesNotMatch(answer, /secret"?$/);
  }
  assert.match(await getRaw(url, "/%ff"), /^HTTP\/1\.1 400 /);
  assert.match(await getRaw(url, "/same.js"), /console\.log/);
});

test("a folder answers with its index, below the path with a slash", async (t) => {
  const folder = makeFolder(t);
  const resources = site(folder) +
    `---\nkind: Http.Static\nmetadata: { name: Bare }\nroot: ${folder}/public\nindex: false\n`;
  const mounts =
    "mounts: [{ path: /, type: Http.Static.Site }, { path: /bare, type: Http.Static.Bare }]";
  const { url } = await startHttpApp(t, resources, { mounts });
  const locationOf = async (path: string) => {
    const { status, headers } = await fetch(url + path, { redirect: "manual" });
    return `${status} ${headers.get("location")}`;
  };
  assert.equal(await (await fetch(`${url}/`)).text(), "<h1>home</h1>");
  assert.equal(await locationOf("/docs?a=1"), "301 /docs/?a=1");
  assert.equal(await (await fetch(`${url}/docs/`)).text(), "docs");
  assert.equal(await locationOf("//docs"), "404 null");
  assert.equal(await locationOf("/bare/"), "404 null");
  assert.equal(await locationOf("/bare/docs"), "404 null");
  assert.equal(await locationOf("/bare/app.js"), "200 null");
});

test("the fallback answers for pages, but not for missing scripts", async (t) => {
  const { url } = await startHttpApp(t, site(makeFolder(t), "fallback: index.html"));
  const get = async (path: string, accept = "*/*") => {
    const response = await fetch(url + path, { headers: { accept } });
    return `${response.status} ${response.headers.get("content-type")}`;
  };
  const page = "200 text/html; charset=utf-8";
  assert.equal(await get("/orders/7"), page);
  assert.equal(await get("/orders/v1.2", "text/html,*/*;q=0.8"), page);
  assert.equal(await get("/missing.js"), "404 application/json");
  assert.equal(await get("/orders/7", "application/json"), "404 application/json");
  assert.equal(await get("/orders/.hidden", "text/html"), "404 application/json");
});

test("middleware runs around the files", async (t) => {
  const { url } = await startHttpApp(
    t,
    site(makeFolder(t), "use: [Http.RequestId.Id]") +
      "---\nkind: Http.RequestId\nmetadata: { name: Id }\n",
  );
  for (const path of ["/app.js", "/big.bin", "/missing"]) {
    const response = await fetch(url + path);
    await response.arrayBuffer();
    assert.match(response.headers.get("x-request-id") ?? "", /^\S{8,}$/);
  }
});

test("mistakes in the fields are reported at them", async (t) => {
  const folder = makeFolder(t);
  const problemsOf = async (fields: string) => {
    const { kernel } = await loadHttpApp(`kind: Http.Static\nmetadata: { name: S }\n${fields}`);
    try {
      await kernel.start();
      await kernel.stop();
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };
  assert.match(await problemsOf("root: ./nothing"), /the folder "\.\/nothing" does not exist/);
  assert.match(await problemsOf(`root: ${folder}/secret.txt`), /is not a folder/);
  const root = `root: ${folder}/public`;
  assert.match(
    await problemsOf(`${root}\nfallback: no.html`),
    /the file "no\.html" does not exist/,
  );
  assert.match(
    await problemsOf(`${root}\nfallback: ../secret.txt`),
    /not the path of a file below/,
  );
  assert.match(await problemsOf(`${root}\nindex: a/b.html`), /not the name of a file/);
  assert.match(await problemsOf(`${root}\nindex: true`), /not the name of a file/);
  assert.match(await problemsOf(`${root}\ncacheControl: "a\\nb"`), /the header cannot be sent/);
});

test("conditions compare as RFC 9110 says", () => {
  const version = { etag: '"a"', modifiedAt: 1_000_000 };
  const date = (ms: number) => new Date(ms).toUTCString();
  const status = (headers: Record<string, string>) =>
    preconditionStatus(new Headers(headers), version);
  assert.equal(status({}), undefined);
  assert.equal(status({ "if-none-match": "*" }), 304);
  assert.equal(status({ "if-match": "*" }), undefined);
  assert.equal(status({ "if-match": 'W/"a"' }), 412);
  assert.equal(status({ "if-unmodified-since": date(999_000) }), 412);
  assert.equal(status({ "if-unmodified-since": date(1_000_000) }), undefined);
  assert.equal(status({ "if-modified-since": date(999_000) }), undefined);
  const range = (headers: Record<string, string>, size = 10) =>
    rangeOf(new Headers(headers), version, size);
  assert.deepEqual(range({ range: "bytes=0-99999999999999999999" }), { start: 0, end: 10 });
  assert.deepEqual(range({ range: "bytes=-99" }), { start: 0, end: 10 });
  assert.equal(range({ range: "bytes=99999999999999999999-" }), "unsatisfiable");
  assert.equal(range({ range: "bytes=0-" }, 0), "unsatisfiable");
  assert.deepEqual(range({ range: "bytes=1-1", "if-range": date(1_000_000) }), {
    start: 1,
    end: 2,
  });
  assert.equal(range({ range: "bytes=1-1", "if-range": date(2_000_000) }), undefined);
});

test("names and types of files", () => {
  assert.deepEqual(namesIn("/a/b%20c"), ["a", "b c"]);
  assert.deepEqual(namesIn("/a/"), ["a", ""]);
  assert.equal(namesIn("/a//b"), undefined);
  assert.equal(contentTypeOf("A.HTML"), "text/html; charset=utf-8");
  assert.equal(contentTypeOf("constructor"), "application/octet-stream");
  assert.equal(contentTypeOf("a.constructor"), "application/octet-stream");
});
