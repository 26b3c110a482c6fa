import assert from "node:assert/strict";
import { test } from "node:test";
import { type DiglyError, isDiglyError } from "../../../../src/contract/errors.ts";
import type { Template } from "../../../../src/contract/templates.ts";
import type { RuntimeResource } from "../../../../src/contract/resource.ts";
import { app, type RecordedApp, resource } from "../../app.ts";
import { collect } from "../../documents.ts";

const definitions = {
  Thing: "",
  Later: "scope: [request]",
  All: 'scope: "*"',
  Typed: "schemas: [routes.*.query]",
  Secret: "value: 'has(self.value) ? self.value : env[self.env]'\nsensitive: true",
};

async function load(
  ...resources: string[]
): Promise<RecordedApp & { field(urn: string, name: string): unknown }> {
  const loaded = app({ resources: resources.join("---\n"), definitions });
  await loaded.kernel.load("runtime.yaml");
  const field = (urn: string, name: string) => {
    const at = urn.lastIndexOf(".");
    return loaded.kernel.registry.get(urn.slice(0, at))?.get(urn.slice(at + 1))?.[name];
  };
  return { ...loaded, field };
}

async function problems(...resources: string[]): Promise<DiglyError[]> {
  const diagnostics = collect();
  const { kernel } = app({ resources: resources.join("---\n"), definitions, diagnostics });
  await kernel.load("runtime.yaml");
  return diagnostics.errors;
}

test("an exact reference keeps its type, a mixed one is text", async () => {
  const { field } = await load(
    resource("Thing", "a", "port: 8080\nlist: [1, two]\nmap: { x: { y: 1.5 } }"),
    resource(
      "Thing",
      "b",
      [
        "port: ${{ Test.Thing.a.port }}",
        "list: ${{ Test.Thing.a.list }}",
        "deep: ${{ Test.Thing.a.map.x.y }}",
        "url: http://localhost:${{ Test.Thing.a.port }}/",
        "sum: ${{ Test.Thing.a.port + 1 }}",
        "name: ${{ Test.Thing.a.metadata.name }}",
      ].join("\n"),
    ),
  );
  assert.equal(field("Test.Thing.b", "port"), 8080);
  assert.deepEqual(field("Test.Thing.b", "list"), [1, "two"]);
  assert.equal(field("Test.Thing.b", "deep"), 1.5);
  assert.equal(field("Test.Thing.b", "url"), "http://localhost:8080/");
  assert.equal(field("Test.Thing.b", "sum"), 8081);
  assert.equal(field("Test.Thing.b", "name"), "a");
});

test("a name that is not an identifier is written as an index", async () => {
  const { field } = await load(
    resource("Thing", "api-us-east", "port: 1"),
    resource("Thing", "b", "port: ${{ Test.Thing['api-us-east'].port }}"),
  );
  assert.equal(field("Test.Thing.b", "port"), 1);
});

test("references chain, whatever order the files have", async () => {
  const { field } = await load(
    resource("Thing", "a", "v: ${{ Test.Thing.b.v + 1 }}"),
    resource("Thing", "b", "v: ${{ Test.Thing.c.v + 1 }}"),
    resource("Thing", "c", "v: 1"),
  );
  assert.equal(field("Test.Thing.a", "v"), 3);
});

test("two resources may refer to each other as long as no value depends on itself", async () => {
  const { field } = await load(
    resource("Thing", "a", "port: 1\nother: ${{ Test.Thing.b.port }}"),
    resource("Thing", "b", "port: 2\nother: ${{ Test.Thing.a.port }}"),
  );
  assert.equal(field("Test.Thing.a", "other"), 2);
  assert.equal(field("Test.Thing.b", "other"), 1);
});

test("a cycle is one error with the chain of URNs", async () => {
  const errors = await problems(
    resource("Thing", "a", "v: ${{ Test.Thing.b.v }}"),
    resource("Thing", "b", "v: ${{ Test.Thing.c.v }}"),
    resource("Thing", "c", "v: ${{ Test.Thing.a.v }}"),
  );
  assert.deepEqual(errors.map(({ code }) => code), ["ERR_REFERENCE_CYCLE"]);
  assert.match(
    errors[0]!.message,
    /Test\.Thing\.a → Test\.Thing\.b → Test\.Thing\.c → Test\.Thing\.a/,
  );
});

test("a missing resource and a missing field are errors with the nearest name", async () => {
  const errors = await problems(
    resource("Thing", "server", "port: 1"),
    resource("Thing", "b", "x: ${{ Test.Thing.sever.port }}\ny: ${{ Test.Thing.server.prot }}"),
  );
  assert.deepEqual(errors.map(({ code, help }) => [code, help]), [
    ["ERR_REFERENCE_UNRESOLVED", 'Did you mean "Test.Thing.server"?'],
    ["ERR_REFERENCE_UNRESOLVED", 'Did you mean "port"?'],
  ]);
  assert.equal(errors[0]!.origin?.path, "$.x");
});

test("has() asks for a field that may be missing", async () => {
  const { field } = await load(
    resource("Thing", "a", "port: 1"),
    resource("Thing", "b", "v: \"${{ has(Test.Thing.a.tls) ? 'https' : 'http' }}\""),
  );
  assert.equal(field("Test.Thing.b", "v"), "http");
});

test("an unset environment variable is an error that names it", async () => {
  const errors = await problems(resource("Thing", "a", "v: ${{ env.NOT_SET }}"));
  assert.deepEqual(errors.map(({ code }) => code), ["ERR_REFERENCE_UNRESOLVED"]);
  assert.match(errors[0]!.message, /NOT_SET is not set/);
});

