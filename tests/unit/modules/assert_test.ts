import assert from "node:assert/strict";
import { test } from "node:test";
import { bootApp, TestClock } from "../../../testing.ts";

const SCRIPTS = `---
kind: JavaScript.Script
metadata: { name: Sum }
inputSchema: { type: array, items: { type: integer } }
code: |
  async function main(items, ctx) {
    await ctx.emit("Order.Placed", { id: items[0], items });
    return { total: items.reduce((sum, item) => sum + item, 0), items };
  }
---
kind: JavaScript.Script
metadata: { name: NotFound }
code: |
  function main(id, ctx) {
    throw ctx.fail("Order.NotFound", "There is no order " + id, { status: 404, data: { id } });
  }
`;

function manifest(resources: string): string {
  return `name: Test\nimports: [digly:assert, digly:javascript, digly:core]\n---\n${resources}\n${SCRIPTS}`;
}

/** Runs an app until its assertions are made: its exit code, and the messages of its errors. */
async function run(resources: string): Promise<{ code: number; errors: string[] }> {
  const app = await bootApp({ manifest: manifest(resources) });
  await Promise.race([app.kernel.waitUntilIdle(), app.kernel.waitForExitRequest()]);
  const { exitCode, errors } = await app.stop();
  assert.deepEqual(app.logs, []);
  return {
    code: exitCode,
    errors: errors.map(({ code, message }) => `${code}: ${message}`),
  };
}

/** The message of the check or the boot that refuses an app. */
function refusal(resources: string): Promise<string> {
  return bootApp({ manifest: manifest(resources) }).then(
    () => "none",
    ({ message, help }) => `${message} (${help})`,
  );
}

const VALUE = `kind: Assert.Value
metadata: { name: A }
execute: JavaScript.Script.Sum
inputs: [1, 2]
`;

test("conditions that are true end the app with 0, false ones with 1 and the values of their parts", async () => {
  assert.deepEqual(await run(`${VALUE}expect: [value.total == 3, "size(value.items) == 2"]`), {
    code: 0,
    errors: [],
  });
  const { code, errors } = await run(`${VALUE}expect:
  - value.total == 3
  - value.total * 2 == 7
  - value.items == [1, 3]
  - value.missing > 1
  - value.total`);
  assert.equal(code, 1);
  assert.deepEqual(errors, [
    `Assert.Failed: \`value.total * 2 == 7\` is false
  value.total * 2 is 6
  value.total is 3
\`value.items == [1, 3]\` is false
  value.items is [1,2]
  difference:
    [1]: 2, expected 3
\`value.missing > 1\` cannot be evaluated: value has no field "missing"
  value is {"total":3,"items":[1,2]}
\`value.total\` is neither true nor false
  value.total is 3`,
  ]);
});

test("the error points at the first condition that is not true", async () => {
  const app = await bootApp({
    manifest: manifest(`${VALUE}expect: [value.total == 3, value.total < 1]`),
  });
  await assert.rejects(app.execute("Assert.Value.A"), (error: { origin?: { column: number } }) => {
    assert.equal(error.origin?.column, "expect: [value.total == 3, ".length + 1);
    return true;
  });
  await app.stop();
});

test("`equals` shows where a value differs", async () => {
  const value = "kind: Assert.Value\nmetadata: { name: A }\nvalue: { a: 1, b: [1, 2] }\n";
  assert.equal((await run(`${value}equals: { b: [1, 2], a: 1 }`)).code, 0);
  assert.deepEqual((await run(`${value}equals: { a: 1, b: [1, 3], c: x }`)).errors, [
    `Assert.Failed: The value is not equal to the expected one
  .b[1]: 2, expected 3
  .c: missing, expected "x"`,
  ]);
});

test("an assertion without a subject is made of the input of each execution, and not at the start", async () => {
  await using app = await bootApp({
    manifest: manifest(
      "kind: Assert.Value\nmetadata: { name: A }\nexpect: value.n > 1 && input.n < 9",
    ),
  });
  assert.deepEqual(await app.execute("Assert.Value.A", { n: 2 }), { n: 2 });
  await assert.rejects(app.execute("Assert.Value.A", { n: 1 }), {
    code: "Assert.Failed",
    message: "`value.n > 1 && input.n < 9` is false\n  value.n is 1",
  });
});

test("an execution that fails is a failed assertion", async () => {
  const { code, errors } = await run(
    VALUE.replace("Sum", "NotFound") + "expect: value.total == 1",
  );
  assert.equal(code, 1);
  assert.deepEqual(errors, [
    "Assert.Failed: JavaScript.Script.NotFound failed: There is no order 1,2",
  ]);
});

