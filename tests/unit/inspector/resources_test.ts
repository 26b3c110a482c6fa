import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  GraphView,
  ResourcesView,
  ResourceView,
  RoutesView,
} from "../../../src/inspector/api.ts";
import { embedded } from "../../../src/generated/embedded.ts";
import { app, resource } from "../app.ts";
import { inspect, startInspected } from "./inspected_app.ts";

const Inner = { execute: (_name: string, input: unknown) => input };

test("fields name the template, the included file and the variable that they come from", async (t) => {
  const inspected = await inspect(t);
  const { kernel } = app({
    kinds: { Inner },
    resources: `kind: TemplateDefinition
metadata: { name: Pair }
schema: { type: object, properties: { size: { type: integer } } }
resources:
  - kind: Test.Inner
    metadata: { name: pOne }
    size: "\${{ size }}"
    greeting: "\${{ env.GREETING }}"
    note: { $include: ./note.yaml }
---
kind: Template.Pair
metadata: { name: p }
size: 3
---
kind: Test.Inner
metadata: { name: plain }
note: { $include: ./note.yaml }
`,
    files: { "/app/note.yaml": "text: It is late\n" },
    ...inspected.options,
  });
  await startInspected(t, inspected, kernel);
  const { origins, instanceOf } = await inspected.get<ResourceView>("resources/Test.Inner.pOne");
  assert.equal(instanceOf, "TemplateDefinition.Pair");
  assert.deepEqual(origins.map(({ path, via, name, line }) => [path[0], via, name, line]), [
    ["size", "template", "TemplateDefinition.Pair", 11],
    ["greeting", "environment", "GREETING", 12],
    ["note", "include", "./note.yaml", 13],
  ]);
  const plain = await inspected.get<ResourceView>("resources/Test.Inner.plain");
  assert.deepEqual(
    plain.origins.map(({ path, via, name, file, line }) => [path[0], via, name, file, line]),
    [["note", "include", "note.yaml", "note.yaml", 1]],
  );
});

test("every route of an api is described with what its request needs", async (t) => {
  const inspected = await inspect(t);
  const { kernel } = app({
    imports: ["digly:http", "digly:data"],
    builtins: embedded,
    serve: false,
    resources: `kind: Http.Server
metadata: { name: Main }
port: 0
mounts: [{ type: Http.Api.Books, path: /v1 }]
---
kind: Http.Api
metadata: { name: Books }
routes:
  - request:
      path: /books/:id
      schema: { query: { type: object, properties: { full: { type: boolean } } } }
    summary: Finds a book
    response: { body: { id: "\${{ request.params.id }}" } }
  - request:
      method: POST
      path: /books
      schema: { body: { $ref: Data.Type.Book } }
    response: { status: 202 }
---
kind: Data.Type
metadata: { name: Book }
schema: { type: object, required: [title], properties: { title: { type: string } } }
`,
    ...inspected.options,
  });
  await startInspected(t, inspected, kernel);
  const { requests } = await inspected.get<ResourceView>("resources/Http.Api.Books");
  assert.deepEqual(
    requests.map(({ method, path, summary, server }) => [method, path, summary, server]),
    [
      ["GET", "/v1/books/:id", "Finds a book", "http://127.0.0.1:0"],
      ["POST", "/v1/books", undefined, "http://127.0.0.1:0"],
    ],
  );
  assert.deepEqual(requests[0]!.schemas.query, {
    type: "object",
    properties: { full: { type: "boolean" } },
  });
  assert.deepEqual((requests[1]!.schemas.body as { required: unknown }).required, ["title"]);
  const ofServer = await inspected.get<ResourceView>("resources/Http.Server.Main");
  assert.deepEqual(ofServer.requests, requests);
  const all = await inspected.get<RoutesView>("routes");
  assert.deepEqual(all.items, requests);
  const refused = await inspected.refused("/api/v1/requests", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ method: "GET", path: "/v1/books/1", headers: { "no header": "1" } }),
  });
  assert.deepEqual([refused.status, refused.code], [400, "BAD_REQUEST"]);
  const type = await inspected.get<ResourceView>("resources/Data.Type.Book");
  assert.deepEqual(type.requests, []);
});

test("the graph has 5,000 resources, the list pages of 2,000, of few bytes each", async (t) => {
  const count = 5_000;
  const inspected = await inspect(t);
  const { kernel } = app({
    kinds: { Inner },
    resources: Array.from({ length: count }, (_, index) => resource("Inner", `i${index}`)).join(
      "---\n",
    ),
    ...inspected.options,
  });
  await startInspected(t, inspected, kernel);
  for (const [path, length] of [["graph", count], ["resources", 2_000]] as const) {
    const response = await inspected.fetch(`/api/v1/${path}`);
    const text = await response.text();
    const view = JSON.parse(text) as GraphView & ResourcesView;
    assert.equal((view.nodes ?? view.items).length, length);
    assert.ok(text.length / length < 300, `${path}: ${text.length / length} bytes for a resource`);
  }
});
