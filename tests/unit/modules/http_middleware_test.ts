import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpMiddleware } from "../../../src/contract/http_middleware.ts";
import type { DiglyModule } from "../../../src/contract/module.ts";
import type { RuntimeResource } from "../../../src/contract/resource.ts";
import { TestClock } from "../../../src/testing/test_clock.ts";
import { loadHttpApp, route, startHttpApp } from "./http_app.ts";

type Behaviour = HttpMiddleware["middleware"];

/** A module whose middleware adds its name to a header; `behaviours` replace that. */
function middleware(behaviours: Readonly<Record<string, Behaviour>> = {}): DiglyModule {
  return {
    name: "Mid",
    definitions: [
      { kind: "Mid.Ware", implements: ["Http.Middleware"], provides: { user: { type: "string" } } },
      { kind: "Mid.Other" },
    ],
    controllers: {
      "Mid.Ware": {
        create: ({ metadata: { name } }: RuntimeResource) => ({
          api: { middleware: behaviours[name] ?? tag(name) },
        }),
      },
      "Mid.Other": { create: () => ({ api: {} }) },
    },
  };
}

function tag(name: string): Behaviour {
  return async (_request, next) => {
    const response = await next();
    response.headers.append("x-passed", name);
    return response;
  };
}

const ware = (...names: string[]) =>
  names.map((name) => `---\nkind: Mid.Ware\nmetadata: { name: ${name} }\n`).join("");

const passed = (response: Response) => response.headers.get("x-passed");

test("middleware runs from the server to the route, the outermost first", async (t) => {
  const resources = `kind: Http.Api
metadata: { name: A }
use: [Mid.Ware.Group]
routes:
  - { request: { path: /a }, use: [Mid.Ware.Own, Mid.Ware.Last], response: { body: 1 } }
  - { request: { path: /b }, response: { body: 1 } }
---
kind: Http.Route
metadata: { name: R }
request: { path: /r }
use: [Mid.Ware.Own]
response: { body: 1 }
---
kind: Http.Route
metadata: { name: Plain }
request: { path: /plain }
response: { body: 1 }
`;
  const mounts = "use: [Mid.Ware.First, Mid.Ware.Second]\nmounts: [{ type: Http.Api.A }, " +
    "{ type: Http.Route.R }, { type: Http.Route.Plain }]";
  const { url } = await startHttpApp(
    t,
    resources + ware("Last", "Own", "Group", "Second", "First"),
    { modules: [middleware()], mounts },
  );
  const of = async (path: string) => passed(await fetch(url + path));
  assert.equal(await of("/a"), "Last, Own, Group, Second, First");
  assert.equal(await of("/b"), "Group, Second, First");
  assert.equal(await of("/r"), "Own, Second, First");
  assert.equal(await of("/plain"), "Second, First");
});

test("middleware of a route runs without mounts and without middleware of the server", async (t) => {
  const { url } = await startHttpApp(
    t,
    route(
      "request: { path: /a }\nuse: [Mid.Ware.Own]\nresponse: { body: 1 }",
      "request: { path: /b }\nresponse: { body: 1 }",
    ) + ware("Own"),
    { modules: [middleware()] },
  );
  assert.equal(passed(await fetch(`${url}/a`)), "Own");
  assert.equal(passed(await fetch(`${url}/b`)), null);
  assert.equal(passed(await fetch(`${url}/none`)), null);
});

