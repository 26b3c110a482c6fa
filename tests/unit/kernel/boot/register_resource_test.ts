import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DiglyError } from "../../../../src/contract/errors.ts";
import type { Limits } from "../../../../src/contract/limits.ts";
import type { ModuleCreateContext } from "../../../../src/contract/contexts.ts";
import { app, resource } from "../../app.ts";

/** An app whose Maker.m does something with its context when it is created. */
function maker(
  make: (ctx: ModuleCreateContext, times: number) => unknown,
  options: Partial<Parameters<typeof app>[0]> = {},
) {
  let times = 0;
  return app({
    resources: resource("Maker", "m"),
    kinds: {
      Maker: {
        create(_resource, ctx) {
          const made = make(ctx, times++);
          return (made === undefined ? {} : made) as object | null;
        },
      },
      Thing: { create: ({ port }) => ({ execute: () => port }) },
    },
    definitions: {
      Thing: "schema: { type: object, properties: { port: { type: integer, default: 80 } } }",
    },
    ...options,
  });
}

async function failure(promise: Promise<unknown>): Promise<DiglyError> {
  return await promise.then(() => assert.fail("it did not fail"), (error) => error);
}

const thing = (name: string, fields: Record<string, unknown> = {}) => ({
  kind: "Test.Thing",
  metadata: { name },
  ...fields,
});

describe("a resource that a controller registers", () => {
  test("is registered at once, checked, and booted in the same pass", async () => {
    const { kernel, story } = maker((ctx) => {
      ctx.registerResource(thing("made", { port: 81 }));
      assert.equal(ctx.isInitialized("Test.Thing.made"), false);
      assert.deepEqual(ctx.getResources("Test.Thing").map(({ metadata }) => metadata.name), [
        "made",
      ]);
    });
    await kernel.load("/app");
    await kernel.start();
    assert.deepEqual(story().slice(2), [
      "Resource.Registered Test.Maker.m",
      "Runtime.Starting",
      "Resource.Registered Test.Thing.made",
      "Test.Maker.Initialized Test.Maker.m",
      "Test.Thing.Initialized Test.Thing.made",
      "Runtime.Started",
    ]);
    assert.equal(await kernel.execute("Test.Thing.made"), 81);
  });

  test("bears the lineage of the one that made it, ten levels deep", async () => {
    const { kernel } = app({
      resources: resource("Step", "s1"),
      kinds: {
        Step: {
          create({ metadata: { name } }, ctx) {
            const step = Number(name.slice(1));
            if (step < 11) {
              ctx.registerResource({ kind: "Test.Step", metadata: { name: `s${step + 1}` } });
            }
            return {};
          },
        },
      },
    });
    await kernel.load("/app");
    await kernel.start();
    const made = kernel.registry.get("Test.Step")!;
    assert.equal(made.size, 11);
    assert.equal(
      made.get("s3")!.metadata.uri,
      "file:///app/runtime.yaml#Test.Step.s1/Test.Step.s2/Test.Step.s3",
    );
    assert.equal(made.get("s11")!.metadata.generationDepth, 10);
  });

  test("is frozen, filled with defaults, and its strings are text", async () => {
    const { kernel } = maker((ctx) => {
      const manifest = thing("made", { text: "${{ env.GREETING }} ${1 + 1}", list: [1] });
      ctx.registerResource(manifest);
      (manifest as Record<string, unknown>)["list"] = "changed later";
    });
    await kernel.load("/app");
    await kernel.start();
    const made = kernel.registry.get("Test.Thing")!.get("made")!;
    assert.equal(made["text"], "${{ env.GREETING }} ${1 + 1}");
    assert.deepEqual(made["list"], [1]);
    assert.equal(made["port"], 80);
    assert.ok(Object.isFrozen(made) && Object.isFrozen(made["list"]));
  });

  test("is expanded where its kind is a template's", async () => {
    const { kernel } = maker((ctx) => {
      ctx.registerResource({ kind: "App.Pair", metadata: { name: "p" }, prefix: "p", port: 7 });
    }, {
      resources: resource("Maker", "m") + `---
kind: TemplateDefinition
metadata: { name: Pair }
schema: { type: object, properties: { prefix: { type: string }, port: { type: integer } } }
resources:
  - for: i in [1, 2]
    kind: Test.Thing
    metadata: { name: "\${{ prefix }}-\${{ i }}" }
    port: \${{ port + i }}
`,
    });
    await kernel.load("/app");
    await kernel.start();
    assert.equal(await kernel.execute("Test.Thing.p-2"), 9);
    const { uri, generationDepth } = kernel.registry.get("Test.Thing")!.get("p-1")!.metadata;
    assert.equal(uri, "file:///app/runtime.yaml#Test.Maker.m/App.Pair.p/Test.Thing.p-1");
    assert.equal(generationDepth, 2);
  });

  test("wakes those that wait for it", async () => {
    const { kernel, story } = maker((ctx, times) => {
      if (times === 0) ctx.registerResource(thing("made"));
      return ctx.isInitialized("Test.Thing.made") ? {} : null;
    });
    await kernel.load("/app");
    await kernel.start();
    assert.equal(story().at(-2), "Test.Maker.Initialized Test.Maker.m");
  });
});

