import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DiglyError } from "../../../../src/contract/errors.ts";
import type { Controller } from "../../../../src/contract/module.ts";
import { app, type AppOptions, resource } from "../../app.ts";

const JOB = `
resources: [steps.*.resource, last]
schema:
  type: object
  properties:
    inputSchema: {}
    steps:
      type: array
      items:
        type: object
        properties: { name: { type: string }, resource: { type: [string, object] } }
        additionalProperties: false
    last: { type: object, format: digly-urn, diglyUrn: true, "digly:kind": [Test.Echo, Test.Job] }
    after: { type: string, format: digly-urn, "digly:ready": true }
  additionalProperties: false
scopes:
  steps.*.resource: { steps: { type: object, properties: { count: { type: integer } } } }
  steps.*.resource.text: { input: { $field: inputSchema } }
`;

const ECHO = `
schema:
  type: object
  required: [text]
  properties:
    text: { type: string }
    count: { type: integer, default: 7 }
    job: { type: string, format: digly-urn, "digly:ready": true }
    code: {}
  additionalProperties: false
scopes: { text: [mine] }
opaque: [code]
`;

/** An app of \`Test.Job\`, which executes what is written in its steps, and \`Test.Echo\`. */
function jobs(resources: string, options: Partial<AppOptions> = {}) {
  const job: Controller = {
    create(resource, ctx) {
      const steps = (resource["steps"] ?? []) as { resource?: unknown }[];
      const urns = steps.map(({ resource }, index) =>
        typeof resource === "string" ? resource : ctx.child(["steps", index, "resource"])
      );
      return {
        execute: async (input, { execute }) => {
          const results = [];
          for (const urn of urns) results.push(await execute(urn, input));
          return results;
        },
      };
    },
  };
  const echo: Controller = {
    create(resource, ctx) {
      const text = ctx.template(resource["text"]);
      return { execute: (input) => text({ mine: "my", input, steps: { count: 3 } }) };
    },
  };
  return app({
    resources,
    ...options,
    kinds: { Job: job, Echo: echo, ...options.kinds },
    definitions: { Job: JOB, Echo: ECHO, ...options.definitions },
  });
}

const job = (name: string, fields: string) => resource("Job", name, fields);

async function boot({ kernel }: ReturnType<typeof app>): Promise<void> {
  await kernel.load("/app");
  await kernel.start();
}

/** The errors that check reports, as code, line and message. */
async function check(resources: string, options: Partial<AppOptions> = {}) {
  const errors: DiglyError[] = [];
  const { kernel } = jobs(resources, {
    checking: true,
    diagnostics: { error: (error) => void errors.push(error), warning: () => {} },
    ...options,
  });
  await kernel.load("/app");
  await kernel.verify();
  return errors.map(({ code, origin, message }) => `${code} ${origin?.line} ${message}`);
}

const FIRST = "Test.Echo.Test:Job:j:steps:0:resource";