test("middleware of the server sees every response, errors included", async (t) => {
  const { url } = await startHttpApp(
    t,
    route(
      "request: { path: /ok }\nresponse: { body: 1 }",
      "request: { method: POST, path: /post, schema: { body: { type: integer } } }\nhandler: Test.Handler.echo",
      "request: { path: /fails }\nhandler: { name: Test.Handler.echo, inputs: fail }",
      "request: { path: /busy }\nhandler: { name: Test.Handler.echo, inputs: wait }",
    ) + ware("S"),
    {
      modules: [middleware()],
      mounts: "use: [Mid.Ware.S]\nmaxBodyBytes: 10\ntimeouts: { body: 300ms, handler: 200ms }",
      handle: (input) => {
        if (input === "fail") throw new Error("no");
        return input === "wait" ? new Promise(() => {}) : input;
      },
    },
  );
  const statusOf = async (path: string, init?: RequestInit) => {
    const response = await fetch(url + path, init);
    assert.equal(passed(response), "S", path);
    return response.status;
  };
  const post = (body: BodyInit) => ({
    method: "POST",
    body,
    headers: { "content-type": "application/json" },
  });
  assert.equal(await statusOf("/ok"), 200);
  assert.equal(await statusOf("/none"), 404);
  assert.equal(await statusOf("/ok", { method: "DELETE" }), 405);
  assert.equal(await statusOf("/post", post('"x"')), 400);
  assert.equal(await statusOf("/post", post("1".repeat(11))), 413);
  assert.equal(await statusOf("/fails"), 500);
  assert.equal(await statusOf("/busy"), 504);
});

test("middleware answers before the body is validated, and refuses in the shape of all errors", async (t) => {
  const refuse: Behaviour = (_request, _next, info) =>
    info.refuse({
      status: 401,
      code: "UNAUTHORIZED",
      message: "Who are you?",
      headers: { "www-authenticate": "Bearer" },
    });
  const { url } = await startHttpApp(
    t,
    route(
      "request: { method: POST, path: /a, schema: { body: { type: integer } } }\nuse: [Mid.Ware.Refuse]",
    ) + ware("Refuse", "Outer"),
    { modules: [middleware({ Refuse: refuse })], mounts: "use: [Mid.Ware.Outer]" },
  );
  const response = await fetch(`${url}/a`, { method: "POST", body: "secret" });
  assert.equal(response.status, 401);
  assert.equal(response.headers.get("www-authenticate"), "Bearer");
  assert.equal(passed(response), "Outer");
  assert.deepEqual(await response.json(), {
    error: { code: "UNAUTHORIZED", message: "Who are you?" },
  });
});

test("values of middleware are a part of `request` in expressions and of the default input", async (t) => {
  const give: Behaviour = (_request, next, { ip, path, route }) =>
    next({ user: `${ip} ${path} ${route}` });
  const read: Behaviour = async (_request, next, { request }) => {
    const response = await next();
    response.headers.set("x-user", String(request["user"]));
    return response;
  };
  const { url } = await startHttpApp(
    t,
    route(
      'request: { path: "/a/:id" }\nuse: [Mid.Ware.Give, Mid.Ware.Read]\nresponse: { body: "${{ request.user }} ${{ request.ip }}" }',
      "request: { path: /b }\nuse: [Mid.Ware.Give]\nhandler: Test.Handler.echo",
    ) + ware("Give", "Read"),
    { modules: [middleware({ Give: give, Read: read })] },
  );
  const response = await fetch(`${url}/a/1`);
  assert.equal(await response.json(), "127.0.0.1 /a/1 /a/:id 127.0.0.1");
  assert.equal(response.headers.get("x-user"), "127.0.0.1 /a/1 /a/:id");
  const input = await (await fetch(`${url}/b`)).json() as { user: string };
  assert.equal(input.user, "127.0.0.1 /b /b");
});

test("mistakes of middleware are answered with 500, and seen by those around it", async (t) => {
  const { url, logs } = await startHttpApp(
    t,
    route(
      ...["Throws", "Nothing", "Twice", "Takes"].map((name) =>
        `request: { path: /${name} }\nuse: [Mid.Ware.${name}]\nresponse: { body: 1 }`
      ),
    ) + ware("Throws", "Nothing", "Twice", "Takes", "Outer"),
    {
      modules: [middleware({
        Throws: () => {
          throw new Error("it broke");
        },
        Nothing: () => undefined as unknown as Response,
        Twice: async (_request, next) => {
          await next();
          return await next();
        },
        Takes: (_request, next) => next({ body: 1 }),
      })],
      mounts: "use: [Mid.Ware.Outer]",
    },
  );
  const problems = {
    Throws: /it broke/,
    Nothing: /`middleware` of Mid\.Ware\.Nothing did not return a Response/,
    Twice: /Mid\.Ware\.Twice called `next` twice/,
    Takes: /Mid\.Ware\.Takes cannot provide `request\.body`/,
  };
  for (const [name, problem] of Object.entries(problems)) {
    const response = await fetch(`${url}/${name}`);
    assert.equal(response.status, 500, name);
    assert.equal(passed(response), "Outer");
    assert.ok(logs.some(({ message }) => problem.test(message)), name);
  }
});