describe("registering a resource fails", () => {
  const refused: Readonly<Record<string, readonly [unknown, RegExp]>> = {
    "without a name": [{ kind: "Test.Thing" }, /metadata/],
    "that exists": [{ kind: "Test.Maker", metadata: { name: "m" } }, /Test\.Maker\.m/],
    "of an unknown kind": [{ kind: "Test.Thin", metadata: { name: "x" } }, /Test\.Thin\.x/],
    "that breaks its schema": [thing("x", { port: "none" }), /`port` must be an integer/],
    "that holds a function": [thing("x", { run: () => {} }), /not data \(function\)/],
    "that holds itself": [
      (() => {
        const manifest = thing("x") as Record<string, unknown>;
        manifest["self"] = manifest;
        return manifest;
      })(),
      /contains itself/,
    ],
    "with a URI of its own": [
      { kind: "Test.Thing", metadata: { name: "x", uri: "here" } },
      /metadata\.uri/,
    ],
  };
  for (const [what, [manifest, says]] of Object.entries(refused)) {
    test(`for one ${what}`, async () => {
      const { kernel } = maker((ctx) => ctx.registerResource(manifest as never));
      await kernel.load("/app");
      const error = await failure(kernel.start());
      assert.match(error.message, says);
      assert.equal(error.origin?.file, "/app/runtime.yaml");
    });
  }

  test("once the app has started", async () => {
    let ctx: ModuleCreateContext | undefined;
    const { kernel } = maker((context) => void (ctx = context));
    await kernel.load("/app");
    await kernel.start();
    assert.throws(() => ctx!.registerResource(thing("late")), /only until Runtime\.Started/);
    await kernel.stop();
  });

  test("for a chain of more than ten", async () => {
    const { kernel } = endless(1);
    await kernel.load("/app");
    const error = await failure(kernel.start());
    assert.equal(error.code, "ERR_LIMIT_EXCEEDED");
    const chain = Array.from({ length: 12 }, (_, step) => `Test.Step.s${"_0".repeat(step)}`);
    assert.equal(
      error.message,
      `Resources that controllers register nest more than 10 levels deep: ${chain.join(" → ")}`,
    );
    assert.deepEqual([error.origin?.file, error.origin?.line], ["/app/runtime.yaml", 5]);
    assert.match(error.help!, /`registrationDepth`/);
  });

  test("for a chain longer than a limit of the app's own", async () => {
    const { kernel } = endless(1, { registrationDepth: 2 });
    await kernel.load("/app");
    assert.match((await failure(kernel.start())).message, /more than 2 levels deep/);
  });

  test("for more resources than an app may have, in one chain or side by side", async () => {
    const { kernel } = endless(5, { resources: 50 });
    await kernel.load("/app");
    const error = await failure(kernel.start());
    assert.equal(error.code, "ERR_LIMIT_EXCEEDED");
    assert.match(error.message, /exceeds 50 resources/);
  });
});

/** An app whose resources each register `fanOut` more. */
function endless(fanOut: number, limits: Partial<Limits> = {}) {
  return app({
    resources: resource("Step", "s"),
    kinds: {
      Step: {
        create({ metadata: { name } }, ctx) {
          for (let i = 0; i < fanOut; i++) {
            ctx.registerResource({ kind: "Test.Step", metadata: { name: `${name}_${i}` } });
          }
          return {};
        },
      },
    },
    limits,
  });
}

describe("the boot makes ten passes", () => {
  /** A resource that is ready at its `nth` creation, and registers another each time before. */
  function late(nth: number) {
    let times = 0;
    return maker((ctx) => {
      if (++times >= nth) return {};
      ctx.registerResource(thing(`made${times}`));
      return null;
    });
  }

  test("and a resource that is ready in the tenth boots", async () => {
    const { kernel } = late(10);
    await kernel.load("/app");
    await kernel.start();
    assert.equal(kernel.registry.get("Test.Thing")!.size, 9);
    await kernel.stop();
  });

  test("and no more, whatever controllers register meanwhile", async () => {
    const { kernel } = late(11);
    await kernel.load("/app");
    const error = await failure(kernel.start());
    assert.equal(error.code, "ERR_CONTROLLER_NOT_FOUND");
    assert.match(error.message, /Test\.Maker\.m \(its controller kept returning null\)/);
    assert.equal(kernel.registry.get("Test.Thing")!.size, 10);
  });
});
