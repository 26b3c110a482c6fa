import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Ajv } from "ajv";
import { loadAll } from "js-yaml";
import { resource } from "../app.ts";
import { commandLine } from "./command.ts";

type Validate = (document: unknown) => string[];

/** What an editor would say about a document of the app. */
function validator(schema: unknown): Validate {
  const validate = new Ajv({ allErrors: true, strict: true }).compile(schema as object);
  return (document) => {
    validate(document);
    return (validate.errors ?? []).map(({ instancePath, message, params }) =>
      `${instancePath} ${message} ${Object.values(params as object).join(" ")}`.trim()
    );
  };
}

/** The schema of an app with one kind `Test.Thing`, a template `Pair` and nothing else. */
async function ofThing(definition: string): Promise<Validate> {
  const { run, platform } = commandLine({
    resources: "kind: TemplateDefinition\nmetadata: { name: Pair }\nresources: []\n" +
      "schema: { type: object, properties: { size: { type: integer } }, " +
      "additionalProperties: false }\n",
    definitions: { Thing: definition },
  });
  assert.equal(await run("schema", "."), 0, platform.stderrText());
  return validator(JSON.parse(platform.stdoutText()));
}

const THING = `scope: [request]
opaque: [body]
schema:
  type: object
  required: [port]
  additionalProperties: false
  properties:
    port: { type: integer, minimum: 1 }
    mode: { enum: [fast, slow] }
    body: { type: object, properties: { text: { type: string, minLength: 3 } } }
    schema: { type: [object, boolean] }
    list: { type: array, minItems: 2, items: { $ref: "#/$defs/item" } }
    either: { oneOf: [{ type: integer }, { type: string, minLength: 2 }] }
    path: { type: string, format: digly-urn }
  if: { properties: { mode: { const: fast } }, required: [mode] }
  then: { required: [list] }
  $defs:
    item:
      type: object
      required: [name]
      additionalProperties: false
      properties: { name: { type: string }, next: { $ref: "#/$defs/item" } }
`;

