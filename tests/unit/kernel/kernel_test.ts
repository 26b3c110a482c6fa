import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isDiglyError } from "../../../src/contract/errors.ts";
import type { Controller, ModuleCreateContext } from "../../../src/contract/module.ts";
import type { RuntimeResource } from "../../../src/contract/resource.ts";
import { app, resource } from "../app.ts";

const nothing: Controller = { create: () => ({}) };

test("events come in the order of the specification", async () => {
  const { kernel, story } = app({
    resources: [resource("Thing", "a"), resource("Thing", "b")].join("---\n"),
    kinds: { Thing: nothing },
  });
  await kernel.load("runtime.yaml");
  await kernel.start();
  await kernel.stop();
  assert.deepEqual(story(), [
    "Module.Registered",
    "Module.Registered",
    "Resource.Registered Test.Thing.a",
    "Resource.Registered Test.Thing.b",
    "Runtime.Starting",
    "Test.Thing.Initialized Test.Thing.a",
    "Test.Thing.Initialized Test.Thing.b",
    "Runtime.Started",
    "Runtime.Stopping",
    "Test.Thing.Teardown Test.Thing.b",
    "Test.Thing.Teardown Test.Thing.a",
    "Runtime.Stopped",
  ]);
});

test("create returning null means not yet: a later pass tries again", async () => {
  const seen: string[] = [];
  const { kernel } = app({
    resources: [resource("Late", "needsA"), resource("Thing", "a")].join("---\n"),
    kinds: {
      Thing: nothing,
      Late: {
        create(self, ctx) {
          seen.push(self.metadata.name);
          return ctx.isInitialized("Test.Thing.a") ? {} : null;
        },
      },
    },
  });
  await kernel.load("runtime.yaml");
  await kernel.start();
  assert.deepEqual(seen, ["needsA", "needsA"]);
});

test("a controller that keeps returning null is an error that says so", async () => {
  let calls = 0;
  const { kernel } = app({
    resources: resource("Thing", "a"),
    kinds: { Thing: { create: () => (calls++, null) } },
  });
  await kernel.load("runtime.yaml");
  await assert.rejects(kernel.start(), {
    code: "ERR_CONTROLLER_NOT_FOUND",
    message:
      /No controller found for resource: Test\.Thing\.a \(its controller kept returning null\)/,
  });
  assert.equal(calls, 1, "a pass that handles nothing is the last one");
});

test("all resources of unknown kinds are listed in one error, with the nearest kind", async () => {
  const { kernel } = app({
    resources: [resource("Thingy", "a"), resource("Thingy", "b")].join("---\n"),
    kinds: { Thing: nothing },
  });
  await kernel.load("runtime.yaml");
  await assert.rejects(kernel.start(), (error) => {
    assert(isDiglyError(error));
    assert.equal(error.code, "ERR_CONTROLLER_NOT_FOUND");
    assert.match(error.message, /Test\.Thingy\.a\n.*Test\.Thingy\.b/);
    assert.match(error.help!, /Did you mean "Test\.Thing"\?/);
    return true;
  });
});

for (
  const [step, code, controller] of [
    ["create", "ERR_CREATE_FAILED", {
      create() {
        throw new Error("boom");
      },
    }],
    ["init", "ERR_INIT_FAILED", {
      create: () => ({ init: () => Promise.reject(new Error("boom")) }),
    }],
    ["register", "ERR_MODULE_INVALID", {
      register() {
        throw new Error("boom");
      },
    }],
  ] as const satisfies [string, string, Controller][]
) {
  test(`a failing ${step} stops the boot, tears down what ran and releases every hold`, async () => {
    const steps: string[] = [];
    const { kernel, story } = app({
      resources: [resource("Good", "a"), resource("Bad", "b")].join("---\n"),
      kinds: {
        Good: {
          create: (_, ctx) => {
            ctx.acquireHold("testing");
            return { teardown: () => void steps.push("teardown") };
          },
        },
        Bad: controller,
      },
    });
    await kernel.load("runtime.yaml");
    await assert.rejects(kernel.start(), { code, message: /boom/ });
    assert.deepEqual(steps, step === "register" ? [] : ["teardown"]);
    await kernel.waitUntilIdle();
    assert.equal(story().at(-1), "Runtime.Stopped");
    assert(!story().includes("Runtime.Started"));
  });
}

