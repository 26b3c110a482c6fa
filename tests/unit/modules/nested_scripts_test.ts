/** Scripts that execute each other: a failure keeps its own error. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type DiglyError, isDiglyError } from "../../../mod.ts";
import { bootApp, type TestApp } from "../../../testing.ts";

let app: TestApp;

before(async () => {
  app = await bootApp({
    manifest: `
      name: App
      imports: [digly:javascript]
      ---
      kind: JavaScript.Script
      metadata: { name: Call }
      code: |
        async function main(name, ctx) {
          return await ctx.execute("JavaScript.Script." + name);
        }
      ---
      kind: JavaScript.Script
      metadata: { name: Broken }
      code: |
        function main() {
          throw new TypeError("no paper");
        }
      ---
      kind: JavaScript.Script
      metadata: { name: Typed }
      inputSchema: { type: integer }
      code: function main(input) { return input }
      ---
      kind: JavaScript.Script
      metadata: { name: Careful }
      code: |
        async function main(input, ctx) {
          const onError = ({ code }) => code;
          return [
            await ctx.execute("JavaScript.Script.Broken", 1, { onError }),
            await ctx.execute("JavaScript.Script.Typed", "x").catch(onError),
          ];
        }
    `,
  });
});

after(() => app.stop());

async function failure(name: string): Promise<DiglyError> {
  const error = await app.execute("JavaScript.Script.Call", name)
    .then(() => assert.fail("it did not fail"), (thrown) => thrown);
  assert(isDiglyError(error));
  return error;
}

test("an error in a nested script shows that script, its line, and the chain of executions", async () => {
  const error = await failure("Broken");
  assert.equal(error.message, "Executing JavaScript.Script.Broken failed: no paper");
  assert.deepEqual([error.origin?.path, error.origin?.line, error.origin?.column], [
    "$.code",
    15,
    11,
  ]);
  assert.ok(error.cause instanceof TypeError);
  assert.deepEqual((error as DiglyError<"ERR_EXECUTION_FAILED">).details.chain, [
    "JavaScript.Script.Call",
    "JavaScript.Script.Broken",
  ]);
});

test("any other error passes through a script unchanged", async () => {
  assert.equal((await failure("Typed")).code, "ERR_INPUT_INVALID");
  const unknown = await failure("Brokn");
  assert.equal(unknown.code, "ERR_RESOURCE_NOT_FOUND");
  assert.match(unknown.help!, /JavaScript\.Script\.Broken/);
});

test("a script can handle the failure of another", async () => {
  assert.deepEqual(await app.execute("JavaScript.Script.Careful"), [
    "ERR_EXECUTION_FAILED",
    "ERR_INPUT_INVALID",
  ]);
});