describe("what people write", () => {
  const accepted: Record<string, string> = {
    "plain values": "port: 1\nlist: [{ name: a }, { name: b, next: { name: c } }]\neither: 2",
    "expressions for any value": 'port: "${env.PORT}"\nmode: "${{ request }}"\nlist: "${xs}"',
    "directives for a value":
      "port: { $if: env.X, $then: 1, $else: 2 }\nlist: { $include: a.yaml }",
    "directives beside fields": "$let: { a: 1 }\n$assert: a == 1\nport: 1",
    "computed keys": '"${key}": 1',
    "a loop in a list": "port: 1\nlist: [{ $for: x in xs, $do: { name: a } }]",
    "a condition beside the kind": "$if: env.X\n$then: { port: 1 }",
    "a JSON Schema where one stands": "port: 1\nschema: { $ref: Data.Type.User, $id: a }",
    "labels in metadata": "port: 1\nmetadata: { name: a, owner: me }",
    "a name that is computed": 'port: 1\nmetadata: { name: "${name}" }',
  };
  for (const [name, fields] of Object.entries(accepted)) {
    test(`${name} is accepted`, async () => {
      const text = fields.includes("metadata:") ? `kind: Test.Thing\n${fields}` : resource(
        "Thing",
        "a",
        fields,
      );
      assert.deepEqual((await ofThing(THING))(loadAll(text)[0]), []);
    });
  }

  const refused: Record<string, [text: string, says: RegExp]> = {
    "a field nobody knows": ["port: 1\nprot: 2", /additional properties prot/],
    "a field that is missing": ["mode: slow", /required property 'port'/],
    "a wrong type": ["port: one", /^\/port must be integer/],
    "an escaped expression where no text may be": ["port: $${x}", /^\/port must be integer/],
    "a wrong value": ["port: 1\nmode: fats", /^\/mode must be equal to one of/],
    "a directive nobody knows": ["port: 1\n$lte: {}", /^\/\$lte boolean schema is false/],
    "a wrong field in a list": ["port: 1\nlist: [{ name: a }, { nam: b }]", /^\/list\/1 .*nam/],
    "too short a list": ["port: 1\nlist: [{ name: a }]", /^\/list must NOT have fewer than 2/],
    "a wrong field behind a reference": [
      "port: 1\nlist: [{ name: a }, { name: a, next: { x: 1 } }]",
      /^\/list\/1\/next /,
    ],
    "what a condition forbids": ["port: 1\nmode: fast", /required property 'list'/],
    "an expression where none is read": ['port: 1\nbody: { text: "$" }', /^\/body\/text .*fewer/],
    "a field of metadata that is the runtime's": [
      "port: 1\nmetadata: { name: a, uri: x }",
      /^\/metadata\/uri/,
    ],
    "a name that is a number": ["port: 1\nmetadata: { name: 1 }", /^\/metadata\/name must be str/],
  };
  for (const [name, [fields, says]] of Object.entries(refused)) {
    test(`${name} is refused`, async () => {
      const text = fields.includes("metadata:") ? `kind: Test.Thing\n${fields}` : resource(
        "Thing",
        "a",
        fields,
      );
      const errors = (await ofThing(THING))(loadAll(text)[0]);
      assert.ok(errors.some((error) => says.test(error)), errors.join("\n") || "nothing");
    });
  }

  test("each document has its own schema", async () => {
    const validate = await ofThing(THING);
    const says = (text: string) => validate(loadAll(text)[0]).join("\n");
    assert.match(says("kind: Test.Thnig\nmetadata: { name: a }"), /^\/kind must be equal to one/);
    assert.match(says("kind: Test.Thing\nport: 1"), /required property 'metadata'/);
    assert.match(says("metadata: { name: a }"), /required property 'kind'/);
    assert.match(says("name: App\nimport: []"), /additional properties import/);
    assert.match(says("name: App\nimports: digly:http"), /^\/imports must be array/);
    assert.match(says("name: my-app"), /^\/name must match pattern/);
    assert.equal(says("name: App\nversion: 1.0.0\ndefinitions: [{ path: a.yaml }, b.yaml]"), "");
    assert.match(says("name: App\ndefinitions: [{ pat: a.yaml }]"), /^\/definitions\/0 /);
    assert.match(
      says("kind: TemplateDefinition\nmetadata: { name: A }\nresource: []"),
      /required property 'resources'/,
    );
    assert.match(
      says("kind: Runtime.Definition\nmetadata: { name: A }"),
      /required property 'resourceKind'/,
    );
    assert.match(
      says("kind: Runtime.KindDefinition\nmetadata: { name: A.B }"),
      /required property 'extends'/,
    );
    const loop = "$for: x in xs\n$do:\n  kind: Test.Thing\n  metadata: { name: a }\n  port: ";
    assert.equal(says(`${loop}1`), "");
    assert.match(says(`${loop}x`), /^\/\$do\/port must be integer/);
  });

  test("instances of templates are checked against the parameters", async () => {
    const validate = await ofThing(THING);
    for (const prefix of ["App.", "Self.", "Template.", "", "Any."]) {
      const instance = { kind: `${prefix}Pair`, metadata: { name: "a" } };
      assert.deepEqual(validate({ ...instance, size: 1 }), []);
      assert.match(validate({ ...instance, size: "x" })[0]!, /^\/size must be integer/);
      assert.match(validate({ ...instance, sise: 1 })[0]!, /additional properties/);
    }
  });

  test("tuples, unions, patterns and unknown keywords of a kind survive strict validators", async () => {
    const validate = await ofThing(`schema:
  required: [a]
  properties:
    a: { type: [integer, string], minimum: 3, minLength: 2, x-hint: none }
    b: { prefixItems: [{ type: integer }, { type: string }], items: false }
    c: { minLength: 2, minimum: 3, format: digly-urn }
    e: { oneOf: [{ required: [x] }, { required: [y] }] }
    f: { then: { type: integer } }
  type: object
`);
    const thing = { kind: "Test.Thing", metadata: { name: "a" }, a: 3 };
    const fields = { b: [1, "x"], c: "xx", e: { x: 1 }, f: "x" };
    assert.deepEqual(validate({ ...thing, ...fields, a: "xx" }), []);
    const wrong = { a: 2, b: [true], c: 1, e: { x: 1, y: 1 } };
    for (const [key, value] of [...Object.entries(wrong), ["a", "x"], ["a", true], ["c", "x"]]) {
      assert.match(validate({ ...thing, [key as string]: value }).join(), new RegExp(`/${key}`));
    }
  });

  test("draft-07 definitions of a kind keep their meaning", async () => {
    const validate = await ofThing(`schema:
  $schema: http://json-schema.org/draft-07/schema#
  properties: { a: { $ref: "#/definitions/metadata" } }
  definitions: { metadata: { type: integer } }
`);
    const thing = { kind: "Test.Thing", metadata: { name: "a" } };
    assert.deepEqual(validate({ ...thing, a: 1 }), []);
    assert.match(validate({ ...thing, a: {} })[0]!, /^\/a must be integer/);
  });
});

