import assert from "node:assert/strict";
import { test } from "node:test";
import type { DiglyError } from "../../../../src/contract/errors.ts";
import type { ModuleCreateContext } from "../../../../src/contract/contexts.ts";
import type { Controller } from "../../../../src/contract/module.ts";
import type { RuntimeResource } from "../../../../src/contract/resource.ts";
import { app, resource } from "../../app.ts";

const DEFINITION = `scopes:
  count: { input: {} }
  level: { input: {} }
  list.*: { input: {} }
  steps.*.if: { steps: {}, input: {} }
  sql: { input: {} }
  deep: { input: {} }
  pick: { input: {} }
schema:
  type: object
  $defs:
    Percent: { type: integer, minimum: 0, maximum: 100 }
  properties:
    count: { type: integer, minimum: 1 }
    level: { enum: [low, high] }
    list: { type: array, items: { type: string, pattern: "^[a-z]+$" } }
    steps: { type: array, items: { type: object, properties: { if: { type: string } } } }
    sql: { type: string }
    deep: { $ref: "#/$defs/Percent" }
    pick: { anyOf: [{ type: boolean }, { type: object, required: [a] }] }
    port: { type: integer }`;

type Fields = Record<string, never>;

/** Boots an app with one resource, and gives what `use` makes of it. */
async function boot<T>(
  fields: string,
  use: (resource: RuntimeResource<Fields>, ctx: ModuleCreateContext) => T,
): Promise<T> {
  let result: { value: T } | undefined;
  const controller: Controller = {
    create(created, ctx) {
      result = { value: use(created as RuntimeResource<Fields>, ctx) };
      return {};
    },
  };
  const { kernel } = app({
    resources: resource("Thing", "a", fields),
    kinds: { Thing: controller },
    definitions: { Thing: DEFINITION },
  });
  await kernel.load("/app/runtime.yaml");
  await kernel.start();
  await kernel.stop();
  return result!.value;
}

/** Code, line, column and problem of the error that `run` throws. */
function failure(run: () => unknown): string {
  try {
    return `no error: ${JSON.stringify(run())}`;
  } catch (error) {
    const { code, origin, message } = error as DiglyError;
    return `${code} ${origin?.line}:${origin?.column} ${message.replace(/^.*? failed: /, "")}`;
  }
}

async function templateOf(fields: string, field: string) {
  return await boot(fields, (created, ctx) => ctx.template(created[field] as unknown));
}

test("a result that fits its field is what the template gives", async () => {
  const count = await templateOf("count: ${{ input + 1 }}", "count");
  assert.equal(count({ input: 2 }), 3);
  const list = await templateOf("list: [a, '${{ input }}']", "list");
  assert.deepEqual(list({ input: "bc" }), ["a", "bc"]);
  const pick = await templateOf("pick: ${{ input }}", "pick");
  assert.deepEqual(pick({ input: { a: 1 } }), { a: 1 });
  assert.equal(pick({ input: true }), true);
});

/** A field, what is passed as `input`, and the error. */
const MISFITS: readonly (readonly [fields: string, field: string, input: unknown, RegExp])[] = [
  [
    "count: ${{ input }}",
    "count",
    "x",
    /`count` must be an integer, and the result of its expression is a string/,
  ],
  ["count: ${{ input }}", "count", 0, /`count` must be at least 1/],
  [
    "count: ${{ input }}",
    "count",
    null,
    /`count` must be an integer, and the result of its expression is null/,
  ],
  ["level: ${{ input }}", "level", "middle", /`level` must be "low" or "high"/],
  ["list: [a, '${{ input }}']", "list", "A", /`list\[1\]` must match/],
  ["deep: ${{ input }}", "deep", 101, /`deep` must be at most 100/],
  ["pick: ${{ input }}", "pick", { b: 1 }, /`pick\.a` is missing in the result of its expression/],
];

for (const [fields, field, input, problem] of MISFITS) {
  test(`${fields} of ${JSON.stringify(input)} does not fit its field`, async () => {
    const template = await templateOf(fields, field);
    const text = failure(() => template({ input }));
    assert.match(text, /^ERR_EXECUTION_FAILED 7:\d+ /);
    assert.match(text, problem);
    assert.doesNotMatch(text, /101|middle/);
    // Hot code checks as well.
    for (let run = 0; run < 150; run++) failure(() => template({ input }));
    assert.match(failure(() => template({ input })), problem);
  });
}

test("what is undefined in a scope is null", async () => {
  const pick = await templateOf("pick: ${{ input == null }}", "pick");
  assert.equal(pick({ input: undefined }), true);
  const nested = await templateOf("pick: ${{ input.result == null }}", "pick");
  const has = await templateOf("pick: ${{ has(input.result) }}", "pick");
  const other = await templateOf("pick: ${{ input.?result.orValue(false) }}", "pick");
  for (let run = 0; run < 150; run++) {
    assert.equal(nested({ input: { result: undefined } }), true);
    assert.equal(has({ input: { result: undefined } }), false);
    assert.equal(other({ input: { result: undefined } }), false);
    assert.equal(pick({ input: undefined }), true);
  }
});

