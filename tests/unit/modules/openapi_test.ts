import assert from "node:assert/strict";
import { test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import type { HttpRouteDescription } from "../../../src/contract/http_mount.ts";
import { openApiDocument } from "../../../src/modules/openapi/document.ts";
import { createSchemaWriter } from "../../../src/modules/openapi/schemas.ts";

type Json = Record<string, unknown>;

const INFO = { title: "Shop", version: "1.0.0" };

/** A route with these differences from the plainest one. */
function route(
  path: string,
  differences: Partial<HttpRouteDescription> = {},
): HttpRouteDescription {
  return {
    resource: "Http.Route.R",
    isGroup: false,
    method: "GET",
    path,
    tags: [],
    request: {},
    security: [],
    validatesInput: false,
    response: { status: 200, hasBody: true },
    errors: {},
    ...differences,
  };
}

/** The document of routes, which must match the official schema of OpenAPI 3.1. */
async function documentOf(
  routes: readonly HttpRouteDescription[],
  schemaNames = new Map<unknown, string>(),
): Promise<Json> {
  const document = openApiDocument({ info: INFO, routes, schemaNames });
  const plain = JSON.parse(JSON.stringify(document)) as Json;
  const { valid, errors } = await new Validator().validate(structuredClone(plain));
  assert.ok(valid, JSON.stringify(errors));
  return plain;
}

async function operationOf(description: HttpRouteDescription): Promise<Json> {
  const { paths } = await documentOf([description]) as {
    paths: Record<string, Record<string, Json>>;
  };
  const [item] = Object.values(paths);
  return Object.values(item!)[0]!;
}

test("a document without routes is valid", async () => {
  const document = await documentOf([]);
  assert.equal(document["openapi"], "3.1.1");
  assert.deepEqual(document["info"], INFO);
  assert.deepEqual(document["paths"], {});
});

test("parameters come from the path and the schemas", async () => {
  const { parameters } = await operationOf(route("/a/:id/{name}/*", {
    request: {
      params: { properties: { id: { type: "integer", description: "Which one" } } },
      query: {
        properties: { tag: { type: "array", items: { type: "string" } } },
        allOf: [{ required: ["page"], properties: { page: { type: "integer" } } }],
      },
      headers: { properties: { "x-key": true, authorization: { type: "string" } } },
    },
  }));
  assert.deepEqual(parameters, [
    {
      name: "id",
      in: "path",
      required: true,
      description: "Which one",
      schema: { type: "integer", description: "Which one" },
    },
    { name: "name", in: "path", required: true, schema: { type: "string" } },
    {
      name: "rest",
      in: "path",
      required: true,
      description: "The rest of the path, which may contain slashes.",
      schema: { type: "string" },
    },
    { name: "tag", in: "query", schema: { type: "array", items: { type: "string" } } },
    { name: "page", in: "query", required: true, schema: { type: "integer" } },
    { name: "x-key", in: "header", schema: true },
  ]);
});

test("bodies are required unless the schema has a default or accepts null", async () => {
  const required = async (body: unknown) => {
    const { requestBody } = await operationOf(route("/", { method: "POST", request: { body } }));
    return (requestBody as { required: boolean }).required;
  };
  assert.equal(await required({ type: "object" }), true);
  assert.equal(await required({ type: "object", default: {} }), false);
  assert.equal(await required({ type: ["object", "null"] }), false);
  assert.equal(await required(true), false);
});

test("responses have the status, the type and the errors of the route", async () => {
  const { responses } = await operationOf(route("/", {
    validatesInput: true,
    security: [{ resource: "Auth.Bearer.A", scheme: { type: "http", scheme: "bearer" } }],
    response: {
      status: undefined,
      hasBody: true,
      contentType: "text/csv",
      schema: { type: "string" },
    },
    errors: {
      "A.One": { status: 409, description: "It is taken", isReplaced: false },
      "A.Two": { status: 409, isReplaced: true, schema: { type: "object" } },
      "A.Three": { status: undefined, isReplaced: false },
    },
  })) as { responses: Record<string, Json> };
  assert.deepEqual(Object.keys(responses), ["400", "401", "409", "2XX", "default"]);
  assert.deepEqual(responses["2XX"]!["content"], { "text/csv": { schema: { type: "string" } } });
  assert.equal(responses["409"]!["description"], "`A.One`: It is taken\n\n`A.Two`");
  const { content } = responses["409"] as { content: Record<string, { schema: Json }> };
  assert.equal((content["application/json"]!.schema["anyOf"] as unknown[]).length, 2);
  const empty = await operationOf(route("/", { response: { status: 204, hasBody: true } }));
  assert.deepEqual((empty["responses"] as Json)["204"], { description: "The response" });
});

test("security, tags and ids of operations", async () => {
  const security = [{ resource: "Auth.Basic.Staff", scheme: { type: "http", scheme: "basic" } }];
  const document = await documentOf([
    route("/a/:b", { security, resource: "Http.Api.Users", isGroup: true, summary: "One" }),
    route("/a/b", { method: "POST", tags: ["x", "y"], description: "Two" }),
    route("/a-b", { method: "CONNECT" }),
    route("/a/{c}", { method: "PUT" }),
  ]) as { paths: Record<string, Record<string, Json>>; components: Json; tags: unknown };
  assert.deepEqual(document.tags, [{ name: "Users" }, { name: "x" }, { name: "y" }]);
  assert.deepEqual(document.components["securitySchemes"], {
    "Auth.Basic.Staff": { type: "http", scheme: "basic" },
  });
  const { get } = document.paths["/a/{b}"]!;
  assert.deepEqual(get!["security"], [{ "Auth.Basic.Staff": [] }]);
  assert.equal(get!["operationId"], "get_a_b");
  assert.equal(document.paths["/a/b"]!["post"]!["operationId"], "post_a_b");
  // OpenAPI does not know every method, and two paths must not differ in names of parameters only.
  assert.deepEqual(Object.keys(document.paths), ["/a/{b}", "/a/b"]);
  assert.equal((document.paths["/a/{b}"]!["put"]!["parameters"] as Json[])[0]!["name"], "b");
});

test("schemas that routes share are components", async () => {
  const user = { type: "object", properties: { id: { type: "integer" } } };
  const named = new Map<unknown, string>([[user, "Error"]]);
  const document = await documentOf([
    route("/a", {
      response: { status: 200, hasBody: true, schema: { type: "array", items: user } },
    }),
    route("/b", { method: "POST", request: { body: user } }),
  ], named);
  const text = JSON.stringify(document["paths"]);
  assert.equal(text.split('{"$ref":"#/components/schemas/Error2"}').length, 3, text);
  assert.deepEqual((document["components"] as { schemas: Json }).schemas["Error2"], user);
});

test("references of a schema to itself lead to its component", () => {
  const writer = createSchemaWriter(new Map(), []);
  const tree = {
    $id: "digly:Data.Type.Tree/1",
    properties: { left: { $ref: "#" }, right: { $ref: "#/$defs/a~1b" }, top: { $ref: "#top" } },
    $defs: { "a/b": { $anchor: "top", type: "null" } },
  };
  assert.deepEqual(writer.write({ items: tree }), {
    items: { $ref: "#/components/schemas/Tree" },
  });
  assert.deepEqual(writer.write(tree), { $ref: "#/components/schemas/Tree" });
  assert.deepEqual(writer.components["Tree"], {
    properties: {
      left: { $ref: "#/components/schemas/Tree" },
      right: { $ref: "#/components/schemas/Tree/$defs/a~1b" },
      top: { $ref: "#/components/schemas/Tree/%24defs/a~1b" },
    },
    $defs: { "a/b": { $anchor: "top", type: "null" } },
  });
  writer.write({ title: "My tree!", items: { $ref: "#" } });
  assert.deepEqual(Object.keys(writer.components), ["Tree", "My_tree_"]);
});