test("middleware may replace the response, also by one with immutable headers", async (t) => {
  const { url } = await startHttpApp(
    t,
    route(
      "request: { path: /moved }\nuse: [Mid.Ware.Redirect]\nresponse: { body: 1 }",
      "request: { path: /other }\nuse: [Mid.Ware.Replace]\nresponse: { body: 1 }",
    ) + ware("Redirect", "Replace", "Outer"),
    {
      modules: [middleware({
        Redirect: () => Response.redirect("http://example.com/", 302),
        Replace: async (_request, next) => {
          const response = await next();
          return new Response(`<${await response.text()}>`, response);
        },
      })],
      mounts: "use: [Mid.Ware.Outer]",
    },
  );
  const moved = await fetch(`${url}/moved`, { redirect: "manual" });
  assert.equal(moved.status, 302);
  assert.equal(passed(moved), "Outer");
  const other = await fetch(`${url}/other`);
  assert.equal(await other.text(), "<1>");
  assert.equal(passed(other), "Outer");
});

test("a stream of a middleware or a mount ends with its client, and at a stop", async (t) => {
  const ended: string[] = [];
  let onEnd = () => {};
  const stream = (name: string) =>
    new Response(
      new ReadableStream({
        pull: (controller) => controller.enqueue(new TextEncoder().encode(name)),
        cancel() {
          ended.push(name);
          onEnd();
        },
      }),
    );
  const mount = {
    name: "Site",
    definitions: [{ kind: "Site.Page", implements: ["Http.Mount"] }],
    controllers: { "Site.Page": { create: () => ({ api: { fetch: () => stream("mount") } }) } },
  };
  const { kernel, url } = await startHttpApp(
    t,
    route("request: { path: /a }\nuse: [Mid.Ware.Stream]\nresponse: { body: 1 }") +
      ware("Stream", "Outer") + "---\nkind: Site.Page\nmetadata: { name: P }\n",
    {
      modules: [middleware({ Stream: () => stream("middleware") }), mount],
      mounts: "use: [Mid.Ware.Outer]\ntimeouts: { handler: 0.05 }\n" +
        "mounts: [{ type: Http.Route.R0 }, { type: Site.Page.P, path: /m }]",
    },
  );
  for (const path of ["/a", "/m"]) {
    const end = new Promise<void>((resolve) => onEnd = resolve);
    const response = await fetch(url + path);
    assert.equal(passed(response), "Outer");
    const reader = response.body!.getReader();
    await reader.read();
    await reader.cancel();
    await end;
  }
  assert.deepEqual(ended, ["middleware", "mount"]);
  const readers = await Promise.all(["/a", "/m"].map(async (path) => {
    const reader = (await fetch(url + path)).body!.getReader();
    await reader.read();
    return reader;
  }));
  const stopped = kernel.stop();
  for (const reader of readers) {
    await assert.rejects(async () => {
      while (!(await reader.read()).done);
    });
  }
  await stopped;
  assert.deepEqual(ended.sort(), ["middleware", "middleware", "mount", "mount"]);
});

test("a preflight passes the middleware of the route that it asks about", async (t) => {
  const { url } = await startHttpApp(
    t,
    route("request: { path: /a }\nuse: [Mid.Ware.Own]\nresponse: { body: 1 }") + ware("Own"),
    { modules: [middleware()] },
  );
  const preflight = (method: string) =>
    fetch(`${url}/a`, { method: "OPTIONS", headers: { "access-control-request-method": method } });
  assert.equal(passed(await preflight("GET")), "Own");
  assert.equal((await preflight("GET")).status, 405);
  assert.equal(passed(await preflight("PUT")), null);
});