test("an integer that no number can hold is an error, at first and after many runs", async () => {
  const count = await templateOf("count: ${{ input * 2 }}", "count");
  const big = /an integer beyond 2\^53, which cannot be kept exactly/;
  for (let run = 0; run < 150; run++) {
    assert.match(failure(() => count({ input: Number.MAX_SAFE_INTEGER })), big);
    assert.equal(count({ input: 2 }), 4);
  }
});

test("a value waits only where the definition says so", async () => {
  const error = await boot("port: ${{ input.port }}", () => {}).then(String, (thrown) => thrown);
  assert.equal(error.code, "ERR_REFERENCE_UNRESOLVED");
  assert.match(error.message, /"input"/);
  assert.match(error.help, /count/);
});

test("a field that is an expression is compiled with the names of its scope", async () => {
  const condition = await boot(
    "steps: [{ if: 'steps.a.output > 3 && env.GREETING == \"hello\"' }]",
    ({ steps }, ctx) => ctx.expression<boolean>(steps![0]!["if"], ["steps", 0, "if"]),
  );
  for (let run = 0; run < 150; run++) {
    assert.equal(condition({ steps: { a: { output: 4 } } }), true);
    assert.equal(condition({ steps: { a: { output: 3 } } }), false);
  }
  assert.match(
    failure(() => condition({ steps: {} })),
    /^ERR_EXECUTION_FAILED 7:22 steps has no field "a"/,
  );
});

test("a field may hold the same expression with ${{ }}", async () => {
  const condition = await boot(
    "steps: [{ if: '${{ input > 3 }}' }]",
    ({ steps }, ctx) => ctx.expression<boolean>(steps![0]!["if"], ["steps", 0, "if"]),
  );
  assert.equal(condition({ input: 4 }), true);
});

test("a field that is not an expression, or uses another name, fails the boot at its place", async () => {
  const compile = (text: string) =>
    boot(`steps: [{ if: "${text}" }]`, ({ steps }, ctx) => {
      return failure(() => ctx.expression(steps![0]!["if"], ["steps", 0, "if"]));
    });
  assert.match(await compile("steps.a +"), /^ERR_COMPILATION_FAILED 7:\d+ The expression ends/);
  assert.match(await compile("stpes.a > 1"), /^ERR_REFERENCE_UNRESOLVED 7:16 Unknown name "stpes"/);
  assert.match(
    await boot("count: 1", (_, ctx) => failure(() => ctx.expression(3 as never, ["count"]))),
    /`count` must be an expression, and it is an integer/,
  );
});

test("a string is taken apart, and its values keep their types", async () => {
  const { texts, values } = await boot(
    "sql: SELECT ${{ input.a }}${{ input.b }} FROM ${{ env.GREETING }} -- ${{ string(input.a) }}!",
    ({ sql }, ctx) => ctx.parts(sql as never),
  );
  assert.deepEqual(texts, ["SELECT ", "", " FROM hello -- ", "!"]);
  const scope = { input: { a: 1, b: "'; DROP TABLE users" } };
  assert.deepEqual(values.map((value) => value(scope)), [1, "'; DROP TABLE users", "1"]);
  assert.match(failure(() => values[1]!({ input: {} })), /^ERR_EXECUTION_FAILED 7:37 input has no/);
});

test("a string without expressions, and one that is a single one, have parts too", async () => {
  const plain = await boot("sql: SELECT 1", ({ sql }, ctx) => ctx.parts(sql as never));
  assert.deepEqual(plain, { texts: ["SELECT 1"], offsets: [0], values: [] });
  const whole = await boot("sql: ${{ input }}", ({ sql }, ctx) => ctx.parts(sql as never));
  assert.deepEqual(whole.texts, ["", ""]);
  assert.deepEqual(whole.values[0]!({ input: [1] }), [1]);
  const wrong = await boot(
    "count: 3",
    ({ count }, ctx) => failure(() => ctx.parts(count as never)),
  );
  assert.match(wrong, /ctx\.parts\(\) takes a string, and it was given an integer/);
});

test("a controller learns which fields of a variable are read", async () => {
  const read = (text: string) =>
    boot(`sql: "${text}"`, ({ sql }, ctx) => ctx.fieldsRead([{ sql }], "input"));
  assert.deepEqual(
    await read("${{ input.a.b }} ${{ [1].map(x, input['c'] + x) }} ${{ env.GREETING }}"),
    new Set(["a", "c"]),
  );
  assert.deepEqual(
    await read("${{ has(input.a) && input.?d.orValue(1) == 1 }}"),
    new Set(["a", "d"]),
  );
  assert.deepEqual(await read("text"), new Set());
  for (const whole of ["${{ size(input) }}", "${{ input[env.GREETING] }}", "${{ json(input) }}"]) {
    assert.equal(await read(whole), undefined, whole);
  }
});
