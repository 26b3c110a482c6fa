/** Modules registered from code. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type DiglyModule, isDiglyError } from "../../../../mod.ts";
import { bootApp, type TestApp } from "../../../../testing.ts";

function boot(...modules: readonly unknown[]): Promise<TestApp> {
  return bootApp({
    manifest: "name: App\n---\nkind: Test.Thing\nmetadata: { name: a }\n",
    modules: modules as DiglyModule[],
  });
}

const definitions = [{ kind: "Test.Thing" }];

const REFUSED: Readonly<Record<string, readonly [readonly unknown[], RegExp]>> = {
  "null": [[null], /must be an object/],
  "one without a name": [[{ definitions }], /has no name/],
  "one with a reserved name": [[{ name: "Runtime", definitions }], /"Runtime" is reserved/],
  "one whose name is not a valid kind": [
    [{ name: "my module" }],
    /"my module" cannot name a module/,
  ],
  "two of one name": [[{ name: "Test" }, { name: "Test" }], /Two modules are called "Test"/],
  "two that define a kind": [
    [{ name: "One", definitions }, { name: "Two", definitions }],
    /Test\.Thing is defined more than once/,
  ],
  "one with a kind that is none": [
    [{ name: "Test", definitions: [{ kind: "a b" }] }],
    /defines "a b", which is not a valid kind/,
  ],
  "one with a definition without kind": [
    [{ name: "Test", definitions: [{}] }],
    /defines "undefined", which is not a valid kind/,
  ],
  "one with a kind of the runtime": [
    [{ name: "Test", definitions: [{ kind: "TemplateDefinition" }] }],
    /belongs to the runtime/,
  ],
  "a controller for a kind it does not define": [
    [{ name: "Test", definitions, controllers: { "Test.Thng": {} } }],
    /a controller for Test\.Thng, which it does not define/,
  ],
  "a scope at a path that its schema does not have": [
    [{
      name: "Test",
      definitions: [{
        kind: "Test.Thing",
        schema: { type: "object", properties: { label: {} }, additionalProperties: false },
        scopes: { lable: ["input"] },
      }],
    }],
    /"lable" in `scopes` leads to nothing/,
  ],
  "a type that is not a schema": [
    [{ name: "Test", definitions: [{ kind: "Test.Thing", scopes: { label: { input: 3 } } }] }],
    /A type must be a JSON Schema, and it is an integer \(in the kind "Test\.Thing"/,
  ],
  "an execution with another side": [
    [{ name: "Test", definitions: [{ kind: "Test.Thing", execution: { inputs: {} } as never }] }],
    /`execution` has no "inputs"/,
  ],
  "one that fails to register": [
    [{ name: "Test", definitions, register: () => Promise.reject(new Error("no disk")) }],
    /The register function of the module "Test" failed: no disk/,
  ],
};

for (const [what, [modules, says]] of Object.entries(REFUSED)) {
  test(`refused: ${what}`, async () => {
    await assert.rejects(boot(...modules), (error) => {
      assert(isDiglyError(error));
      assert.equal(error.code, "ERR_MODULE_INVALID");
      assert.match(error.message, says);
      return true;
    });
  });
}

test("without definitions a module's kinds are those it has controllers for", async () => {
  const create = () => ({ execute: () => "made" });
  await using app = await boot({ name: "Test", controllers: { "Test.Thing": { create } } });
  assert.equal(await app.execute("Test.Thing.a"), "made");
  assert.equal(app.kernel.modules.get("Test.Thing")?.name, "Test");
});

test("execute goes to the kind's controller, else the instance, else the module", async () => {
  const execute = (name: string, input: unknown) => `module ${name} ${input}`;
  const create = () => ({ execute: (input: unknown) => `instance ${input}` });
  const own = (name: string, input: unknown) => `controller ${name} ${input}`;
  const cases = [
    [{ create, execute: own }, "controller a 1"],
    [{ create }, "instance 1"],
    [{}, "module a 1"],
  ] as const;
  for (const [controller, result] of cases) {
    const controllers = { "Test.Thing": controller };
    await using app = await boot({ name: "Test", definitions, controllers, execute });
    assert.equal(await app.execute("Test.Thing.a", 1), result);
  }
});

test("scopes, types and executions are declared as a definition file does", async () => {
  const module: DiglyModule = {
    name: "Test",
    definitions: [{
      kind: "Test.Thing",
      schemas: ["inputSchema"],
      scopes: { label: { input: { $inputOf: "" } } },
      execution: { input: { $field: "inputSchema" } },
    }],
    controllers: {
      "Test.Thing": {
        create({ label }, ctx) {
          const template = ctx.template(label);
          return { execute: (input) => template({ input }) };
        },
      },
    },
  };
  const manifest = (expression: string) =>
    "name: App\n---\nkind: Test.Thing\nmetadata: { name: a }\n" +
    `inputSchema: { name: string }\nlabel: "\${{ ${expression} }}"\n`;
  await using app = await bootApp({ manifest: manifest("input.name"), modules: [module] });
  assert.equal(await app.execute("Test.Thing.a", { name: "Ada" }), "Ada");
  await assert.rejects(
    bootApp({ manifest: manifest("inptu.name"), modules: [module] }),
    /Unknown name "inptu"/,
  );
});
