import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DiglyError } from "../../../../src/contract/errors.ts";
import type { ModuleCreateContext } from "../../../../src/contract/contexts.ts";
import type { Controller, ResourceInstance } from "../../../../src/contract/module.ts";
import { app, type AppOptions, resource } from "../../app.ts";

/** The fields of `Test.Node`: what must be ready, what need not be, and lists of both. */
const NODE = `
schema:
  type: object
  properties:
    needs: { type: string, format: digly-urn, "digly:ready": true }
    knows: { type: string, format: digly-urn }
    all: { type: array, items: { $ref: "#/$defs/needed" } }
    handler: { type: [string, object], format: digly-urn, diglyUrn: true, "digly:ready": true }
    named: { type: object, additionalProperties: { $ref: "#/$defs/needed" } }
    store: { type: string, format: digly-urn, "digly:kind": Test.Store, "digly:ready": true }
    either: { type: string, format: digly-urn, "digly:kind": [Test.Store, Test.Other] }
  $defs:
    needed: { type: string, format: digly-urn, "digly:ready": true }
scopes: { needs: [request] }
`;

/** An app of `Test.Node`, `Test.Store` and `Test.Other`, which records the steps of its instances. */
function nodes(resources: string, options: Partial<AppOptions> = {}) {
  const steps: string[] = [];
  const controller: Controller = {
    create({ metadata: { name } }) {
      steps.push(`create ${name}`);
      return {
        init: () => void steps.push(`init ${name}`),
        teardown: () => void steps.push(`teardown ${name}`),
      };
    },
  };
  const recorded = app({
    resources,
    ...options,
    kinds: { Node: controller, Store: controller, Other: controller, ...options.kinds },
    definitions: { Node: NODE, ...options.definitions },
  });
  return { ...recorded, steps };
}

const node = (name: string, fields = "") => resource("Node", name, fields);
const needs = (name: string, needed: string) => node(name, `needs: Test.Node.${needed}`);

async function boot({ kernel }: ReturnType<typeof app>): Promise<void> {
  await kernel.load("/app");
  await kernel.start();
}

async function failure(recorded: ReturnType<typeof app>): Promise<DiglyError> {
  return await boot(recorded).then(() => assert.fail("it did not fail"), (error) => error);
}

/** The places of an error and of what it relates to. */
function lines({ origin, related }: DiglyError): (number | undefined)[] {
  return [origin?.line, ...(related ?? []).map((one) => one.origin.line)];
}

