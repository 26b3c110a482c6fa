import assert from "node:assert/strict";
import { test } from "node:test";
import type { Value } from "../../../../src/contract/resource.ts";
import { collectKinds } from "../../../../src/load/registry/collect_kinds.ts";
import { collect, document } from "../../documents.ts";
import { allNames } from "../../../../src/load/registry/scopes.ts";

function kinds(...values: Record<string, Value>[]) {
  const diagnostics = collect();
  const inputs = values.map((value, index) => ({
    module: { name: "Shop", ownName: "Shop" },
    document: document(value, `d${index}.yaml`),
    controllers: undefined,
    entrypoints: [],
  }));
  const table = collectKinds(
    {
      declared: [],
      definitions: inputs.filter(({ document: { value } }) =>
        kindOf(value) === "Runtime.Definition"
      ),
      kindDefinitions: inputs.map((input) => ({ ...input, module: "Shop" })).filter((
        { document: { value } },
      ) => kindOf(value) === "Runtime.KindDefinition"),
      importFor: () => undefined,
    },
    (entries, owner, path) =>
      (entries as { runtime: string; entrypoint: string }[]).map((
        { runtime, entrypoint },
      ) => ({
        runtimes: [runtime],
        entrypoint,
        base: owner.source.url,
        origin: owner.originAt(path),
      })),
    diagnostics,
  );
  return { table, ...diagnostics };
}

function kindOf(value: Value): unknown {
  return (value as Record<string, unknown>)["kind"];
}

function definition(metadata: Record<string, Value>, fields: Record<string, Value> = {}) {
  return { kind: "Runtime.Definition", metadata: { name: "d", ...metadata }, ...fields };
}

function inherits(name: string, parent: string, fields: Record<string, Value> = {}) {
  return { kind: "Runtime.KindDefinition", metadata: { name }, extends: parent, ...fields };
}

const controllers = [{ runtime: "node", entrypoint: "./a.ts" }];

test("a kind is the module's name and the resourceKind", () => {
  const { table, errors } = kinds(
    definition({ resourceKind: "Order" }),
    definition({ resourceKind: "Shop.Item" }),
    definition({ resourceKind: "JavaScript", module: "Logic" }),
    definition({ resourceKind: "Secret", module: "" }),
  );
  assert.deepEqual(errors, []);
  assert.deepEqual([...table.keys()], ["Shop.Order", "Shop.Item", "Logic.JavaScript", "Secret"]);
});

test("a definition without controllers makes inert resources", () => {
  const { table } = kinds(
    definition({ resourceKind: "Order" }),
    definition({ resourceKind: "Item" }, { controllers }),
  );
  assert.equal(table.get("Shop.Order")?.implementation.type, "inert");
  assert.equal(table.get("Shop.Item")?.implementation.type, "entries");
});

test("two definitions of a kind are an error that shows both places", () => {
  const { errors } = kinds(
    definition({ resourceKind: "Order" }),
    definition({ resourceKind: "Order" }),
  );
  assert.equal(errors.length, 1);
  assert.equal(errors[0]?.code, "ERR_MODULE_INVALID");
  assert.equal(errors[0]?.origin?.file, "/app/d1.yaml");
  assert.equal(errors[0]?.related[0]?.origin.file, "/app/d0.yaml");
});

test("a kind inherits over any number of steps, in any order, with its own or the inherited schema", () => {
  const { table, errors } = kinds(
    inherits("Shop.Express", "Shop.Special"),
    inherits("Shop.Special", "Shop.Order", { schema: { type: "object", title: "special" } }),
    definition({ resourceKind: "Order" }, {
      controllers,
      schema: { type: "object" },
      scope: ["input"],
    }),
  );
  assert.deepEqual(errors, []);
  const express = table.get("Shop.Express");
  assert.equal(express?.servedBy, "Shop.Order");
  assert.deepEqual(express?.schema, { type: "object", title: "special" });
  assert.deepEqual(express && allNames(express.scopes), ["input"]);
});

test("an unknown parent is one error with the nearest kind", () => {
  const { errors } = kinds(
    definition({ resourceKind: "Order" }),
    inherits("Shop.A", "Shop.Ordr"),
    inherits("Shop.B", "Shop.A"),
  );
  assert.equal(errors.length, 1);
  assert.match(errors[0]!.message, /Shop\.A extends "Shop\.Ordr", which is not a known kind/);
  assert.match(errors[0]!.help!, /Did you mean "Shop\.Order"\?/);
});

test("kinds that extend each other in a cycle are one error with the circle", () => {
  const { errors } = kinds(inherits("Shop.A", "Shop.B"), inherits("Shop.B", "Shop.A"));
  assert.equal(errors.length, 1);
  assert.match(errors[0]!.message, /Shop\.A → Shop\.B → Shop\.A/);
});

test("an existing kind and the kernel's own cannot be defined again", () => {
  const { errors } = kinds(
    definition({ resourceKind: "Order" }),
    inherits("Shop.Order", "Shop.Order"),
    definition({ resourceKind: "Definition", module: "Runtime" }),
  );
  assert.deepEqual(errors.map((error) => error.message), [
    "Runtime.Definition belongs to the runtime and cannot be defined again",
    "The kind Shop.Order is defined more than once",
  ]);
});

test("metadata.resourceKind must be there and be a kind", () => {
  const { errors } = kinds(definition({}), definition({ resourceKind: "no-kind" }));
  assert.deepEqual(errors.map((error) => error.message), [
    "A Runtime.Definition needs metadata.resourceKind",
    '"no-kind" in metadata.resourceKind is not a valid kind: identifiers joined by dots',
  ]);
});
