import assert from "node:assert/strict";
import { test } from "node:test";
import { isDiglyError } from "../../../../src/contract/errors.ts";
import type { ModuleCreateContext } from "../../../../src/contract/contexts.ts";
import type {
  Call,
  Context,
  InterceptMatch,
  Interceptor,
} from "../../../../src/contract/execution.ts";
import { app, resource } from "../../app.ts";

/** An app with the resources `Test.Echo.a`, `Test.Echo.b`, `Test.Caller.c` and a `Test.Around.x`. */
function intercepted(around: (ctx: ModuleCreateContext) => void, extra = "") {
  return app({
    kinds: {
      Around: {
        create(_, ctx) {
          around(ctx);
          return {};
        },
      },
      Echo: { create: () => ({ execute: (input) => input }) },
      Caller: {
        create: () => ({
          execute: (input: unknown, ctx: Context) => ctx.execute("Test.Echo.a", input),
        }),
      },
    },
    resources: [
      resource("Around", "x"),
      resource("Echo", "a", "label: shown"),
      resource("Echo", "b"),
      resource("Caller", "c"),
      extra,
    ].filter(Boolean).join("---\n"),
  });
}

test("interceptors run in the order of their registration, and the first is the outermost", async () => {
  const story: string[] = [];
  const named = (name: string): Interceptor => async (_, next) => {
    story.push(`${name} before`);
    const result = await next();
    story.push(`${name} after`);
    return `${name}(${result})`;
  };
  const { kernel } = intercepted((ctx) => {
    ctx.intercept({ kinds: ["Test.Echo"] }, named("one"));
    ctx.intercept({ urns: ["Test.Echo.a"] }, named("two"));
  });
  await kernel.load("/app");
  await kernel.start();
  assert.equal(await kernel.execute("Test.Echo.a", 1), "one(two(1))");
  assert.deepEqual(story, ["one before", "two before", "two after", "one after"]);
  assert.equal(await kernel.execute("Test.Echo.b", 1), "one(1)");
  assert.equal(await kernel.execute("Test.Caller.c", 1), "one(two(1))", "nested executions, too");
  await kernel.stop();
});

test("patterns name kinds, those that extend them, prefixes and resources", async () => {
  const cases: [InterceptMatch, string[]][] = [
    [{}, ["Test.Echo.a", "Test.Echo.b", "Test.Caller.c", "Shop.Echo.d"]],
    [{ kinds: ["*"] }, ["Test.Echo.a", "Test.Echo.b", "Test.Caller.c", "Shop.Echo.d"]],
    [{ kinds: ["Test.*"] }, ["Test.Echo.a", "Test.Echo.b", "Test.Caller.c", "Shop.Echo.d"]],
    [{ kinds: ["Test.Echo"] }, ["Test.Echo.a", "Test.Echo.b", "Shop.Echo.d"]],
    [{ kinds: ["Shop.Echo"] }, ["Shop.Echo.d"]],
    [{ urns: ["Test.Echo.*"] }, ["Test.Echo.a", "Test.Echo.b"]],
    [{ kinds: ["Test.Caller"], urns: ["Test.Echo.b"] }, ["Test.Echo.b", "Test.Caller.c"]],
    [{ kinds: [] }, []],
  ];
  const derived = "kind: Runtime.KindDefinition\nmetadata: { name: Shop.Echo }\n" +
    "extends: Test.Echo\n---\nkind: Shop.Echo\nmetadata: { name: d }\n";
  for (const [match, expected] of cases) {
    const seen = new Set<string>();
    const { kernel } = intercepted((ctx) => {
      ctx.intercept(match, (call, next) => {
        seen.add(call.urn);
        return next();
      });
    }, derived);
    await kernel.load("/app");
    await kernel.start();
    for (const urn of ["Test.Echo.a", "Test.Echo.b", "Test.Caller.c", "Shop.Echo.d"]) {
      await kernel.execute(urn, 1);
    }
    assert.deepEqual([...seen], expected, JSON.stringify(match));
    await kernel.stop();
  }
});

test("a call has its resource and context, and an input that may be replaced", async () => {
  const calls: Call[] = [];
  const { kernel } = intercepted((ctx) => {
    ctx.intercept({ urns: ["Test.Echo.a"] }, (call, next) => {
      calls.push(call);
      call.input = `${call.input}!`;
      return next();
    });
    ctx.intercept({ urns: ["Test.Echo.a"] }, (call, next) => {
      call.input = `<${call.input}>`;
      return next();
    });
  });
  await kernel.load("/app");
  await kernel.start();
  assert.equal(await kernel.execute("Test.Echo.a", "hi", { values: { user: "Ada" } }), "<hi!>");
  const [call] = calls as [Call];
  assert.deepEqual([call.urn, call.kind, call.resource["label"]], [
    "Test.Echo.a",
    "Test.Echo",
    "shown",
  ]);
  assert.equal(call.ctx.values["user"], "Ada");
  assert.throws(() => Object.assign(call.resource, { label: "changed" }), TypeError);
  await kernel.stop();
});

