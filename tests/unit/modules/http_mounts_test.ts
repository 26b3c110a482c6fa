import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpMount, HttpRouteDescription } from "../../../src/contract/http_mount.ts";
import type { ModuleCreateContext } from "../../../src/contract/contexts.ts";
import type { DiglyError } from "../../../src/contract/errors.ts";
import type { DiglyModule } from "../../../src/contract/module.ts";
import type { RuntimeResource } from "../../../src/contract/resource.ts";
import { loadHttpApp, route, startHttpApp } from "./http_app.ts";

/** A module whose resources answer with what a server tells them. */
function mountable(api?: (ctx: ModuleCreateContext) => unknown): DiglyModule {
  return {
    name: "Mounts",
    definitions: [{ kind: "Mounts.Site", implements: ["Http.Mount"] }, { kind: "Mounts.Other" }],
    controllers: {
      "Mounts.Site": {
        create: (resource: RuntimeResource, ctx) => ({
          api: api?.(ctx) ?? site(resource["paths"] as string[] | undefined, ctx),
        }),
      },
      "Mounts.Other": { create: () => ({}) },
    },
  };
}

function site(paths: readonly string[] | undefined, ctx: ModuleCreateContext): HttpMount {
  return {
    ...(paths === undefined ? {} : { paths }),
    async fetch(request, info) {
      const { mount, path, request: view } = info;
      if (path === "/fails") throw ctx.problem([], "it failed");
      if (path === "/empty") return undefined as unknown as Response;
      if (path === "/execute") {
        return Response.json(await ctx.execute("Test.Handler.echo", 1, info.execution));
      }
      if (path === "/routes") return Response.json(info.routes());
      const body = await info.readBody();
      return Response.json({ method: request.method, mount, path, query: view["query"], body });
    },
  };
}

const named = (name: string, fields = "") =>
  `---\nkind: Mounts.Site\nmetadata: { name: ${name} }\n${fields}\n`;

async function answerOf(url: string, init?: RequestInit): Promise<unknown> {
  const response = await fetch(url, init);
  const text = await response.text();
  return response.ok ? JSON.parse(text) : `${response.status} ${text}`;
}

test("a resource of any module is mounted below a path, and answers every method", async (t) => {
  const { url } = await startHttpApp(
    t,
    route("request: { path: /a }\nresponse: { body: route }") + named("S"),
    {
      modules: [mountable()],
      mounts: "mounts: [{ path: /x/, type: Mounts.Site.S }, { path: /x, type: Http.Route.R0 }]",
    },
  );
  const expected = { method: "GET", mount: "/x", path: "/b/c", query: { q: "1" }, body: null };
  assert.deepEqual(await answerOf(`${url}/x/b/c?q=1`), expected);
  assert.deepEqual(await answerOf(`${url}/x`), { ...expected, path: "/", query: {} });
  assert.equal(await answerOf(`${url}/x/a`), "route");
  const method = "POST";
  const headers = { "content-type": "application/json" };
  assert.deepEqual(await answerOf(`${url}/x/b`, { method, headers, body: '{"a":1}' }), {
    ...{ ...expected, method, path: "/b", query: {} },
    body: { a: 1 },
  });
  assert.match(String(await answerOf(`${url}/y`)), /^404 /);
});

test("without mounts, a server serves every resource that can be mounted", async (t) => {
  const { url } = await startHttpApp(
    t,
    route("request: { path: /a/:id }\nresponse: { body: route }") +
      named("S", "paths: [/docs, /files/*]") + "---\nkind: Mounts.Other\nmetadata: { name: O }\n",
    { modules: [mountable()] },
  );
  assert.equal((await answerOf(`${url}/docs`) as { path: string }).path, "/docs");
  assert.equal((await answerOf(`${url}/files/a/b`) as { path: string }).path, "/files/a/b");
  assert.equal(await answerOf(`${url}/a/1`), "route");
  assert.match(String(await answerOf(`${url}/other`)), /^404 /);
});

test("the limits of the server apply to mounted resources, and their errors are answered", async (t) => {
  const { url, logs } = await startHttpApp(t, `${route()}${named("S")}`, {
    modules: [mountable()],
    mounts: "maxBodyBytes: 10B",
    handle: (_input, ctx) => [typeof ctx.deadline, ctx.traceparent.slice(3, 35)],
  });
  const body = "x".repeat(11);
  assert.match(String(await answerOf(`${url}/s`, { method: "POST", body })), /^413 /);
  assert.match(String(await answerOf(`${url}/fails`)), /^500 .*"INTERNAL_ERROR"/);
  assert.match(String(await answerOf(`${url}/empty`)), /^500 /);
  assert.ok(logs.some(({ message }) => /`fetch` of Mounts.Site.S did not return/.test(message)));
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };
  assert.deepEqual(await answerOf(`${url}/execute`, { headers }), ["number", traceId]);
});