test("a create that returns nothing is an error that says what to return", async () => {
  const { kernel } = app({
    resources: resource("Thing", "a"),
    kinds: { Thing: { create: () => undefined as unknown as null } },
  });
  await kernel.load("runtime.yaml");
  await assert.rejects(kernel.start(), { code: "ERR_CREATE_FAILED", message: /returned nothing/ });
});

test("abort during boot rejects start and rolls back", async () => {
  const steps: string[] = [];
  const { kernel } = app({
    resources: [resource("Good", "a"), resource("Stuck", "b")].join("---\n"),
    kinds: {
      Good: { create: () => ({ teardown: () => void steps.push("teardown") }) },
      Stuck: { create: () => ({ init: () => new Promise<void>(() => {}) }) },
    },
  });
  await kernel.load("runtime.yaml");
  const started = kernel.start();
  setTimeout(() => kernel.abort("SIGTERM"), 5);
  await assert.rejects(started, { code: "ERR_ABORTED" });
  assert.deepEqual(steps, ["teardown"]);
});

test("a boot that exceeds its timeout is aborted and names the pending step", async () => {
  const { kernel } = app({
    resources: resource("Stuck", "b"),
    kinds: { Stuck: { create: () => ({ init: () => new Promise<void>(() => {}) }) } },
    bootTimeoutMs: 20,
  });
  await kernel.load("runtime.yaml");
  await assert.rejects(kernel.start(), {
    code: "ERR_ABORTED",
    message: "The boot took longer than 0.02 s, waiting for init of Test.Stuck.b",
  });
});

test("execute goes to the controller, else to the instance", async () => {
  const { kernel } = app({
    resources: [resource("ByName", "a"), resource("ByInstance", "b"), resource("Data", "c")].join(
      "---\n",
    ),
    kinds: {
      ByName: { execute: (name, input) => `${name} ${input}` },
      ByInstance: { create: (self) => ({ execute: (input) => `${self.metadata.name}: ${input}` }) },
    },
    definitions: { Data: "" },
  });
  await kernel.load("runtime.yaml");
  await kernel.start();
  assert.equal(await kernel.execute("Test.ByName.a", 1), "a 1");
  assert.equal(await kernel.execute("Test.ByInstance.b", 2), "b: 2");
  await assert.rejects(kernel.execute("Test.Data.c"), {
    code: "ERR_EXECUTION_FAILED",
    message: /resources of the kind Test\.Data cannot be executed/,
  });
  await assert.rejects(kernel.execute("Test.ByName.aa"), (error) => {
    assert(isDiglyError(error));
    assert.equal(error.code, "ERR_RESOURCE_NOT_FOUND");
    assert.match(error.help!, /Did you mean "Test\.ByName\.a"\?/);
    return true;
  });
});

test("a resource that is not initialised yet cannot be executed", async () => {
  let failed: unknown;
  const { kernel } = app({
    resources: [resource("Early", "a"), resource("Thing", "b")].join("---\n"),
    kinds: {
      Early: {
        create: (_, ctx) => ({
          init: () => ctx.execute("Test.Thing.b").then(() => {}, (error) => void (failed = error)),
        }),
      },
      Thing: { execute: () => 1 },
    },
  });
  await kernel.load("runtime.yaml");
  await kernel.start();
  assert(isDiglyError(failed));
  assert.equal(failed.code, "ERR_EXECUTION_FAILED");
  assert.match(failed.message, /not initialised yet/);
});

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