describe("fields that are digly:ready", () => {
  test("order the boot and, in reverse, the teardown", async () => {
    const recorded = nodes([needs("a", "b"), needs("b", "c"), node("c"), node("d")].join("---\n"));
    await boot(recorded);
    await recorded.kernel.stop();
    assert.deepEqual(recorded.steps, [
      ...["c", "b", "a", "d"].flatMap((name) => [`create ${name}`, `init ${name}`]),
      ...["d", "a", "b", "c"].map((name) => `teardown ${name}`),
    ]);
  });

  test("keep the order of the files where they say nothing", async () => {
    const recorded = nodes([node("a", "knows: Test.Node.b"), node("b"), node("c")].join("---\n"));
    await boot(recorded);
    assert.deepEqual(
      recorded.steps.filter((step) => step.startsWith("create")),
      ["create a", "create b", "create c"],
    );
  });

  test("are found in lists, maps, references and maps that name a resource", async () => {
    const recorded = nodes([
      node("a", "all: [Test.Node.b, Test.Node.c]\nnamed: { x: Test.Node.d }"),
      node("b", "handler: { kind: Test.Node, name: e, inputs: { x: 1 } }"),
      node("c"),
      node("d"),
      node("e"),
    ].join("---\n"));
    await boot(recorded);
    const created = recorded.steps.filter((step) => step.startsWith("create"));
    assert.deepEqual(created, ["e", "b", "c", "d", "a"].map((name) => `create ${name}`));
  });

  test("are those of the kind that serves a derived kind, too", async () => {
    const recorded = nodes([
      "kind: Runtime.KindDefinition\nmetadata: { name: App.Special }\nextends: Test.Node\n" +
      "schema: { type: object, properties: { needs: { type: string }, more: {} } }\n",
      "kind: App.Special\nmetadata: { name: a }\nneeds: Test.Node.b\n",
      node("b"),
    ].join("---\n"));
    await boot(recorded);
    assert.deepEqual(recorded.steps.slice(0, 3), ["create b", "init b", "create a"]);
  });

  test("boot a chain of 1,000 in one pass", async () => {
    const chain = Array.from(
      { length: 1_000 },
      (_, i) => i === 999 ? node("n999") : needs(`n${i}`, `n${i + 1}`),
    );
    const recorded = nodes(chain.join("---\n"), { logSteps: true });
    await boot(recorded);
    assert.equal(recorded.steps[0], "create n999");
    assert.equal(recorded.steps.length, 2_000);
    const passes = recorded.logs.filter(({ message }) => message.startsWith("Boot pass"));
    assert.deepEqual(
      passes.map(({ message }) => message),
      ["Boot pass 1: 1000 resources to create"],
    );
  });

  test("wait for a resource whose controller is not ready", async () => {
    const asked: string[] = [];
    let times = 0;
    const recorded = nodes([needs("a", "b"), node("b"), node("c")].join("---\n"), {
      kinds: {
        Node: {
          create({ metadata: { name } }) {
            asked.push(name);
            return name === "b" && times++ === 0 ? null : {};
          },
        },
      },
    });
    await boot(recorded);
    assert.deepEqual(asked, ["b", "c", "b", "a"], "a was not asked while b was not ready");
  });

  test("make a cycle an error with its chain and the places of the fields", async () => {
    const resources = [needs("a", "b"), needs("b", "c"), needs("c", "a"), needs("d", "a")];
    const error = await failure(nodes(resources.join("---\n")));
    assert.equal(error.code, "ERR_REFERENCE_CYCLE");
    assert.match(
      error.message,
      /before they are created: Test\.Node\.a → Test\.Node\.b → Test\.Node\.c → Test\.Node\.a$/,
    );
    assert.deepEqual(lines(error), [7, 11, 15]);
    const self = await failure(nodes(needs("a", "a")));
    assert.equal(self.code, "ERR_REFERENCE_CYCLE");
    assert.match(self.message, /Test\.Node\.a needs itself/);
  });

  test("are checked for cycles and kinds by check, each once", async () => {
    const errors: DiglyError[] = [];
    const resources = [
      needs("a", "b"),
      needs("b", "a"),
      node("c", "store: Test.Node.a"),
      node("d", "either: Test.Node.c"),
    ];
    const { kernel } = nodes(resources.join("---\n"), {
      checking: true,
      diagnostics: { error: (error) => void errors.push(error), warning: () => {} },
    });
    await kernel.load("/app");
    await kernel.verify();
    assert.deepEqual(errors.map(({ code, origin }) => [code, origin?.line]), [
      ["ERR_SCHEMA_VALIDATION", 15],
      ["ERR_SCHEMA_VALIDATION", 19],
      ["ERR_REFERENCE_CYCLE", 7],
    ]);
  });

  test("cannot wait for an execution", async () => {
    const error = await failure(nodes(node("a", 'needs: "${{ request.body }}"')));
    assert.equal(error.code, "ERR_RESOURCE_INVALID");
    assert.match(error.message, /`needs` waits for an execution/);
    assert.deepEqual(lines(error), [7]);
  });

  test("order what controllers register, too", async () => {
    const recorded = nodes(resource("Maker", "m"), {
      kinds: {
        Maker: {
          create(_resource, ctx) {
            const register = (name: string, fields = {}) =>
              ctx.registerResource({ kind: "Test.Node", metadata: { name }, ...fields });
            register("a", { needs: "Test.Node.b" });
            register("b", { needs: "Test.Maker.m" });
            return {};
          },
        },
      },
    });
    await boot(recorded);
    assert.deepEqual(recorded.steps, ["create b", "init b", "create a", "init a"]);
  });

  test("let init execute what they name", async () => {
    const answers: unknown[] = [];
    const { kernel } = nodes([needs("a", "b"), node("b")].join("---\n"), {
      kinds: {
        Node: {
          create: ({ metadata: { name }, needs: needed }, ctx) => ({
            async init() {
              if (needed !== undefined) answers.push(await ctx.execute(String(needed)));
            },
            execute: () => name,
          }),
        },
      },
    });
    await kernel.load("/app");
    await kernel.start();
    assert.deepEqual(answers, ["b"]);
  });
});