test("what cannot be mounted is refused", async () => {
  const refused = async (type: string, modules: DiglyModule[], more = "") => {
    const { kernel } = await loadHttpApp(
      named("S") + "---\nkind: Mounts.Other\nmetadata: { name: O }\n" + more,
      { modules, mounts: `mounts: [{ type: ${type} }]` },
    );
    const error = await kernel.start().then(() => undefined, (thrown: unknown) => thrown as Error);
    await kernel.stop();
    return error?.message;
  };
  assert.match(
    await refused("Mounts.Other.O", [mountable()]) ?? "",
    /Http\.Server\.Main: `mounts\[0\]\.type` must name a resource of the kind Http\.Mount/,
  );
  assert.match(
    await refused("Mounts.Site.S", [mountable(() => ({ fetc: 1 }))]) ?? "",
    /Mounts\.Site\.S cannot be mounted: its `api` has no function `fetch`/,
  );
});

test("two resources cannot answer the same path", async () => {
  for (
    const resources of [
      named("S", "paths: [/docs]") + named("T", "paths: [/docs]"),
      route("request: { path: /docs }\nresponse: { body: x }") + named("S", "paths: [/docs]"),
    ]
  ) {
    const { kernel } = await loadHttpApp(resources, { modules: [mountable()] });
    await assert.rejects(kernel.start(), /answer the same requests/);
    await kernel.stop();
  }
});

test("the check of a kind says what its resources answer, and that of the server compares it", async () => {
  const site = mountable();
  const module: DiglyModule = {
    ...site,
    definitions: site.definitions!.map((definition) => ({
      ...definition,
      check(_resource, ctx) {
        ctx.offer("Http.Mount", { paths: [{ path: "/docs", at: [] }] });
      },
    })),
  };
  const started = async (path: string) => {
    const { kernel } = await loadHttpApp(
      `${named("S", "paths: [/docs]")}---\n${route(`request: { path: ${path} }`)}`,
      { modules: [module] },
    );
    const error = await kernel.start().then(() => undefined, (thrown: DiglyError) => thrown);
    await kernel.stop();
    return error &&
      [error.message, error.origin?.line, error.related.map(({ origin }) => origin?.line)];
  };
  assert.deepEqual(await started("/docs"), [
    "Http.Route.R0: /docs of Mounts.Site.S and GET /docs of Http.Route.R0 answer the same requests",
    19,
    [10],
  ]);
  assert.equal(await started("/other"), undefined);
});

test("a server describes its routes with the schemas of their handlers", async (t) => {
  const resources = `kind: Data.Type
metadata: { name: User }
schema: { type: object, properties: { id: { type: integer }, name: { type: string } } }
---
kind: Http.Api
metadata: { name: Users }
routes:
  - request:
      method: POST
      path: /users/:id
      schema: { body: { type: object, properties: { name: { type: string } } } }
    summary: Saves a user
    tags: [people]
    handler: Data.Type.User
    response:
      status: 201
      body: { user: "\${{ result }}", id: "\${{ result.id }}", text: "a\${{ result.id }}", n: 1 }
    errors:
      User.Taken: { status: 409, body: { why: "\${{ error.message }}" } }
      ERR_INPUT_INVALID: {}
`;
  const { url } = await startHttpApp(t, resources + named("S"), {
    modules: [mountable()],
    mounts: "mounts: [{ path: /v1, type: Http.Api.Users }, { type: Mounts.Site.S }]",
  });
  const [description, ...others] = await answerOf(`${url}/routes`) as HttpRouteDescription[];
  assert.deepEqual(others, []);
  const user = {
    type: "object",
    properties: { id: { type: "integer" }, name: { type: "string" } },
  };
  assert.deepEqual(description, {
    resource: "Http.Api.Users",
    isGroup: true,
    method: "POST",
    path: "/v1/users/:id",
    summary: "Saves a user",
    tags: ["people"],
    request: { body: { type: "object", properties: { name: { type: "string" } } } },
    security: [],
    validatesInput: true,
    response: {
      status: 201,
      hasBody: true,
      schema: {
        type: "object",
        properties: {
          user,
          id: { type: "integer" },
          text: { type: "string" },
          n: { type: "number" },
        },
        required: ["user", "id", "text", "n"],
      },
    },
    errors: {
      "User.Taken": {
        status: 409,
        isReplaced: true,
        schema: { type: "object", properties: { why: {} }, required: ["why"] },
      },
      ERR_INPUT_INVALID: { status: 400, isReplaced: false },
    },
  });
});