test("holds keep the runtime alive; requestExit requests an exit code", async () => {
  let release: (() => void) | undefined;
  const { kernel, story } = app({
    resources: resource("Thing", "a"),
    kinds: {
      Thing: {
        create(_, ctx) {
          release = ctx.acquireHold("testing");
          return { execute: () => ctx.requestExit(7) };
        },
      },
    },
  });
  await kernel.load("runtime.yaml");
  await kernel.start();
  await kernel.execute("Test.Thing.a");
  assert.equal(await kernel.waitForExitRequest(), 7);
  release?.();
  await kernel.waitUntilIdle();
  const { exitCode, errors } = await kernel.stop();
  assert.deepEqual([exitCode, errors.length], [7, 0]);
  assert.deepEqual(story().filter((line) => /Blocked|Unblocked/.test(line)), [
    "Runtime.Blocked",
    "Runtime.Unblocked",
  ]);
});

test("resource events reach the listeners of that resource; reserved ones are rejected", async () => {
  const heard: unknown[] = [];
  const { kernel } = app({
    resources: [resource("Thing", "a"), resource("Thing", "b")].join("---\n"),
    kinds: {
      Thing: {
        create: (self, ctx) => {
          const { name } = self.metadata;
          if (name === "a") {
            ctx.onResourceEvent("Test.Thing", "b", "Ready", (payload) => void heard.push(payload));
          }
          return {
            execute: async () => {
              await ctx.emitResourceEvent("Test.Thing", name, "Ready", name);
              await ctx.emit("Done", name);
              await ctx.emitResourceEvent("Test.Thing", name, "Initialized");
            },
          };
        },
      },
    },
  });
  kernel.on("Test.Done", (payload) => void heard.push(`done ${payload}`));
  await kernel.load("runtime.yaml");
  await kernel.start();
  await assert.rejects(kernel.execute("Test.Thing.a"), /reserved/);
  await assert.rejects(kernel.execute("Test.Thing.b"), /reserved/);
  assert.deepEqual(heard, ["done a", "b", "done b"]);
});

test("a listener that throws is logged and does not affect others", async () => {
  const { kernel, logs } = app({ resources: resource("Thing", "a"), kinds: { Thing: nothing } });
  kernel.on("Runtime.Started", () => {
    throw new Error("listener broke");
  });
  await kernel.load("runtime.yaml");
  await kernel.start();
  assert.match(
    logs.map(({ message }) => message).join(),
    /Runtime\.Started failed: listener broke/,
  );
});

test("stopping finishes executions, then rejects new ones", async () => {
  let finish: ((value: string) => void) | undefined;
  const { kernel, story } = app({
    resources: resource("Thing", "a"),
    kinds: { Thing: { execute: () => new Promise((resolve) => finish = resolve) } },
  });
  await kernel.load("runtime.yaml");
  await kernel.start();
  const running = kernel.execute("Test.Thing.a");
  const stopped = kernel.stop();
  assert(!story().includes("Test.Thing.Teardown Test.Thing.a"));
  finish?.("done");
  assert.equal(await running, "done");
  await stopped;
  await assert.rejects(kernel.execute("Test.Thing.a"), { code: "ERR_ABORTED" });
});

