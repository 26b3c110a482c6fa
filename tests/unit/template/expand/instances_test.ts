import assert from "node:assert/strict";
import { test } from "node:test";
import { app } from "../../app.ts";
import { expanded, lines, problems, template, urns } from "./expanding.ts";

const one = template("One", "- { kind: Test.Thing, metadata: { name: '${{ n }}' } }");

function instance(kind: string, name: string, fields = `n: ${name}`): string {
  return `kind: ${kind}\nmetadata: { name: ${name} }\n${fields}\n`;
}

/** An app that imports the module `Other`, which has a template `One`, too. */
const other = {
  manifest: "",
  files: {
    "/app/runtime.yaml": "name: App\nimports: [./test, ./other]\nresources: [app.yaml]\n",
    "/app/other/module.yaml": `name: Other\nresources: [one.yaml]\n`,
    "/app/other/one.yaml": template(
      "One",
      "- { kind: Test.Thing, metadata: { name: 'other-${{ n }}' } }",
    ),
  },
};

test("the specification's example expands to three servers", async () => {
  const resources = await expanded(
    `kind: TemplateDefinition
metadata:
  name: ApiServer
schema:
  type: object
  properties:
    name: { type: string, default: 'api' }
    port: { type: integer, default: 8080 }
    regions:
      type: array
      items: { type: string }
      default: ['us-east', 'eu-west']
  required: [name, port]
resources:
  - for: 'region in regions'
    kind: Http.Server
    metadata:
      name: '\${{ name }}-\${{ region }}'
    port: \${{ port }}
    region: '\${{ region }}'
---
kind: YourModule.ApiServer
metadata:
  name: ProductionApi
name: 'production'
port: 3000
regions: ['us-east-1', 'us-west-2', 'eu-central-1']
`,
  );
  assert.deepEqual(
    resources.map(({ kind, metadata, ...own }) => ({ kind, name: metadata.name, ...own })),
    ["us-east-1", "us-west-2", "eu-central-1"].map((region) => ({
      kind: "Http.Server",
      name: `production-${region}`,
      port: 3000,
      region,
    })),
  );
});

for (const kind of ["App.One", "Template.One", "Self.One", "One", "Anything.One", "A.B.One"]) {
  test(`${kind} is an instance of the template One`, async () => {
    assert.deepEqual(await urns([one, instance(kind, "a")]), ["Test.Thing.a"]);
  });
}

test("an instance may come before its template, or be in another file", async () => {
  assert.deepEqual(await urns([instance("One", "a"), one]), ["Test.Thing.a"]);
  assert.deepEqual(
    await urns(instance("One", "a"), {
      manifest: "resources: [more]",
      files: { "/app/more/one.yaml": one },
    }),
    ["Test.Thing.a"],
  );
});

test("what an instance generates takes the place of the instance", async () => {
  assert.deepEqual(
    await urns([
      instance("Test.Thing", "x"),
      instance("One", "a"),
      instance("Test.Thing", "z"),
      one,
    ]),
    ["Test.Thing.x", "Test.Thing.a", "Test.Thing.z"],
  );
});

test("an instance is not registered, its template is", async () => {
  const { kernel } = app({
    resources: [one, instance("One", "a")].join("---\n"),
    definitions: { Thing: "" },
  });
  await kernel.load("runtime.yaml");
  assert.deepEqual(
    kernel.resources().map(({ kind, metadata }) => `${kind}.${metadata.name}`),
    ["TemplateDefinition.One", "Test.Thing.a"],
  );
});

test("the module's name chooses between templates of one name", async () => {
  const files = {
    ...other.files,
    "/app/app.yaml": [
      one,
      instance("App.One", "a"),
      instance("Other.One", "b"),
      instance("Self.One", "c"),
    ].join("---\n"),
  };
  assert.deepEqual(await urns("", { files }), [
    "Test.Thing.a",
    "Test.Thing.other-b",
    "Test.Thing.c",
  ]);
});

test("Self in a template's body is the module of the template", async () => {
  const files = {
    ...other.files,
    "/app/other/two.yaml": template(
      "Two",
      "- { kind: Self.One, metadata: { name: x }, n: '${{ n }}' }",
    ),
    "/app/other/module.yaml": "name: Other\nresources: [one.yaml, two.yaml]\n",
    "/app/app.yaml": [one, instance("Two", "a")].join("---\n"),
  };
  assert.deepEqual(await urns("", { files }), ["Test.Thing.other-a"]);
});

