/** Roles: what a process with a role creates, resolves and imports, and what `check` says of them. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DiglyError } from "../../../src/contract/errors.ts";
import type { Controller } from "../../../src/contract/module.ts";
import { app, type AppOptions, resource } from "../app.ts";
import { memoryNetwork, NET_DEFINITION } from "./memory_transport.ts";

const ROLES = `
roles:
  gateway: { runs: ["Test.Front.*"] }
  worker: { runs: ["Test.Job.*"], labels: { tier: heavy } }
`;

const net = (roles = ROLES, fields = "") => resource("Net", "Main", `${fields}${roles}`);
const echo: Controller = { create: () => ({ execute: (input) => input }) };

function node(roles: readonly string[], resources: string, options: Partial<AppOptions> = {}) {
  const { kinds, definitions, ...rest } = options;
  return app({
    resources,
    kinds: { Net: memoryNetwork().controller, Job: echo, Front: echo, ...kinds },
    definitions: { Net: NET_DEFINITION, ...definitions },
    roles,
    ...rest,
  });
}

async function started(recorded: ReturnType<typeof app>) {
  await recorded.kernel.load("/app/runtime.yaml");
  await recorded.kernel.start();
  return recorded;
}

/** What `check` reports: errors, and warnings after a dash. */
async function problems(roles: readonly string[], resources: string) {
  const found: string[] = [];
  const { kernel } = node(roles, resources, {
    checking: true,
    diagnostics: {
      error: ({ message, help, origin }) =>
        void found.push(
          `${origin?.path ?? ""} ${message}${help === undefined ? "" : ` (${help})`}`,
        ),
      warning: ({ message }) => void found.push(`- ${message}`),
    },
  });
  await kernel.load("/app/runtime.yaml");
  await kernel.verify();
  return found;
}