describe("digly:kind", () => {
  test("accepts the kind and those that extend it", async () => {
    await boot(nodes([
      "kind: Runtime.KindDefinition\nmetadata: { name: App.Disk }\nextends: Test.Store\n",
      "kind: App.Disk\nmetadata: { name: d }\n",
      node("a", "store: App.Disk.d"),
      node("b", "store: Test.Store.s\neither: Test.Other.o"),
      resource("Store", "s"),
      resource("Other", "o"),
    ].join("---\n")));
  });

  test("rejects others at their place, with the nearest that fits", async () => {
    const error = await failure(nodes([
      node("a", "store: Test.Node.orders"),
      node("orders"),
      resource("Store", "orders"),
      resource("Store", "users"),
    ].join("---\n")));
    assert.equal(error.code, "ERR_SCHEMA_VALIDATION");
    assert.match(
      error.message,
      /Test\.Node\.a: `store` must name a resource of the kind Test\.Store$/,
    );
    assert.equal(error.help, 'Did you mean "Test.Store.orders"?');
    assert.deepEqual(lines(error), [7]);
    const none = await failure(nodes([node("a", "store: Test.Node.b"), node("b")].join("---\n")));
    const help =
      "There is no resource of the kind Test.Store: add one, in this file or in one that " +
      "`resources` lists";
    assert.equal(none.help, help);
    const missing = await failure(nodes(node("a", "store: Test.Store.x")));
    assert.match(missing.message, /does not name a resource$/);
    const near = [node("a", "store: Test.Store.order"), node("order"), resource("Store", "orders")];
    assert.equal(
      (await failure(nodes(near.join("---\n")))).help,
      'Did you mean "Test.Store.orders"?',
    );
  });

  test("of an unknown kind, or beside no reference, is a mistake of the definition", async () => {
    const definition = (keywords: string) =>
      failure(nodes(node("a"), {
        definitions: { Node: `schema: { properties: { store: { ${keywords} } } }` },
      }));
    const unknown = await definition('format: digly-urn, "digly:kind": Test.Stor');
    assert.equal(unknown.code, "ERR_SCHEMA_VALIDATION");
    assert.match(unknown.message, /Test\.Node is invalid: "Test\.Stor" is not a known kind/);
    assert.equal(unknown.help, 'Did you mean "Test.Store"?');
    assert.equal(unknown.origin?.file, "/app/test/Node.yaml");
    const none = await definition('type: string, "digly:ready": true');
    assert.match(none.message, /`digly:ready` has no effect on a field that is not a reference/);
    const misspelt = await definition('format: digly-urn, "digly:redy": true');
    assert.match(misspelt.message, /"digly:redy" is not a keyword of Digly/);
    assert.equal(misspelt.help, 'Did you mean "digly:ready"?');
    const wrong = await definition('format: digly-urn, "digly:ready": 1');
    assert.match(wrong.message, /`digly:ready` must be true or false/);
  });
});