test("a module registered in code serves its kinds", async () => {
  const { kernel } = app({ resources: "kind: Code.Thing\nmetadata: { name: a }\n" });
  let registered = 0;
  kernel.register({
    name: "Code",
    definitions: [{ kind: "Code.Thing" }],
    register: () => void registered++,
    execute: (name, input) => `${name} ${input}`,
  });
  await kernel.load("runtime.yaml");
  await kernel.start();
  assert.equal(registered, 1);
  assert.equal(await kernel.execute("Code.Thing.a", 1), "a 1");
  assert.equal(kernel.modules.get("Code.Thing")?.name, "Code");
  assert.throws(() => kernel.register({ name: "Late" }), { code: "ERR_MODULE_INVALID" });
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

test("a boot that fails before Runtime.Starting emits no Stopping and no Stopped", async () => {
  const { kernel, story } = app({
    resources: resource("Thing", "a", "port: none"),
    kinds: { Thing: nothing },
    definitions: { Thing: "schema: { properties: { port: { type: integer } } }" },
  });
  await kernel.load("runtime.yaml");
  await assert.rejects(kernel.start(), { code: "ERR_SCHEMA_VALIDATION" });
  await kernel.stop();
  assert.deepEqual(story(), [
    "Module.Registered",
    "Module.Registered",
    "Resource.Registered Test.Thing.a",
  ]);
});

describe("a start that fails because of another resource points at both", () => {
  const fails: Controller = {
    execute() {
      throw new Error("boom");
    },
  };
  const places = (error: unknown) => {
    assert(isDiglyError(error));
    return [
      error.origin?.line,
      ...error.related.map(({ message, origin }) => `${message}: ${origin.line}`),
    ];
  };
  const wrapped = (cause: unknown) => Promise.reject(new Error("it is closed", { cause }));

  for (
    const [step, past, controller] of [
      ["create", "created", {
        create: async (_, ctx) => (await ctx.execute("Test.Bad.b"), {}),
      }],
      ["init", "initialised", {
        create: (_, ctx) => ({ init: async () => void await ctx.execute("Test.Bad.b") }),
      }],
      ["init, with a cause", "initialised", {
        create: (_, ctx) => ({ init: () => ctx.execute("Test.Bad.b").then(() => {}, wrapped) }),
      }],
    ] as const satisfies [string, string, Controller][]
  ) {
    test(`in ${step}`, async () => {
      const { kernel } = app({
        resources: [resource("Bad", "b"), resource("User", "u")].join("---\n"),
        kinds: { Bad: fails, User: controller },
      });
      await kernel.load("runtime.yaml");
      const error = await kernel.start().catch((thrown) => thrown);
      assert.deepEqual(places(error), [5, `Test.User.u was being ${past}: 9`]);
    });
  }

  test("also where the other one is not initialised yet", async () => {
    const { kernel } = app({
      resources: [resource("User", "u"), resource("Bad", "b")].join("---\n"),
      kinds: {
        Bad: fails,
        User: { create: (_, ctx) => ({ init: async () => void await ctx.execute("Test.Bad.b") }) },
      },
    });
    await kernel.load("runtime.yaml");
    const error = await kernel.start().catch((thrown) => thrown);
    assert.match(error.message, /it is not initialised yet/);
    assert.deepEqual(places(error), [9, "Test.User.u was being initialised: 5"]);
  });
});

test("listening to an event that is never emitted logs a warning", async () => {
  const { kernel, logs } = app({
    resources: [resource("Source", "s"), resource("Listener", "l")].join("---\n"),
    kinds: {
      Source: nothing,
      Listener: {
        create(_, ctx) {
          const listener = () => {};
          ctx.onResourceEvent("Test.Source", "s", "Chnged", listener);
          ctx.onResourceEvent("Test.Sorce", "s", "Changed", listener);
          ctx.onResourceEvent("Test.Source", "s", "Changed", listener);
          ctx.onceResourceEvent("Test.Listener", "l", "Anything", listener);
          ctx.on("Test.Source.Teardown", listener);
          ctx.on("Own.Event", listener);
          // @ts-expect-error The compiler knows the runtime's events, too.
          assert.throws(() => ctx.on("Runtime.Startd", listener), {
            code: "ERR_USAGE",
            message: 'The runtime has no event "Runtime.Startd"',
            help: 'Did you mean "Runtime.Started"?',
          });
          ctx.on("Runtime.KindDefinition.Initialized", listener);
          return {};
        },
      },
    },
    definitions: { Source: "events: [Changed]" },
  });
  kernel.on("Test.Source.Canged", () => {});
  // @ts-expect-error The compiler knows the runtime's events, too.
  assert.throws(() => kernel.on("Runtime.Loaded", () => {}), { code: "ERR_USAGE" });
  await kernel.load("runtime.yaml");
  await kernel.start();
  await kernel.stop();
  assert.deepEqual(logs.map(({ owner, message }) => `${owner}: ${message}`), [
    'kernel: Listens to "Canged" of Test.Source, which its definition does not list. ' +
    'Did you mean "Changed"?',
    'Test.Listener.l: Listens to "Chnged" of Test.Source, which its definition does not list. ' +
    'Did you mean "Changed"?',
    'Test.Listener.l: Listens to "Changed" of Test.Sorce.s, whose kind is not defined. ' +
    'Did you mean "Test.Source"?',
  ]);
});