describe("roles", () => {
  test("a node creates what it runs and what no role names", async () => {
    const resources = [net(), resource("Job", "a"), resource("Front", "b"), resource("Free", "c")];
    const { kernel, story } = await started(
      node(["worker"], resources.join("---\n"), { kinds: { Free: echo } }),
    );
    const created = story().filter((line) => line.includes(".Initialized"));
    assert.deepEqual(created, [
      "Test.Job.Initialized Test.Job.a",
      "Test.Free.Initialized Test.Free.c",
    ]);
    await kernel.stop();
  });

  test("labels place a resource, and inline ones run with their owner", async () => {
    const heavy = "kind: Test.Free\nmetadata: { name: c, labels: { tier: heavy, team: a } }\n";
    const resources = [net(), heavy, resource("Owner", "o", "step: { kind: Test.Free }")];
    const owner = "resources: [step]\nschema: { type: object, properties: { step: {} } }";
    const { kernel, story } = await started(
      node(["gateway"], resources.join("---\n").replace("Test.Front.*", "Test.Owner.*"), {
        kinds: { Free: echo, Owner: echo },
        definitions: { Owner: owner },
      }),
    );
    const created = story().filter((line) => line.includes(".Initialized"));
    assert.deepEqual(created.map((line) => line.split(".")[1]), ["Free", "Owner"]);
    assert.ok(!created.some((line) => line.endsWith("Test.Free.c")));
    await kernel.stop();
  });

  test("without a role nothing connects, and the transport needs no values", async () => {
    const network = memoryNetwork();
    const secret = "secret: ${{ env.NET_SECRET }}\n";
    const { kernel } = await started(
      node([], [net(ROLES, secret), resource("Job", "a")].join("---\n"), {
        kinds: { Net: network.controller },
      }),
    );
    assert.deepEqual(network.steps, []);
    assert.equal(await kernel.execute("Test.Job.a", 1), 1);
    await kernel.stop();
  });

  test("a node needs only the values of what it runs", async () => {
    const resources = [
      net(),
      resource("Job", "a", "key: ${{ env.JOB_SECRET }}"),
      resource("Front", "b"),
    ];
    const gateway = await started(node(["gateway"], resources.join("---\n")));
    await gateway.kernel.stop();
    const worker = node(["worker"], resources.join("---\n"));
    await assert.rejects(worker.kernel.load("/app/runtime.yaml"), /JOB_SECRET is not set/);
  });

  test("what a resource of this node reads of another one is evaluated here", async () => {
    const resources = [
      net(),
      resource("Job", "a", "key: ${{ env.GREETING + '!' }}"),
      resource("Front", "b", "text: ${{ Test.Job.a.key }}"),
    ];
    const { kernel } = await started(node(["gateway"], resources.join("---\n")));
    assert.equal(kernel.registry.get("Test.Front")!.get("b")!["text"], "hello!");
    await kernel.stop();
  });

  test("a node imports only the controllers of what it runs", async () => {
    const broken = node(["gateway"], [net(), resource("Job", "a")].join("---\n"), {
      kinds: { Job: {} },
    });
    await started(broken);
    await broken.kernel.stop();
    // A controller that no runtime here fits is one of another node, too.
    const misfit = node(
      ["gateway"],
      [net(), resource("Odd", "a")].join("---\n").replace("Test.Job.*", "Test.Odd.*"),
      {
        definitions: { Odd: "controllers: [{ runtime: node@>=99, entrypoint: ./odd.ts }]" },
      },
    );
    await started(misfit);
    await misfit.kernel.stop();
    const here = node(["worker"], [net(), resource("Job", "a")].join("---\n"), {
      kinds: { Job: {} },
    });
    await here.kernel.load("/app/runtime.yaml");
    await assert.rejects(here.kernel.start(), { code: "ERR_MODULE_INVALID" });
  });

  test("the transport opens first, drains first and closes last", async () => {
    const { controller, steps } = memoryNetwork();
    const recorded: Controller = {
      create: () => ({
        init: () => void steps.push("init"),
        start: () => void steps.push("start"),
        drain: () => void steps.push("drain"),
        teardown: () => void steps.push("teardown"),
      }),
    };
    const { kernel } = await started(
      node(["worker"], [net(), resource("Job", "a")].join("---\n"), {
        kinds: { Net: controller, Job: recorded },
      }),
    );
    await kernel.stop();
    assert.deepEqual(steps, [
      "open worker",
      "init",
      "start",
      "serve worker",
      "drain worker",
      "drain",
      "teardown",
      "close worker",
    ]);
  });

  test("a boot that fails closes the connection", async () => {
    const { controller, steps } = memoryNetwork();
    const failing: Controller = {
      create() {
        throw new Error("no");
      },
    };
    const { kernel } = node(["worker"], [net(), resource("Job", "a")].join("---\n"), {
      kinds: { Net: controller, Job: failing },
    });
    await kernel.load("/app/runtime.yaml");
    await assert.rejects(kernel.start(), { code: "ERR_CREATE_FAILED" });
    assert.deepEqual(steps, ["open worker", "drain worker", "close worker"]);
  });

  test("an interceptor runs once, where its resource is", async () => {
    const { controller } = memoryNetwork();
    const seen: string[] = [];
    const make = (role: string) =>
      node(
        [role],
        [net(), resource("Job", "a"), resource("Front", "b"), resource("Free", "c")].join("---\n"),
        {
          kinds: {
            Net: controller,
            Free: {
              create(_, ctx) {
                ctx.intercept(
                  { kinds: ["Test.Job"] },
                  (_call, next) => (seen.push(`free ${role}`), next()),
                );
                return {};
              },
            },
            Front: {
              create(_, ctx) {
                ctx.intercept(
                  { kinds: ["Test.Job"] },
                  (_call, next) => (seen.push(`front ${role}`), next()),
                );
                return {};
              },
            },
          },
        },
      );
    const worker = await started(make("worker"));
    const gateway = await started(make("gateway"));
    assert.equal(await gateway.kernel.execute("Test.Job.a", 1), 1);
    assert.deepEqual(seen, ["front gateway", "free worker"]);
    await gateway.kernel.stop();
    await worker.kernel.stop();
  });

  test("a resource may depend on one of another node, but not use its api", async () => {
    const ready =
      "schema: { type: object, properties: { needs: { type: string, format: digly-urn, 'digly:ready': true } } }";
    const resources = [net(), resource("Job", "a"), resource("Front", "b", "needs: Test.Job.a")]
      .join("---\n");
    const plain = await started(node(["gateway"], resources, { definitions: { Front: ready } }));
    await plain.kernel.stop();
    const using = node(["gateway"], resources, {
      definitions: { Front: ready },
      kinds: { Front: { create: (_, ctx) => ({ api: ctx.use("Test.Job.a") }) } },
    });
    await using.kernel.load("/app/runtime.yaml");
    await assert.rejects(using.kernel.start(), (error: DiglyError) => {
      assert.match(error.message, /runs in another process, of the role worker/);
      assert.equal(error.origin?.path, "$.needs");
      return true;
    });
  });

  test("a process with a role is not reloaded", async () => {
    const { kernel } = await started(node(["worker"], [net(), resource("Job", "a")].join("---\n")));
    await assert.rejects(kernel.reload(), /A process with a role cannot be reloaded/);
    assert.equal(await kernel.execute("Test.Job.a", 1), 1);
    await kernel.stop();
  });

  test("check reports rules that overlap, name nothing, or are of no role", async () => {
    const jobs = [resource("Job", "a"), resource("Job", "b"), resource("Front", "c")];
    const check = (roles: string, own: readonly string[] = []) =>
      problems(own, [net(roles), ...jobs].join("---\n"));
    assert.deepEqual(await check(ROLES), []);
    assert.deepEqual(
      await check(
        'roles:\n  one: { runs: ["Test.Job.*"] }\n  two: { runs: ["Test.Job.a", "Test.Job.b"] }',
      ),
      [
        "$.roles.two.runs[0] Test.Net.Main: Test.Job.a is claimed by the roles one and two (A resource runs in one role: make one of the two rules narrower)",
        "$.roles.two.runs[1] Test.Net.Main: Test.Job.b is claimed by the roles one and two (A resource runs in one role: make one of the two rules narrower)",
      ],
    );
    assert.deepEqual(
      await check('roles: { one: { runs: ["Test.Jov.*", "Test.Job.bb", "Sql.*"] } }'),
      [
        '$.roles.one.runs[0] Test.Net.Main: No resource matches "Test.Jov.*" (Did you mean "Test.Job.*"?)',
        '$.roles.one.runs[1] Test.Net.Main: No resource is named "Test.Job.bb" (Did you mean "Test.Job.b"?)',
        '- No resource matches "Sql.*"',
      ],
    );
    assert.deepEqual(await check(ROLES, ["wrker"]), [
      ' The app has no role "wrker" (Did you mean "worker"?)',
    ]);
    assert.deepEqual(await problems(["worker"], resource("Job", "a")), [
      ' The app has no roles, and this process is to have the role "worker" (Import digly:cluster, and declare the roles in a resource of the kind Cluster.Nats)',
    ]);
    assert.match(
      (await problems([], [net(), resource("Net", "Other")].join("---\n"))).join("\n"),
      /Test\.Net\.Main joins the processes of the app already/,
    );
  });

  test("check asks for the values of the transport only for a role, and checks the rest", async () => {
    const check = (roles: readonly string[], field: string) =>
      problems(
        roles,
        [net(ROLES, field), resource("Job", "a"), resource("Front", "c")].join("---\n"),
      );
    const secret = "secret: ${{ env.NET_SECRET }}\n";
    assert.deepEqual(await check([], secret), []);
    assert.match((await check(["worker"], secret)).join(), /^\$\.secret .*NET_SECRET is not set/);
    // What is wrong in every environment is reported without a role, too.
    assert.match((await check([], "secret: 7\n")).join(), /must be a string/);
    assert.match((await check([], "secret: ${{ evn.NET_SECRET }}\n")).join(), /evn/);
  });

  test("the generation is that of the manifests, whatever the environment", async () => {
    const generations: string[] = [];
    const { controller } = memoryNetwork();
    const spy: Controller = {
      connect(resource, cluster, ctx) {
        generations.push(cluster.generation);
        return controller.connect!(resource, cluster, ctx);
      },
    };
    const boot = async (role: string, greeting: string, extra = "") => {
      const resources = [net(), resource("Job", "a", `key: \${{ env.GREETING }}\n${extra}`)];
      const recorded = node([role], resources.join("---\n"), {
        kinds: { Net: spy },
        env: { GREETING: greeting },
      });
      await started(recorded);
      await recorded.kernel.stop();
    };
    await boot("worker", "one");
    await boot("gateway", "two");
    await boot("gateway", "two", "more: 1");
    assert.equal(generations[0], generations[1]);
    assert.notEqual(generations[1], generations[2]);
    assert.match(generations[0]!, /^[\da-f]{16}$/);
  });
});
