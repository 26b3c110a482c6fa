import assert from "node:assert/strict";
import { after, before, test, type TestContext } from "node:test";
import type { DiglyError } from "../../../src/contract/errors.ts";
import { embedded } from "../../../src/generated/embedded.ts";
import { Kernel } from "../../../src/kernel/kernel.ts";
import { memoryPlatform } from "../../../src/platform/memory.ts";
import { freePort } from "../../runtimes/forms.ts";
import { type Echo, startUpstream, type Upstream } from "./upstream.ts";

let upstream: Upstream;
let other: Upstream;
before(async () => [upstream, other] = await Promise.all([startUpstream(), startUpstream()]));
after(() => Promise.all([upstream.close(), other.close()]));

/** A loaded kernel over `HttpClient.Request.R` with these fields; `UP` is the service's URL. */
async function load(fields: string, more = ""): Promise<Kernel> {
  const text = `name: App
imports: [digly:http-client, digly:core]
---
kind: HttpClient.Request
metadata: { name: R }
${fields.replaceAll("UP", upstream.url)}
${more}`;
  const platform = memoryPlatform({ files: { "/app/runtime.yaml": text } });
  const kernel = new Kernel({ platform, builtins: embedded });
  await kernel.load("/app/runtime.yaml");
  return kernel;
}

type Result = { status: number; headers: Record<string, unknown>; body: unknown };

/** Executes a request with these fields; the kernel is stopped when the test ends. */
async function request(
  t: TestContext,
  fields: string,
  input?: unknown,
  more = "",
): Promise<Result> {
  const kernel = await load(fields, more);
  t.after(() => kernel.stop());
  await kernel.start();
  return await kernel.execute("HttpClient.Request.R", input) as Result;
}

async function echo(t: TestContext, fields: string, input?: unknown, more = ""): Promise<Echo> {
  return (await request(t, fields, input, more)).body as Echo;
}

/** The error of a request with these fields. */
async function failure(t: TestContext, fields: string, input?: unknown): Promise<DiglyError> {
  try {
    await request(t, fields, input);
  } catch (error) {
    return error as DiglyError;
  }
  throw new assert.AssertionError({ message: "The request did not fail" });
}