describe("a resource that is written inline", () => {
  test("is one of its own, executed by the URN that ctx.child gives", async () => {
    const recorded = jobs([
      job(
        "j",
        `steps:
  - resource: { kind: Test.Echo, text: "hello \${env.GREETING}" }
  - resource: { kind: Test.Echo, metadata: { name: named }, text: "\${{ mine }}-\${{ string(input) }}" }
  - resource: Test.Echo.other`,
      ),
      resource("Echo", "other", "text: other"),
    ].join("---\n"));
    await boot(recorded);
    const { kernel, story } = recorded;
    assert.deepEqual(await kernel.execute("Test.Job.j", 5), ["hello hello", "my-5", "other"]);
    assert.equal(await kernel.execute(FIRST), "hello hello");
    assert.equal(await kernel.execute("Test.Echo.named", 1), "my-1");
    assert.deepEqual(story().filter((line) => line.includes("Initialized")), [
      `Test.Echo.Initialized ${FIRST}`,
      "Test.Echo.Initialized Test.Echo.named",
      "Test.Job.Initialized Test.Job.j",
      "Test.Echo.Initialized Test.Echo.other",
    ]);
    const { resources } = await kernel.takeSnapshot();
    const [owner, inline] = resources;
    assert.deepEqual(owner?.needs, [FIRST, "Test.Echo.named"]);
    assert.deepEqual((owner?.data["steps"] as unknown[])[1], {
      resource: { kind: "Test.Echo", metadata: { name: "named" } },
    });
    assert.deepEqual(inline?.data, { text: "hello hello", count: 7 });
    assert.equal(inline?.metadata.uri, `file:///app/runtime.yaml#Test.Job.j/${FIRST}`);
  });

  test("is checked at its own lines, by its own schema", async () => {
    const errors = await check(
      job(
        "j",
        `steps:
  - resource:
      kind: Test.Echo
      txt: hello
  - resource: { text: x }
  - resource: { kind: Runtime.Definition, metadata: { resourceKind: X } }
last: { kind: Test.Other }`,
      ),
      { kinds: { Other: { create: () => ({}) } } },
    );
    assert.deepEqual(errors, [
      "ERR_MANIFEST_INVALID 11 The resource has no `kind`",
      "ERR_MANIFEST_INVALID 12 A resource of the kind Runtime.Definition cannot be written inline: it describes something to the runtime",
      "ERR_SCHEMA_VALIDATION 13 Test.Job.j: `last` must name a resource of the kind Test.Echo or Test.Job",
      `ERR_SCHEMA_VALIDATION 10 ${FIRST}: \`txt\` is not a known field; did you mean "text"?`,
    ]);
    assert.deepEqual(await check(job("j", "steps:\n  - resource: { kind: Test.Ech }")), [
      "ERR_CONTROLLER_NOT_FOUND 8 No controller found for resource: Test.Ech.Test:Job:j:steps:0:resource",
    ]);
  });

  test("sees the scopes of its kind, and those of its owner at that path, with their types", async () => {
    const step = (text: string) => `  - resource: { kind: Test.Echo, text: "\${{ ${text} }}" }\n`;
    const errors = await check(job(
      "j",
      "inputSchema: { type: object, required: [name], additionalProperties: false, properties: { name: { type: string } } }\n" +
        `steps:\n${
          step("string(steps.?count.orValue(1)) + mine + input.name") + step("nothing") +
          step("steps.cont") + step("input.nam")
        }`,
    ));
    assert.deepEqual(errors, [
      'ERR_REFERENCE_UNRESOLVED 10 Unknown name "nothing" in ${{ nothing }}',
      'ERR_EXPRESSION_TYPE 11 steps has no field "cont"',
      'ERR_EXPRESSION_TYPE 12 input has no field "nam"',
    ]);
    const { kernel } = jobs(job("j", `steps:\n${step("mine + string(steps.count)")}`));
    await kernel.load("/app");
    await kernel.start();
    assert.deepEqual(await kernel.execute("Test.Job.j"), ["my3"]);
  });

  test("fails at its own place when a value that its owner provides is missing", async () => {
    const late: Controller = {
      create: (resource, ctx) => {
        const text = ctx.template(resource["text"]);
        return { execute: () => text({}) };
      },
    };
    const { kernel } = jobs(
      job("j", 'steps:\n  - resource: { kind: Test.Late, text: "${{ steps.count + 1 }}" }'),
      { kinds: { Late: late } },
    );
    await kernel.load("/app");
    await kernel.start();
    const error = await kernel.execute("Test.Job.j").then(() => assert.fail(), (error) => error);
    assert.equal(error.code, "ERR_EXECUTION_FAILED");
    assert.equal(error.origin.line, 8);
    assert.equal(error.origin.column, 45);
  });

  test("keeps what is opaque in its own kind", async () => {
    const { kernel } = jobs(
      job("j", "steps:\n  - resource: { kind: Test.Echo, text: x, code: '${{ x }}' }"),
    );
    await kernel.load("/app");
    assert.equal(kernel.resources().at(-1)!["code"], "${{ x }}");
  });

  test("is generated by templates with its owner", async () => {
    const recorded = jobs(`kind: TemplateDefinition
metadata: { name: Pair }
schema: { properties: { texts: { type: array } } }
resources:
  - for: "text in texts"
    kind: Test.Job
    metadata: { name: "\${{ text }}" }
    steps:
      - resource: { kind: Test.Echo, text: "\${{ text }} \${{ mine }}", code: "\${{ raw }}" }
---
kind: App.Pair
metadata: { name: p }
texts: [a, b]
`);
    await boot(recorded);
    const { kernel } = recorded;
    assert.deepEqual(await kernel.execute("Test.Job.a"), ["a my"]);
    assert.deepEqual(await kernel.execute("Test.Echo.Test:Job:b:steps:0:resource"), "b my");
    const inline = kernel.resources().find(({ kind }) => kind === "Test.Echo");
    assert.equal(inline?.metadata.generationDepth, 1);
    assert.equal(inline?.["code"], "${{ raw }}");
  });

  test("of a template is refused at its kind", async () => {
    const errors = await check(
      "kind: TemplateDefinition\nmetadata: { name: Pair }\nresources: []\n---\n" +
        job("j", "last: { kind: App.Pair }"),
    );
    assert.equal(errors.length, 1);
    assert.match(
      errors[0]!,
      /^ERR_MANIFEST_INVALID 11 .*cannot be written inline: it is a template/,
    );
  });

  test("may contain others, ten levels deep", async () => {
    const nested = (levels: number): string =>
      levels === 0
        ? "{ kind: Test.Echo, text: deep }"
        : `{ kind: Test.Job, steps: [{ resource: ${nested(levels - 1)} }] }`;
    const recorded = jobs(job("j", `last: ${nested(9)}\nsteps: [{ resource: ${nested(3)} }]`));
    await boot(recorded);
    assert.deepEqual(await recorded.kernel.execute("Test.Job.j"), [[[["deep"]]]]);
    const errors = await check(job("j", `last: ${nested(10)}`));
    assert.deepEqual(errors, [
      "ERR_LIMIT_EXCEEDED 7 Inline resources nest more than 10 levels deep",
    ]);
  });

  test("is not a second mistake in a duplicate, and cannot have the name of another", async () => {
    const one = job("j", "steps:\n  - resource: { kind: Test.Echo, text: x }");
    assert.deepEqual(await check(`${one}---\n${one}`), [
      "ERR_DUPLICATE_RESOURCE 11 Two resources are named Test.Job.j",
    ]);
    const named = "last: { kind: Test.Echo, metadata: { name: same }, text: x }";
    assert.deepEqual(await check([job("a", named), job("b", named)].join("---\n")), [
      "ERR_DUPLICATE_RESOURCE 11 Two resources are named Test.Echo.same",
    ]);
  });

  test("orders the boot: a cycle with its owner is an error", async () => {
    const [error] = await check(job("j", "last: { kind: Test.Echo, text: x, job: Test.Job.j }"));
    assert.match(
      error!,
      /^ERR_REFERENCE_CYCLE 7 .*: Test\.Job\.j → Test\.Echo\.Test:Job:j:last → Test\.Job\.j$/,
    );
  });

  test("may be part of what a controller registers", async () => {
    const recorded = jobs(resource("Maker", "m"), {
      kinds: {
        Maker: {
          create(_resource, ctx) {
            ctx.registerResource({
              kind: "Test.Job",
              metadata: { name: "made" },
              steps: [{ resource: { kind: "Test.Echo", text: "${{ text }}" } }],
            });
            return {};
          },
        },
      },
    });
    await boot(recorded);
    assert.deepEqual(await recorded.kernel.execute("Test.Job.made"), ["${{ text }}"]);
  });

  test("is distinguished from a reference where its field takes both", async () => {
    const { kernel } = jobs([
      job("a", "last: { kind: Test.Echo, name: e, inputs: 1 }"),
      job("b", "last: { kind: Test.Echo, metadata: {}, text: x }"),
      resource("Echo", "e", "text: y"),
    ].join("---\n"));
    await kernel.load("/app");
    const last = (name: string) =>
      kernel.registry.get("Test.Job")!.get(name)!["last"] as Record<string, unknown>;
    assert.deepEqual(last("a"), { kind: "Test.Echo", name: "e", inputs: 1 });
    assert.deepEqual(last("b"), { kind: "Test.Echo", metadata: { name: "Test:Job:b:last" } });
  });

  test("is what ctx.child asks for, and nothing else", async () => {
    const recorded = jobs(resource("Asker", "a", "field: { kind: Test.Echo, text: x }"), {
      kinds: { Asker: { create: (_resource, ctx) => ({ execute: () => ctx.child(["field"]) }) } },
    });
    await boot(recorded);
    await assert.rejects(recorded.kernel.execute("Test.Asker.a"), {
      code: "ERR_RESOURCE_INVALID",
      message: "Test.Asker.a: no resource is written inline at `field`",
    });
  });

  test("may be written at any depth, with the names that are known there", async () => {
    const tree = `
resources: [steps.**.resource]
schema:
  type: object
  properties: { inputSchema: {}, steps: { $ref: "#/$defs/steps" } }
  $defs:
    steps: { type: array, items: { properties: { name: {}, resource: {}, catch: { $ref: "#/$defs/steps" } } } }
scopes:
  steps.**.resource: { input: { $field: inputSchema }, name: { $field: steps.**.name } }
  steps.**.catch.**.resource:
    steps: { type: object, properties: { count: { type: integer } }, additionalProperties: false }
`;
    const resources = job(
      "j",
      `inputSchema: { type: object, properties: { id: { type: string } } }
steps:
  - resource: { kind: Test.Echo, text: "\${{ input.idd }}" }
  - name: { type: integer }
    catch:
      - resource: { kind: Test.Echo, text: "\${{ steps.count + 'a' }}" }
        name: { type: boolean }
        catch:
          - resource: { kind: Test.Echo, text: "\${{ name ? mine : steps.total }}" }
            name: { type: boolean }`,
    );
    assert.deepEqual(await check(resources, { definitions: { Job: tree } }), [
      'ERR_EXPRESSION_TYPE 9 input has no field "idd"',
      'ERR_EXPRESSION_TYPE 12 "+" does not take an integer and a string',
      'ERR_EXPRESSION_TYPE 15 steps has no field "total"',
    ]);
  });

  test("needs a path that the schema of its owner has", async () => {
    const errors = await check(job("j", ""), {
      definitions: {
        Job: JOB.replace("resources: [steps.*.resource", "resources: [step.*.resource"),
      },
    });
    assert.match(errors[0]!, /"step\.\*\.resource" in `resources` leads to nothing/);
  });
});