test("-o writes it to a file and says how to name it", async () => {
  const { run, platform } = commandLine({ resources: "" });
  assert.equal(await run("schema", ".", "-o", "schemas/app.json"), 0);
  assert.equal(platform.stdoutText(), "");
  assert.match(platform.stderrText(), /# yaml-language-server: \$schema=schemas\/app\.json/);
  const written = platform.files.readBytes("file:///app/schemas/app.json", 1e6);
  const { $schema } = JSON.parse(new TextDecoder().decode(written));
  assert.equal($schema, "http://json-schema.org/draft-07/schema#");
});

test("is written also while a resource is wrong, which is reported", async () => {
  const twice = resource("Thing", "a") + "---\n" + resource("Thing", "a");
  const { run, platform } = commandLine({ resources: twice, definitions: { Thing: "" } });
  assert.equal(await run("schema", "."), 1);
  assert.match(platform.stderrText(), /ERR_DUPLICATE_RESOURCE/);
  assert.match(platform.stdoutText(), /"Test\.Thing"/);
});

test("an app that is not there has none", async () => {
  const { run, platform } = commandLine({ resources: "" });
  assert.equal(await run("schema", "nowhere"), 1);
  assert.equal(platform.stdoutText(), "");
  assert.match(platform.stderrText(), /ERR_MANIFEST_NOT_FOUND/);
});

describe("a resource that is written inline", () => {
  const OWNER = `resources: [steps.*.run]
schema:
  type: object
  properties:
    port: { type: integer }
    steps: { type: array, items: { properties: { run: { type: [string, object] } } } }
`;

  test("is checked as its own kind, and needs no name", async () => {
    const validate = await ofThing(OWNER);
    const run = (text: string) =>
      validate(loadAll(`kind: Test.Thing\nmetadata: { name: a }\nsteps:\n  - run: ${text}\n`)[0]);
    assert.deepEqual(run("Test.Thing.b"), []);
    assert.deepEqual(run('"${env.URN}"'), []);
    assert.deepEqual(run("{ kind: Test.Thing, port: 1 }"), []);
    assert.deepEqual(run("{ kind: Test.Thing, metadata: { team: red }, port: 1 }"), []);
    assert.deepEqual(run("{ kind: Test.Thing, steps: [{ run: { kind: Test.Thing } }] }"), []);
    assert.match(
      run("{ kind: Test.Thing, port: x }").join("\n"),
      /\/steps\/0\/run\/port must be integer/,
    );
    assert.match(
      run("{ port: 1 }").join("\n"),
      /\/steps\/0\/run must have required property 'kind'/,
    );
    assert.match(
      run("{ kind: Test.Thing, steps: [{ run: { kind: Test.Thing, port: x } }] }").join("\n"),
      /\/steps\/0\/run\/steps\/0\/run\/port must be integer/,
    );
    const atAnyDepth = await ofThing(`resources: [steps.**.run]
schema:
  type: object
  properties: { port: { type: integer }, steps: { $ref: "#/$defs/steps" } }
  $defs:
    steps:
      type: array
      items: { properties: { run: { type: [string, object] }, catch: { $ref: "#/$defs/steps" } } }
`);
    const nested = (text: string) =>
      atAnyDepth(
        loadAll(
          `kind: Test.Thing\nmetadata: { name: a }\nsteps: [{ catch: [{ catch: [{ run: ${text} }] }] }]`,
        )[0],
      );
    assert.deepEqual(nested("{ kind: Test.Thing, port: 1 }"), []);
    assert.match(nested("{ kind: Test.Thing, port: x }").join("\n"), /run\/port must be integer/);
    const unnamed = validate(loadAll("kind: Test.Thing\nmetadata: { team: red }\n")[0]);
    assert.match(unnamed.join("\n"), /\/metadata must have required property 'name'/);
  });
});