test("a request is made of the fields and the input", async (t) => {
  const { method, url, headers, body } = await echo(
    t,
    `
inputSchema: { id: integer }
method: POST
url: UP/users/\${{ string(input.id) }}?a=1#part
query: { b: [x y, "&"], c: null, d: "\${{ input.id }}", e: true }
headers: { x-id: "\${{ string(input.id) }}", x-none: null, x-list: [a, b] }
body: { id: "\${{ input.id }}" }
`,
    { id: 7 },
  );
  assert.equal(method, "POST");
  assert.equal(url, "/users/7?a=1&b=x+y&b=%26&d=7&e=true");
  assert.equal(headers["x-id"], "7");
  assert.equal(headers["x-none"], undefined);
  assert.equal(headers["x-list"], "a, b");
  assert.equal(headers["content-type"], "application/json");
  assert.equal(headers["user-agent"], "digly");
  assert.match(headers["traceparent"]!, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  assert.equal(body, '{"id":7}');
});

test("bodies are JSON, forms, text or as they are", async (t) => {
  const form = await echo(
    t,
    `
url: UP/echo
method: POST
headers: { content-type: application/x-www-form-urlencoded }
body: { a: "1 &", b: [2, 3], c: null }
`,
  );
  assert.equal(form.body, "a=1+%26&b=2&b=3");
  const text = await echo(t, "url: UP/echo\nmethod: PUT\nbody: hello");
  assert.equal(text.body, "hello");
  assert.equal(text.headers["content-type"], "text/plain;charset=UTF-8");
  const list = await echo(t, "url: UP/echo\nmethod: PUT\nbody: [1]");
  assert.equal(list.body, "[1]");
  const written = await echo(
    t,
    `url: UP/echo\nmethod: PUT\nheaders: { content-type: application/json }\nbody: '{"a":1}'`,
  );
  assert.equal(written.body, '{"a":1}');
});

test("the result is JSON, text or bytes by its content type", async (t) => {
  assert.deepEqual((await request(t, "url: UP/problem")).body, { title: "x" });
  assert.equal((await request(t, "url: UP/latin")).body, "cé");
  assert.deepEqual((await request(t, "url: UP/bytes")).body, new Uint8Array([137, 80, 0, 255]));
  const { status, headers, body } = await request(t, "url: UP/cookies");
  assert.equal(status, 204);
  assert.equal(body, null);
  assert.deepEqual(headers["set-cookie"], ["a=1", "b=2"]);
  assert.equal(headers["x-one"], "1");
  assert.equal((await request(t, "url: UP/echo\nmethod: HEAD")).body, null);
});

test("statuses that are not expected are errors with the status as data", async (t) => {
  const error = await failure(t, "url: UP/status?code=418");
  assert.equal(error.code, "HttpClient.Status");
  assert.deepEqual(error.details, {
    problem: "The upstream responded with status 418",
    data: { status: 418 },
    status: 502,
  });
  assert.equal(
    error.help,
    `The request was GET ${upstream.url}/status: the response is {"why":"it is secret-free"}`,
  );
  for (const expect of ["418", "4xx", "[2xx, 418]", '"418"']) {
    const { status } = await request(t, `url: UP/status?code=418\nexpect: ${expect}`);
    assert.equal(status, 418, expect);
  }
  const ok = await failure(t, "url: UP/echo\nexpect: [201, 4xx]");
  assert.equal(ok.code, "HttpClient.Status");
});

test("a response that does not arrive in time is an error, also in the middle", async (t) => {
  for (const path of ["slow", "stalls"]) {
    const error = await failure(t, `url: UP/${path}\ntimeout: 100ms`);
    assert.equal(error.code, "HttpClient.Timeout", path);
    assert.equal(error.message, "The upstream did not respond within 100 ms");
    assert.equal((error.details as { status?: number }).status, 504);
  }
});

function isAborted({ code, details }: DiglyError, isLate: boolean): boolean {
  return code === "ERR_ABORTED" && (details as { isLate?: boolean }).isLate === isLate;
}

test("an execution that is aborted ends its request", async (t) => {
  const kernel = await load("url: UP/slow");
  t.after(() => kernel.stop());
  await kernel.start();
  const late = kernel.execute("HttpClient.Request.R", null, { deadline: Date.now() + 50 });
  await assert.rejects(late, (error: DiglyError) => isAborted(error, true));
  const controller = new AbortController();
  const aborted = kernel.execute("HttpClient.Request.R", null, { signal: () => controller.signal });
  setTimeout(() => controller.abort(), 50);
  await assert.rejects(aborted, (error: DiglyError) => isAborted(error, false));
});

test("a service that cannot be reached or goes away is refused", async (t) => {
  const port = await freePort();
  const closed = await failure(t, `url: http://127.0.0.1:${port}/x?key=hidden`);
  assert.equal(closed.code, "HttpClient.Refused");
  assert.equal(closed.message, "The upstream could not be reached: the connection was refused");
  assert.match(closed.help!, new RegExp(`^The request was GET http://127.0.0.1:${port}/x: check`));
  const unknown = await failure(t, "url: http://nowhere.invalid/");
  assert.equal(unknown.message, "The upstream could not be reached: the host was not found");
  const cut = await failure(t, "url: UP/cut");
  assert.equal(cut.code, "HttpClient.Refused");
  assert.match(cut.message, /the connection was closed before the response was complete/);
});

test("responses have a size limit, also compressed and without an end", async (t) => {
  for (const path of ["big", "endless", "bomb"]) {
    const error = await failure(t, `url: UP/${path}\nmaxBytes: 2KiB`);
    assert.equal(error.code, "HttpClient.Invalid", path);
    assert.equal(error.message, "The response of the upstream is larger than 2048 bytes");
  }
  const { body } = await request(t, "url: UP/big\nmaxBytes: 5000");
  assert.equal((body as string).length, 5_000);
});

test("JSON that is malformed or too deep is an error", async (t) => {
  for (const path of ["rubbish", "deep"]) {
    const error = await failure(t, `url: UP/${path}`);
    assert.equal(error.code, "HttpClient.Invalid", path);
  }
});

test("redirects are followed, with the method that browsers use", async (t) => {
  const post = (status: number) =>
    echo(t, `url: UP/go?to=/echo&status=${status}\nmethod: POST\nbody: { a: 1 }`);
  for (const status of [301, 302, 303]) {
    const { method, body, headers } = await post(status);
    assert.deepEqual([method, body, headers["content-type"]], ["GET", "", undefined]);
  }
  for (const status of [307, 308]) {
    const { method, body } = await post(status);
    assert.deepEqual([method, body], ["POST", '{"a":1}']);
  }
});

test("redirects are bounded, and never lead to another protocol", async (t) => {
  const loop = await failure(t, "url: UP/loop?0");
  assert.equal(loop.code, "HttpClient.Status");
  assert.match(loop.message, /there were more than 5 redirects/);
  for (const to of ["file:///etc/passwd", "data:,x", "ftp://x/"]) {
    const error = await failure(t, `url: UP/go\nquery: { to: "${to}" }`);
    assert.equal(error.code, "HttpClient.Status", to);
    assert.match(error.message, /it leads from http: to /);
    assert.deepEqual((error.details as { data?: unknown }).data, { status: 302 });
  }
  const secure = await failure(t, 'url: UP/go\nquery: { to: "https://localhost/" }');
  assert.match(secure.message, /it leads from http: to https:; begin `url` with https:/);
});

test("a redirect can be an error or the result", async (t) => {
  const error = await failure(t, "url: UP/go?to=/echo\nredirect: error");
  assert.equal(error.code, "HttpClient.Status");
  const { status, headers, body } = await request(t, "url: UP/go?to=/echo\nredirect: manual");
  assert.deepEqual([status, headers["location"], body], [
    302,
    "/echo",
    new TextEncoder().encode("elsewhere"),
  ]);
});

test("credentials are sent to the first origin only", async (t) => {
  const secret = "---\nkind: Secret\nmetadata: { name: Key }\nvalue: topsecret\n";
  const fields = (to: string) => `
url: ${upstream.url.replace("//", "//user:pa%20ss@")}/go
query: { to: ${to} }
headers: { cookie: a=1, x-key: "\${{ Secret.Key }}", x-plain: b }
`;
  const same = (await echo(t, fields(`${upstream.url}/echo`), null, secret)).headers;
  assert.equal(same["authorization"], `Basic ${btoa("user:pa ss")}`);
  assert.equal(same["x-key"], "topsecret");
  const { headers } = await echo(t, fields(`${other.url}/echo`), null, secret);
  assert.equal(headers["authorization"], undefined);
  assert.equal(headers["cookie"], undefined);
  assert.equal(headers["x-key"], undefined);
  assert.equal(headers["x-plain"], "b");
});

test("errors show neither the query nor the credentials of a URL", async (t) => {
  const port = await freePort();
  const error = await failure(t, `url: http://user:hunter2@127.0.0.1:${port}/x?token=hunter2`);
  const shown = JSON.stringify([error.message, error.help, error.origin, String(error.cause)]);
  assert.ok(!shown.includes("hunter2"), shown);
  assert.ok(shown.includes(`GET http://127.0.0.1:${port}/x`), shown);
});

test("values cannot lead a request out of the folder that is written before them", async (t) => {
  const fields = "url: UP/users/${{ input }}";
  assert.equal((await echo(t, fields, "a/b")).url, "/users/a/b");
  // The service may decode a slash before it resolves dots.
  const escaped = ["..%2fadmin", "%2E%2e%5Cadmin", "a%2F..%2F..%2Fadmin"];
  for (
    const id of ["../admin", "x/../../admin", "%2e%2e/admin", "..\\\\admin", ...escaped]
  ) {
    const error = await failure(t, fields, id);
    assert.equal(error.code, "ERR_EXECUTION_FAILED", id);
    assert.match(error.message, /the URL leads out of http:\/\/127\.0\.0\.1:\d+\/users\//);
  }
  assert.equal((await echo(t, fields, "a%2Fb..")).url, "/users/a%2Fb..");
  const whole = await echo(t, "url: ${{ input }}", `${upstream.url}/a/../b`);
  assert.equal(whole.url, "/b");
});

test("values that cannot be sent are errors at their field", async (t) => {
  const cases: [fields: string, input: unknown, message: RegExp, line: number][] = [
    ["url: ${{ input }}", "file:///etc/passwd", /the URL begins with "file:"/, 6],
    ["url: ${{ input }}", "nothing", /the URL is not an absolute URL/, 6],
    ["url: UP/\nheaders: { a: '${{ input }}' }", "x\r\ny: z", /the header "a" cannot be sent/, 7],
    ["url: UP/\nquery: { a: '${{ input }}' }", { b: 1 }, /the parameter "a" must be a string/, 7],
    ["url: UP/\nmethod: '${{ input }}'", "TRACE", /`method` must be "GET", "HEAD"/, 7],
    ["url: UP/\ntimeout: '${{ input }}'", "soon", /`timeout` must be a duration/, 7],
    ["url: UP/\nmethod: '${{ input }}'\nbody: x", "GET", /a GET request has no body/, 8],
  ];
  for (const [fields, input, message, line] of cases) {
    const error = await failure(t, fields, input);
    assert.equal(error.code, "ERR_EXECUTION_FAILED", fields);
    assert.match(error.message, message);
    assert.equal(error.origin?.line, line, fields);
  }
});

test("what is written and cannot be sent is an error of the check", async () => {
  for (
    const [fields, message] of [
      ["url: /users", /the URL is not an absolute URL/],
      ["url: ftp://x/", /the URL begins with "ftp:"/],
      ["url: UP/\nheaders: { Host: a }", /the header "Host" is set by Digly/],
      ["url: UP/\nheaders: { a b: c }", /its name may contain only/],
      ["url: UP/\nheaders: { a: [b, { c: d }] }", /its value is not a string/],
      ["url: UP/\nquery: { a: [{ b: 1 }] }", /the parameter "a" must be a string/],
      ["url: UP/\nbody: x", /a GET request has no body/],
    ] as const
  ) {
    const kernel = await load(fields).catch((error: unknown) => error as DiglyError);
    const error = kernel instanceof Kernel
      ? await kernel.start().then(() => undefined, (thrown: unknown) => thrown as DiglyError)
      : kernel;
    assert.match(String(error?.message), message);
  }
});

test("an input that does not match the schema is refused before anything is sent", async (t) => {
  const before = upstream.connections();
  const error = await failure(t, "url: UP/${{ input.id }}\ninputSchema: { id: string }", { id: 1 });
  assert.equal(error.code, "ERR_INPUT_INVALID");
  assert.equal(upstream.connections(), before);
});

test("requests share connections", async (t) => {
  const kernel = await load("url: UP/echo");
  t.after(() => kernel.stop());
  await kernel.start();
  await kernel.execute("HttpClient.Request.R");
  const before = upstream.connections();
  for (let index = 0; index < 20; index++) await kernel.execute("HttpClient.Request.R");
  assert.ok(upstream.connections() - before <= 1);
});