test("what is not middleware is refused", async () => {
  const refused = async (use: string, modules = [middleware()]) => {
    const { kernel } = await loadHttpApp(
      `kind: Mid.Other\nmetadata: { name: O }\n${ware("W")}`,
      { modules, mounts: `use: [${use}]` },
    );
    const error = await kernel.start().then(() => undefined, (thrown: unknown) => thrown as Error);
    await kernel.stop();
    return error?.message ?? "";
  };
  assert.match(await refused("Mid.Other.O"), /Http\.Middleware/);
  assert.match(await refused("Mid.Ware.X"), /`use\[0\]` does not name a resource/);
  assert.match(
    await refused("Mid.Ware.W", [middleware({ W: "no" as unknown as Behaviour })]),
    /Mid\.Ware\.W cannot be used as middleware: its `api` has no function `middleware`/,
  );
});

test("slow middleware is limited as handlers are, and counts for `maxInFlight`", async (t) => {
  const clock = new TestClock();
  const waiting: Record<string, () => void> = {};
  const arrived: Record<string, () => void> = {};
  const wait = (name: string) =>
    new Promise<void>((resolve) => {
      waiting[name] = resolve;
      arrived[name]?.();
    });
  const slow = async (run: () => Promise<Response>): Promise<{ answer: Promise<Response> }> => {
    const isThere = new Promise<void>((resolve) => arrived["slow"] = resolve);
    const answer = run();
    await isThere;
    return { answer };
  };
  const { url, logs } = await startHttpApp(
    t,
    route(
      "request: { path: /before }\nuse: [Mid.Ware.Before]\nresponse: { body: 1 }",
      "request: { path: /after }\nuse: [Mid.Ware.After]\nresponse: { body: 1 }",
      "request: { path: /left }\nuse: [Mid.Ware.Waits]\ntimeout: 60s\nhandler: Test.Handler.echo",
      "request: { path: /fast }\nresponse: { body: 1 }",
    ) + ware("Before", "After", "Waits", "Outer") +
      "---\nkind: Http.Cors\nmetadata: { name: C }\norigins: ['*']\n" +
      "---\nkind: Http.RequestId\nmetadata: { name: I }\n" +
      "---\nkind: Http.SecureHeaders\nmetadata: { name: S }\n",
    {
      clock,
      modules: [middleware({
        Before: async (_request, next) => {
          await wait("slow");
          return await next();
        },
        After: async (_request, next) => {
          const response = await next();
          await wait("slow");
          return response;
        },
        Waits: async (_request, next) => {
          await wait("slow");
          return await next();
        },
      })],
      handle: () => wait("handler"),
      mounts: "maxInFlight: 1\ntimeouts: { handler: 20s }\n" +
        "use: [Http.Cors.C, Http.RequestId.I, Http.SecureHeaders.S, Mid.Ware.Outer]",
    },
  );
  const describe = (response: Response) => ({
    status: response.status,
    isMarked: response.headers.get("access-control-allow-origin") === "*" &&
      response.headers.has("x-request-id") && response.headers.has("x-frame-options"),
    passed: passed(response),
  });
  const get = (path: string) => fetch(url + path, { headers: { origin: "https://a.example" } });

  const before = await slow(() => get("/before"));
  assert.deepEqual(describe(await get("/fast")), { status: 503, isMarked: true, passed: null });
  await clock.advance(21_000);
  assert.deepEqual(describe(await before.answer), { status: 504, isMarked: true, passed: "Outer" });
  assert.ok(
    logs.some(({ message }) => /Mid\.Ware\.Before did not answer within 20 s/.test(message)),
  );
  // What it does afterwards reaches nobody.
  waiting["slow"]!();
  assert.equal((await get("/fast")).status, 200);

  const after = await slow(() => get("/after"));
  await clock.advance(21_000);
  assert.deepEqual(describe(await after.answer), { status: 504, isMarked: true, passed: "Outer" });

  // The handler has what middleware left of the time of the route.
  const isExecuted = new Promise<void>((resolve) => arrived["handler"] = resolve);
  const left = await slow(() => get("/left"));
  await clock.advance(40_000);
  waiting["slow"]!();
  await isExecuted;
  await clock.advance(21_000);
  assert.deepEqual(describe(await left.answer), { status: 504, isMarked: true, passed: "Outer" });
});