describe("ctx.use", () => {
  /** An app whose `Test.Node.a` uses a resource in its `create`. */
  function user(fields: string, use: (ctx: ModuleCreateContext) => unknown) {
    const used: unknown[] = [];
    const recorded = nodes(
      [node("a", fields), resource("Store", "s"), resource("Store", "t")].join("---\n"),
      {
        kinds: {
          Node: {
            create(_resource, ctx) {
              used.push(use(ctx));
              return {};
            },
          },
          Store: {
            create({ metadata: { name } }): ResourceInstance {
              if (name === "t") return {};
              let api: { get(): number } | undefined;
              return {
                init: () => void (api = { get: () => 7 }),
                get api() {
                  return api;
                },
              };
            },
          },
        },
      },
    );
    return { recorded, used };
  }

  test("gives the api of a resource in a field that is ready", async () => {
    const { recorded, used } = user(
      "store: Test.Store.s",
      (ctx) => ctx.use<{ get(): number }>("Test.Store.s").get(),
    );
    await boot(recorded);
    assert.deepEqual(used, [7]);
  });

  test("names both resources and the field that would need it", async () => {
    const use = (urn: string) => (ctx: ModuleCreateContext) => ctx.use(urn);
    const notReady = await failure(user("knows: Test.Store.s", use("Test.Store.s")).recorded);
    assert.equal(notReady.code, "ERR_CREATE_FAILED");
    assert.match(
      notReady.message,
      /Test\.Node\.a failed: it uses Test\.Store\.s, which its field `knows` names, but that field is not `digly:ready`/,
    );
    assert.match(notReady.help!, /Add `digly:ready: true` to `knows` in the schema of Test\.Node/);
    assert.deepEqual(lines(notReady), [7]);
    const unnamed = await failure(user("", use("Test.Store.s")).recorded);
    assert.match(unnamed.message, /it uses Test\.Store\.s, which none of its fields names/);
    const missing = await failure(user("", use("Test.Store.x")).recorded);
    assert.match(missing.message, /it uses Test\.Store\.x, which does not exist/);
    assert.equal(missing.help, 'Did you mean "Test.Store.s"?');
    const without = await failure(user("store: Test.Store.t", use("Test.Store.t")).recorded);
    assert.match(without.message, /it uses Test\.Store\.t, which provides no `api`/);
  });
});

describe("ctx.waitFor", () => {
  test("gives null, and shows what each resource waited for", async () => {
    const recorded = app({
      resources: [resource("Thing", "a"), resource("Thing", "b")].join("---\n"),
      kinds: {
        Thing: {
          create: ({ metadata: { name } }, ctx) =>
            ctx.waitFor(name === "a" ? "Test.Thing.b" : "Test.Thing.x"),
        },
      },
      logSteps: true,
    });
    const error = await failure(recorded);
    assert.equal(error.code, "ERR_CONTROLLER_NOT_FOUND");
    assert.match(
      error.message,
      /Test\.Thing\.a \(its controller kept returning null, waiting for Test\.Thing\.b\)/,
    );
    assert.match(
      error.message,
      /Test\.Thing\.b \(its controller kept returning null, waiting for Test\.Thing\.x\)/,
    );
    assert.match(error.help!, /^No resource is named Test\.Thing\.x/);
    assert.ok(
      recorded.logs.some(({ message }) =>
        message === "Test.Thing.a waits for Test.Thing.b until the next pass"
      ),
    );
  });

  test("forgets what an earlier pass waited for", async () => {
    let isFirst = true;
    const recorded = app({
      resources: [resource("Thing", "a"), resource("Thing", "b")].join("---\n"),
      kinds: {
        Thing: {
          create({ metadata: { name } }, ctx) {
            if (name === "b") return {};
            const waited = isFirst ? "Test.Thing.b" : "Test.Thing.c";
            isFirst = false;
            return ctx.waitFor(waited);
          },
        },
      },
    });
    const { message } = await failure(recorded);
    assert.match(message, /Test\.Thing\.a \(its .* waiting for Test\.Thing\.c\)$/);
  });
});