test("a schema lists everything that does not match", async () => {
  const schema = VALUE.replace("Value", "Schema");
  assert.equal(
    (await run(`${schema}schema: { required: [total], properties: { total: { type: integer } } }`))
      .code,
    0,
  );
  const { code, errors } = await run(
    `${schema}schema:
  required: [total, itemz]
  properties: { total: { type: string }, items: { items: { const: 1 } } }`,
  );
  assert.equal(code, 1);
  assert.match(errors[0]!, /^Assert\.Failed: The value does not match the schema\n/);
  assert.match(errors[0]!, /^ {2}value.total must be a string, and is 3$/m);
  assert.match(errors[0]!, /^ {2}value.itemz is missing$/m);
  assert.match(errors[0]!, /^ {2}value.items\[1\] must be 1, and is 2$/m);
});

const THROWS = `kind: Assert.Throws
metadata: { name: A }
execute: JavaScript.Script.NotFound
inputs: 7
`;

test("an execution that fails as expected is a success", async () => {
  const expect = "expect: [error.status == 404, error.data.id == input]\n";
  assert.equal((await run(`${THROWS}code: Order.NotFound\nmessage: no order`)).code, 0);
  assert.equal((await run(THROWS)).code, 0);
  assert.deepEqual((await run(THROWS + expect)).errors, [
    "Assert.Failed: `error.data.id == input` is false\n  error.data.id is 7\n  input is null",
  ]);
  const wrongInput = THROWS.replace("NotFound", "Sum");
  assert.equal((await run(`${wrongInput}code: ERR_INPUT_INVALID`)).code, 0);
});

test("an execution that fails otherwise, or not at all, is not", async () => {
  assert.deepEqual((await run(`${THROWS}code: Order.Gone`)).errors, [
    `Assert.Failed: JavaScript.Script.NotFound failed with another code than Order.Gone
  code: Order.NotFound
  message: There is no order 7`,
  ]);
  assert.match((await run(`${THROWS}message: gone`)).errors[0]!, /does not contain "gone"/);
  const succeeds = THROWS.replace("NotFound", "Sum").replace("7", "[7]");
  assert.deepEqual((await run(succeeds)).errors, [
    'Assert.Failed: JavaScript.Script.Sum did not fail\n  its result is {"total":7,"items":[7]}',
  ]);
});

const EVENTS = `kind: Assert.Events
metadata: { name: A }
events:
  - Runtime.Started
  - JavaScript.Script.Executing
  - { event: Order.*, payload: { id: 1 }, source: JavaScript.Script.Sum }
  - Runtime.Stopping
---
${VALUE}expect: value.total == 3
`;

test("events are matched in order and in part", async () => {
  assert.deepEqual(await run(EVENTS), { code: 0, errors: [] });
  const { code, errors } = await run(EVENTS.replace("id: 1", "id: 2"));
  assert.equal(code, 1);
  assert.match(
    errors[0]!,
    /^Assert\.Failed: The event Order\.\* with .* \(3 of 4\) was not emitted after JavaScript.Script.Executing\n {2}the last Order\.Placed differs:\n {4}\.payload\.id: 1, expected 2\n {2}emitted instead: Order\.Placed, JavaScript\.Script\.Executed/,
  );
  const swapped = EVENTS.replace("  - Runtime.Started\n", "").replace(
    "  - Runtime.Stopping",
    "  - Runtime.Started",
  );
  assert.match(
    (await run(swapped)).errors[0]!,
    /The event Runtime\.Started \(3 of 3\) was not emitted/,
  );
});

test("events must come within a time", async () => {
  const clock = new TestClock();
  const app = await bootApp({
    manifest: manifest(
      "kind: Assert.Events\nmetadata: { name: A }\nevents: [Order.Placed]\nwithin: 5s",
    ),
    clock,
  });
  let exits = 0;
  const exit = app.kernel.waitForExitRequest().then((code) => exits += code);
  await clock.advance(4_999);
  assert.equal(exits, 0);
  await clock.advance(1);
  await exit;
  assert.equal(exits, 1);
  const { errors, exitCode } = await app.stop();
  assert.equal(exitCode, 1);
  assert.deepEqual(errors.map(({ code }) => code), ["Assert.Failed"]);
});

test("wrong fields are found before anything runs", async () => {
  assert.match(await refusal(`${VALUE}value: 1\nexpect: "true"`), /both `value` and `execute`/);
  assert.match(
    await refusal("kind: Assert.Value\nmetadata: { name: A }\ninputs: 1\nexpect: '1 == 1'"),
    /`inputs` needs `execute`/,
  );
  assert.match(await refusal(`${VALUE}expect: [valu.total == 1]`), /Unknown name "valu".*"value"/);
  assert.match(await refusal(`${THROWS}expect: 1 +`), /ends too early/);
  assert.match(await refusal(EVENTS.replace("Runtime.Started", "Runtime.Strated")), /no event/);
  assert.match(await refusal(EVENTS.replace("Runtime.Stopping", "Runtime.Stopped")), /not emitted/);
  assert.match(await refusal(VALUE), /needs `expect` or `equals`/);
});