test("a module sees of other modules' resources kind and metadata only", async () => {
  const seen: unknown[] = [];
  const { kernel } = intercepted(() => {});
  kernel.register({
    name: "Other",
    register(ctx) {
      ctx.intercept({ kinds: ["Test.Echo"] }, (call, next) => {
        seen.push(Object.keys(call.resource));
        return next();
      });
    },
  });
  await kernel.load("/app");
  await kernel.start();
  await kernel.execute("Test.Echo.a", 1);
  assert.deepEqual(seen, [["kind", "metadata"]]);
  await kernel.stop();
});

test("next may be called again, or not at all", async () => {
  let failures = 2;
  const { kernel } = intercepted((ctx) => {
    ctx.intercept({ urns: ["Test.Echo.a"] }, async (_, next) => {
      for (;;) {
        try {
          return await next();
        } catch (error) {
          assert.ok(isDiglyError(error) && error.code === "ERR_EXECUTION_FAILED");
        }
      }
    });
    ctx.intercept({ urns: ["Test.Echo.a"] }, (_, next) => {
      if (failures-- > 0) throw new Error("not yet");
      return next();
    });
    ctx.intercept({ urns: ["Test.Echo.b"] }, () => "from the cache");
  });
  await kernel.load("/app");
  await kernel.start();
  assert.equal(await kernel.execute("Test.Echo.a", 7), 7);
  assert.equal(await kernel.execute("Test.Echo.b", 7), "from the cache");
  await kernel.stop();
});

test("what an interceptor throws is the error of the execution, with the chain", async () => {
  const { kernel } = intercepted((ctx) => {
    ctx.intercept({ kinds: ["Test.Echo"] }, () => {
      throw new Error("not allowed");
    });
  });
  await kernel.load("/app");
  await kernel.start();
  await assert.rejects(kernel.execute("Test.Caller.c"), (error) => {
    assert.ok(isDiglyError(error));
    assert.equal(error.message, "Executing Test.Echo.a failed: not allowed");
    assert.deepEqual((error.details as { chain?: unknown }).chain, [
      "Test.Caller.c",
      "Test.Echo.a",
    ]);
    assert.equal(error.origin?.line, 9);
    return true;
  });
  await kernel.stop();
});

test("an interceptor ends with its function, and with its resource", async () => {
  let end = () => {};
  let count = 0;
  const { kernel } = intercepted((ctx) => {
    end = ctx.intercept({}, (_, next) => {
      count++;
      return next();
    });
  });
  await kernel.load("/app");
  await kernel.start();
  await kernel.execute("Test.Echo.a");
  end();
  end();
  await kernel.execute("Test.Echo.a");
  assert.equal(count, 1);
  await kernel.stop();
});

test("a controller that returns null does not intercept twice", async () => {
  let attempts = 0;
  let count = 0;
  const { kernel } = app({
    kinds: {
      Late: {
        create(_, ctx) {
          ctx.intercept({}, (__, next) => {
            count++;
            return next();
          });
          return ++attempts < 3 ? null : {};
        },
      },
      // Another resource makes progress in each pass, so the boot continues.
      Slow: { create: (_, ctx) => ctx.isInitialized("Test.Echo.a") && attempts > 1 ? {} : null },
      Echo: { create: () => ({ execute: (input) => input }) },
    },
    resources: [
      resource("Late", "l"),
      resource("Slow", "s"),
      resource("Echo", "a"),
    ].join("---\n"),
  });
  await kernel.load("/app");
  await kernel.start();
  await kernel.execute("Test.Echo.a");
  assert.equal(attempts, 3);
  assert.equal(count, 1);
  await kernel.stop();
});

test("wrong patterns are errors, and names that do not exist are warnings", async () => {
  const wrong: [unknown, unknown, RegExp][] = [
    [undefined, () => {}, /first argument must be an object/],
    [{}, undefined, /second argument must be a function, not undefined/],
    [{ kind: ["Test.Echo"] }, () => {}, /`kind` is not a valid key/],
    [{ kinds: "Test.Echo" }, () => {}, /`kinds` must be a list of strings/],
    [{ kinds: ["*.Echo"] }, () => {}, /"\*\.Echo" is not a valid pattern in `kinds`/],
    [{ urns: [7] }, () => {}, /7 is not a valid pattern in `urns`/],
  ];
  const { kernel, logs } = intercepted((ctx) => {
    for (const [match, around, message] of wrong) {
      assert.throws(() => ctx.intercept(match as InterceptMatch, around as Interceptor), {
        code: "ERR_EXECUTION_FAILED",
        message,
      });
    }
    ctx.intercept(
      { kinds: ["Test.Ecko"], urns: ["Test.Echo.A1", "Test.Echo.b"] },
      (_, next) => next(),
    );
  });
  await kernel.load("/app");
  await kernel.start();
  assert.deepEqual(logs.map(({ level, owner, message }) => `${level} ${owner}: ${message}`), [
    "warn Test.Around.x: Intercepts executions of Test.Ecko, which is not a kind of the app. " +
    'Did you mean "Test.Echo"?',
    "warn Test.Around.x: Intercepts executions of Test.Echo.A1, which does not exist. " +
    'Did you mean "Test.Echo.a"?',
  ]);
  await kernel.stop();
});