test("a name that nothing provides is an error with the nearest one, also without a scope", async () => {
  const errors = await problems(
    resource("Later", "a", "v: ${{ reqest.body }}"),
    resource("Thing", "b", "v: ${{ request.body }}"),
  );
  assert.deepEqual(errors.map(({ code }) => code), [
    "ERR_REFERENCE_UNRESOLVED",
    "ERR_REFERENCE_UNRESOLVED",
  ]);
  assert.match(errors[0]!.help!, /Did you mean "request"\?/);
  assert.match(errors[1]!.message, /Unknown name "request"/);
});

test("names of the kind's scope stay for the controller, with what is known now bound", async () => {
  let template: Template | undefined;
  const { kernel } = app({
    resources: [
      resource("Thing", "a", "port: 8080"),
      resource("Later", "b", "v: ${{ request.path }} on ${{ Test.Thing.a.port }}"),
    ].join("---\n"),
    definitions,
    kinds: {
      Later: {
        create(self, ctx) {
          template = ctx.template(self["v"]);
          return {};
        },
      },
    },
  });
  await kernel.load("runtime.yaml");
  await kernel.start();
  assert.equal(template?.({ request: { path: "/x" } }), "/x on 8080");
  assert.equal(
    template?.({ request: { path: "${{ Test.Thing.a.port }}" } }),
    "${{ Test.Thing.a.port }} on 8080",
  );
});

test("a template that fails is an error that names the resource", async () => {
  const { kernel } = app({
    resources: resource("Later", "b", "v: ${{ request.path.size() / 0 }}"),
    definitions,
    kinds: {
      Later: {
        create: (self, ctx) => ({
          execute: (input) => ctx.template(self["v"])({ request: input }),
        }),
      },
    },
  });
  await kernel.load("runtime.yaml");
  await kernel.start();
  await assert.rejects(kernel.execute("Test.Later.b", { path: "/x" }), (error) => {
    assert(isDiglyError(error));
    assert.equal(error.code, "ERR_EXECUTION_FAILED");
    assert.match(error.message, /Test\.Later\.b/);
    return true;
  });
});

test("scope * leaves every expression to the controller", async () => {
  const { field } = await load(resource("All", "a", "v: ${{ whatever.it.is }}"));
  assert.equal(String(field("Test.All.a", "v")), "${{ whatever.it.is }}");
});

test("a secret in an expression is its value, and is redacted wherever the app shows it", async () => {
  const { kernel, field } = await load(
    resource("Secret", "Host", "env: GREETING"),
    resource("Secret", "Fixed", "value: topsecret"),
    resource("Thing", "a", "url: http://${{ Test.Secret.Host }}/${{ Test.Secret.Fixed }}"),
  );
  assert.equal(field("Test.Thing.a", "url"), "http://hello/topsecret");
  const [secret, fixed, thing] = kernel.redact(kernel.resources()) as [
    RuntimeResource,
    RuntimeResource,
    RuntimeResource,
  ];
  assert.equal(thing["url"], "http://[redacted]/[redacted]");
  assert.equal(fixed["value"], "[redacted]");
  assert.equal(secret["env"], "GREETING");
});

test("$ref with a URN in a schema represents that resource's schema", async () => {
  const { field } = await load(
    resource("Thing", "Address", "schema: { type: object, required: [city] }"),
    resource(
      "Thing",
      "User",
      "schema: { type: object, properties: { home: { $ref: Test.Thing.Address }, tag: { $ref: '#/$defs/x' } } }",
    ),
    "kind: Data.Type\nmetadata: { name: Short }\nschema: { type: string }\n",
    resource(
      "Typed",
      "Route",
      "routes: [{ query: '#/Short' }, { query: { $ref: Test.Thing.Address } }]",
    ),
  );
  const schema = field("Test.Thing.User", "schema") as { properties: Record<string, unknown> };
  assert.deepEqual(schema.properties["home"], { type: "object", required: ["city"] });
  assert.deepEqual(schema.properties["tag"], { $ref: "#/$defs/x" });
  assert.deepEqual(field("Test.Typed.Route", "routes"), [
    { query: { type: "string" } },
    { query: { type: "object", required: ["city"] } },
  ]);
});

test("a schema that refers to nothing, or to itself, is an error", async () => {
  const errors = await problems(
    resource("Thing", "User", "schema: { $ref: Test.Thing.Usr }"),
    resource("Thing", "A", "schema: { items: { $ref: Test.Thing.B } }"),
    resource("Thing", "B", "schema: { items: { $ref: Test.Thing.A } }"),
  );
  assert.equal(errors[0]?.code, "ERR_REFERENCE_UNRESOLVED");
  assert.match(errors[0].help!, /Did you mean "Test\.Thing\.User"\?/);
  assert.equal(errors[1]?.code, "ERR_REFERENCE_CYCLE");
  assert.match(
    errors[1].message,
    /Test\.Thing\.A → Test\.Thing\.B → Test\.Thing\.A|Test\.Thing\.B → Test\.Thing\.A → Test\.Thing\.B/,
  );
});

test("opaque subtrees have no expressions, and values are not scanned again", async () => {
  const { field } = await load(
    resource("Thing", "a", "text: '$${{ env.GREETING }}'\ncode: '${{ env.GREETING }}'"),
    resource("Thing", "b", "copy: ${{ Test.Thing.a.text }}"),
  );
  assert.equal(field("Test.Thing.b", "copy"), "${{ env.GREETING }}");
  assert.equal(field("Test.Thing.a", "code"), "${{ env.GREETING }}");
});
