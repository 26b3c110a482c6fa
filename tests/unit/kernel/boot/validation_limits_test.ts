/** Validation that would take too long is refused where the schema or the value is written. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type DiglyError, isDiglyError } from "../../../../src/contract/errors.ts";
import { Kernel } from "../../../../src/kernel/kernel.ts";
import type { KernelOptions } from "../../../../src/kernel/options.ts";
import { embedded } from "../../../../src/generated/embedded.ts";
import { memoryPlatform } from "../../../../src/platform/memory.ts";
import { collect } from "../../documents.ts";
import { route, startHttpApp } from "../../modules/http_app.ts";

/** Every error that checking the app finds. */
async function check(
  files: Readonly<Record<string, string>>,
  options: Partial<KernelOptions> = {},
): Promise<readonly DiglyError[]> {
  const diagnostics = collect();
  const platform = memoryPlatform({ files, cwd: "/app" });
  const kernel = new Kernel({ platform, builtins: embedded, diagnostics, ...options });
  try {
    await kernel.load("runtime.yaml");
    await kernel.verify();
  } catch (error) {
    if (!isDiglyError(error)) throw error;
    diagnostics.error(error);
  }
  return diagnostics.errors;
}

const doubling = (levels: number, ref: (level: number) => string, last: string) =>
  Array.from({ length: levels }, (_, i) => {
    const below = i === 0 ? last : ref(i - 1);
    return { anyOf: [{ $ref: below }, { $ref: below }] };
  });

test("types that refer to each other twice are one error, however many there are", async () => {
  const types = doubling(30, (i) => `Data.Type.A${i}`, "Data.Type.Last")
    .map((schema, i) =>
      `---\nkind: Data.Type\nmetadata: { name: A${i} }\nschema: ${JSON.stringify(schema)}\n`
    );
  const last = "---\nkind: Data.Type\nmetadata: { name: Last }\nschema: { type: string }\n";
  const errors = await check({
    "/app/runtime.yaml": `name: App\nimports: [digly:data]\n${last}${types.join("")}`,
  });
  assert.deepEqual(errors.map(({ code }) => code), ["ERR_LIMIT_EXCEEDED"]);
  assert.equal((errors[0]!.details as { limit: string }).limit, "schemaNodes");
  assert.match(errors[0]!.help ?? "", /schemaNodes/);
  assert.ok((errors[0]!.origin?.line ?? 0) > 1);
});

const KINDS = (schema: object) =>
  `kind: Runtime.Definition\nmetadata: { name: Thing, resourceKind: Thing }\nschema: ${
    JSON.stringify(schema)
  }\n`;

test("a resource that cannot be checked in time is refused at its place", async () => {
  const [...levels] = doubling(30, (i) => `#/$defs/a${i}`, "#/$defs/last");
  const $defs = Object.fromEntries(levels.map((schema, i) => [`a${i}`, schema]));
  const schema = {
    properties: { a: { $ref: "#/$defs/a29" } },
    $defs: { ...$defs, last: { type: "string" } },
  };
  const [error, ...more] = await check({
    "/app/runtime.yaml":
      "name: App\ndefinitions: [kind.yaml]\n---\nkind: App.Thing\nmetadata: { name: a }\na: 1\n",
    "/app/kind.yaml": KINDS(schema),
  });
  assert.deepEqual(more, []);
  assert.equal(error?.code, "ERR_LIMIT_EXCEEDED");
  assert.equal(
    error?.message,
    "App.Thing.a: takes more than 5000000 steps to check against its schema",
  );
  assert.equal(error?.origin?.line, 4);
});

test("the limits of the kernel hold for resources", async () => {
  const files = {
    "/app/runtime.yaml":
      "name: App\ndefinitions: [kind.yaml]\n---\nkind: App.Thing\nmetadata: { name: a }\na: [1, 2, 3, 4, 5]\n",
    "/app/kind.yaml": KINDS({ properties: { a: { items: { type: "integer" } } } }),
  };
  assert.deepEqual(await check(files), []);
  const [error] = await check(files, { limits: { validationSteps: 3 } });
  assert.equal(error?.code, "ERR_LIMIT_EXCEEDED");
});

test("a body that cannot be checked in time is the client's mistake", async (t) => {
  const { url } = await startHttpApp(
    t,
    route(`
request:
  path: /
  method: POST
  schema: { body: { anyOf: [{ type: string }, { type: array, items: { $ref: "#" } }] } }
handler: Test.Handler.echo`),
    { limits: { validationSteps: 1_000 } },
  );
  const post = (value: unknown) =>
    fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(value),
    });
  assert.equal((await post([["a"]])).status, 200);
  const refused = await post(Array(2_000).fill("a"));
  assert.equal(refused.status, 400);
  assert.match(await refused.text(), /takes more than 1000 steps/);
});