test("a kind that could mean two templates is an error that names both places", async () => {
  for (const kind of ["One", "Template.One", "Elsewhere.One"]) {
    const files = { ...other.files, "/app/app.yaml": [one, instance(kind, "a")].join("---\n") };
    const [error, ...rest] = await problems("", { files });
    assert.equal(error?.message, `${kind} could mean 2 templates named "One"`);
    assert.equal(error.help, "Write Other.One or App.One");
    assert.deepEqual(
      error.related.map(({ origin }) => `${origin.file}:${origin.line}`),
      ["/app/other/one.yaml:2", "/app/app.yaml:2"],
    );
    assert.equal(rest.length, 0);
  }
});

test("Template and Self name nothing but templates", async () => {
  const errors = await problems([one, instance("Template.Oen", "a"), instance("Self.Two", "b")]);
  assert.deepEqual(lines(errors), [
    'ERR_TEMPLATE_NOT_FOUND: No template is named "Oen"',
    'ERR_TEMPLATE_NOT_FOUND: The module App has no template "Two"',
  ]);
  assert.equal(errors[0]?.help, 'Did you mean "One"?');
});

test("Self does not reach into another module", async () => {
  const files = { ...other.files, "/app/app.yaml": instance("Self.One", "a") };
  const [error] = await problems("", { files });
  assert.equal(error?.code, "ERR_TEMPLATE_NOT_FOUND");
  assert.equal(error.help, "The module Other has one: write Other.One");
});

test("a misspelt instance is an unknown kind, with the nearest template", async () => {
  const [error, ...rest] = await problems([
    template("Cluster", "- { kind: Test.Thing, metadata: { name: a } }"),
    instance("App.Clutser", "a"),
  ]);
  assert.equal(error?.code, "ERR_CONTROLLER_NOT_FOUND");
  assert.equal(error.help, 'Did you mean "App.Cluster"?');
  assert.equal(rest.length, 0);
});

test("a definition wins over a template of the same kind", async () => {
  const thing = template("Thing", "- { kind: Test.Typed, metadata: { name: made } }");
  assert.deepEqual(await urns([thing, instance("Test.Thing", "a"), instance("App.Thing", "b")]), [
    "Test.Thing.a",
    "Test.Typed.made",
  ]);
});

test("two templates of one name in one module are a duplicate", async () => {
  const errors = await problems([one, one]);
  assert.deepEqual(errors.map(({ code }) => code), ["ERR_DUPLICATE_RESOURCE"]);
});

test("a template may generate instances of kinds that others inherit", async () => {
  const kind =
    "kind: Runtime.KindDefinition\nmetadata: { name: Test.Child }\nextends: Test.Thing\n";
  const child = template("C", "- { kind: Test.Child, metadata: { name: a } }");
  assert.deepEqual(await urns([child, instance("C", "c"), kind]), [
    "Test.Child.a",
    "Runtime.KindDefinition.Test.Child",
  ]);
});

test("a template cannot generate what defines kinds", async () => {
  for (const kind of ["TemplateDefinition", "Runtime.KindDefinition", "Runtime.Definition"]) {
    const [error, ...rest] = await problems([
      template("T", `- kind: ${kind}\n  metadata: { name: Made }`),
      instance("T", "a"),
    ]);
    assert.equal(error?.message, `A template cannot generate a ${kind}`);
    assert.equal(error.code, "ERR_TEMPLATE_INVALID");
    assert.equal(rest.length, 0);
  }
});

test("an instance needs a name like any resource", async () => {
  const [error] = await problems([one, "kind: One\nn: a\n"]);
  assert.equal(error?.message, "The resource has no `metadata.name`");
});

test("a template needs a list of resources, a schema and a usable name", async () => {
  const head = (name: string) => `kind: TemplateDefinition\nmetadata: { name: ${name} }\n`;
  const errors = await problems([
    head("A"),
    `${head("B")}resorces: []\n`,
    `${head("C")}resources: { kind: X }\n`,
    `${head("D")}schema: text\nresources: []\n`,
    `${head("E-F")}resources: []\n`,
  ]);
  assert.deepEqual(lines(errors), [
    'ERR_TEMPLATE_INVALID: The template "A" has no `resources`',
    'ERR_TEMPLATE_INVALID: "resorces" is not a field of a template',
    "ERR_TEMPLATE_INVALID: `resources` must be a list, not a mapping",
    "ERR_TEMPLATE_INVALID: `schema` must be a JSON Schema, not a string",
    'ERR_TEMPLATE_INVALID: "E-F" is not a valid template name: its instances have the kind Module.E-F',
  ]);
});
