/** The resources of an app, as controllers and callers see them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isDiglyError } from "../../../src/contract/errors.ts";
import type { ModuleCreateContext } from "../../../src/contract/contexts.ts";
import type { Controller } from "../../../src/contract/module.ts";
import type { RuntimeResource } from "../../../src/contract/resource.ts";
import { app, resource } from "../app.ts";

const nothing: Controller = { create: () => ({}) };

test("references are resolved in any order, resources are frozen", async () => {
  const { kernel } = app({
    resources: [
      resource("Thing", "a", "url: http://localhost:${{ Test.Thing.b.port }}/${{ env.GREETING }}"),
      resource("Thing", "b", "port: 8080\nnested: { list: [1, 2] }"),
    ].join("---\n"),
    kinds: { Thing: nothing },
  });
  await kernel.load("runtime.yaml");
  const [a, b] = kernel.resources() as [RuntimeResource, RuntimeResource];
  assert.equal(a["url"], "http://localhost:8080/hello");
  assert.throws(() => {
    (b["nested"] as { list: number[] }).list.push(3);
  }, TypeError);
});

test("a controller sees full resources only of its own module", async () => {
  let ctx: ModuleCreateContext | undefined;
  const { kernel } = app({
    resources: [
      resource("Thing", "a", "port: 1"),
      "kind: Other.Kind\nmetadata: { name: b, team: x }\nport: 2\n",
    ]
      .join("---\n"),
    manifest: "definitions: [other.yaml]",
    files: {
      "/app/other.yaml":
        "kind: Runtime.Definition\nmetadata: { name: o, resourceKind: Kind, module: Other }\n",
    },
    kinds: {
      Thing: {
        create(_, given) {
          ctx = given;
          return {};
        },
      },
    },
  });
  await kernel.load("runtime.yaml");
  await kernel.start();
  assert.equal(ctx?.getResources("Test.Thing")[0]?.["port"], 1);
  const [other] = ctx.getResources("Other.Kind");
  assert.deepEqual(Object.keys(other!), ["kind", "metadata"]);
  assert.equal(other!.metadata["team"], "x");
  assert.equal(ctx.kernel.registry.get("Other.Kind")?.get("b"), other);
  assert.equal(ctx.getResourceByUri("file:///app/runtime.yaml#Test.Thing.a")?.["port"], 1);
  assert.equal(ctx.getResourcesBySourcePath("/app/runtime.yaml").length, 2);
  assert.equal(ctx.getResourcesByGenerationDepth(1).length, 0);
});

test("the registry is by kind and name", async () => {
  const { kernel } = app({
    resources: resource("Thing", "a", "port: 1"),
    kinds: { Thing: nothing },
  });
  await kernel.loadFromConfig("/app");
  assert.equal(kernel.registry.get("Test.Thing")?.get("a")?.["port"], 1);
});

test("the registry and the modules are views that cannot be written to", async () => {
  const { kernel } = app({
    resources: [resource("Thing", "a"), resource("Data", "b")].join("---\n") +
      "---\nkind: Code.Thing\nmetadata: { name: c }\n",
    kinds: {
      Thing: {
        create(_, ctx) {
          ctx.registerResource({ kind: "Test.Data", metadata: { name: "made" } });
          assert.throws(() => (ctx.kernel.registry as Map<string, never>).clear(), {
            code: "ERR_USAGE",
          });
          return {};
        },
        execute: (name, input) => `${name} ${input}`,
      },
    },
    definitions: { Data: "" },
  });
  kernel.register({ name: "Code", definitions: [{ kind: "Code.Thing" }], execute: () => "code" });
  assert.equal(kernel.registry.size, 0);
  await kernel.load("runtime.yaml");
  assert.deepEqual([...kernel.registry.get("Test.Data")!.keys()], ["b"]);
  await kernel.start();
  assert.deepEqual([...kernel.registry.get("Test.Data")!.keys()], ["b", "made"]);
  assert(kernel.registry instanceof Map && kernel.registry === kernel.registry);
  const writes: readonly ((map: Map<string, unknown>) => unknown)[] = [
    (map) => map.set("x", 1),
    (map) => map.delete("Test.Thing"),
    (map) => map.clear(),
    (map) =>
      (map as unknown as { getOrInsert(key: string, value: unknown): unknown })
        .getOrInsert("x", 1),
    (map) => Object.assign(map, { size: 0 }),
  ];
  for (const map of [kernel.registry, kernel.registry.get("Test.Thing")!, kernel.modules]) {
    for (const write of writes) {
      assert.throws(
        () => write(map as Map<string, unknown>),
        (error) =>
          error instanceof TypeError || (isDiglyError(error) && error.code === "ERR_USAGE"),
      );
    }
  }
  const { modules } = kernel;
  const thing = modules.get("Test.Thing")!;
  assert.deepEqual([thing.name, thing.version, typeof thing.create], ["Test", "1.0.0", "function"]);
  assert.equal(await thing.execute!("a", 1, undefined as never), "a 1");
  assert.deepEqual(Object.keys(modules.get("Test.Data")!), ["name", "version"]);
  assert.equal(await modules.get("Code.Thing")!.execute!("c", 1, undefined as never), "code");
  assert.throws(() => Object.assign(thing, { execute: 1 }), TypeError);
  await kernel.stop();
});

test("more resources than the limit are an error at the first too many", async () => {
  const { kernel } = app({
    resources: [resource("Thing", "a"), resource("Thing", "b"), resource("Thing", "c")].join(
      "---\n",
    ),
    kinds: { Thing: nothing },
    limits: { resources: 2 },
  });
  await assert.rejects(kernel.load("runtime.yaml"), (error) => {
    assert(isDiglyError(error));
    assert.equal(error.code, "ERR_LIMIT_EXCEEDED");
    assert.match(error.help!, /Raise the limit `resources`/);
    assert.equal(error.origin?.line, 13);
    return true;
  });
});

test("a file that is listed twice, also through its folder, is read once", async () => {
  const { kernel } = app({
    resources: resource("Thing", "a"),
    manifest: "resources: [parts, parts/b.yaml, ./parts/b.yaml]",
    files: { "/app/parts/b.yaml": resource("Thing", "b") },
    kinds: { Thing: nothing },
  });
  await kernel.load("runtime.yaml");
  assert.deepEqual(kernel.resources().map(({ metadata }) => metadata.name), ["a", "b"]);
});
