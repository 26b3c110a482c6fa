/** Scripts with `isolate: process`. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { bootApp, type TestApp } from "../../../../testing.ts";

let app: TestApp;

before(async () => {
  app = await bootApp({
    manifest: `
      name: App
      imports: [digly:javascript]
      ---
      kind: JavaScript.Script
      metadata: { name: P }
      isolate: process
      limits: { time: 60s }
      code: |
        let executions = 0;
        const actions = {
          context: (ctx) => Object.keys(ctx).sort().join(),
          count: () => ++executions,
          environment: () => Object.keys(process.env).join(),
          thrown: () => null.foo,
          coded: (ctx) => {
            throw ctx.fail("Order.NotFound", "There is no such order", { status: 404, data: { id: 7 } });
          },
          call: (ctx) => ctx.execute("JavaScript.Script.Echo", { a: 1 }),
          failingCall: (ctx) => ctx.execute("JavaScript.Script.Broken"),
          nested: (ctx) => ctx.execute("JavaScript.Script.P", "count"),
          exit: () => process.exit(3),
          notData: () => ({ a: [() => 1] }),
          print: () => { process.stdout.write("{}\\n"); console.log("printed"); return "printed"; },
        };
        async function main(action, ctx) { return await actions[action](ctx); }
      ---
      kind: JavaScript.Script
      metadata: { name: Late }
      isolate: process
      limits: { time: 200ms }
      code: |
        async function main(action, ctx) {
          if (action === "loop") for (;;);
          if (action === "never") return new Promise(() => setInterval(() => {}, 1000));
        }
      ---
      kind: JavaScript.Script
      metadata: { name: Large }
      isolate: process
      limits: { time: 60s, memory: 64MiB }
      code: function main() { const all = []; for (;;) all.push(new Array(100_000).fill(Math.random())); }
      ---
      kind: JavaScript.Script
      metadata: { name: Echo }
      code: function main(input) { return input }
      ---
      kind: JavaScript.Script
      metadata: { name: Broken }
      code: function main() { throw new Error("broken") }
    `,
  });
});

after(() => app.stop());

interface Problem {
  readonly code: string;
  readonly message: string;
  readonly details?: unknown;
  readonly origin?: { readonly path: string };
}

function failure(name: string, input?: unknown): Promise<Problem> {
  return app.execute(`JavaScript.Script.${name}`, input).then(
    (result) => assert.fail(`it did not fail, but gave ${JSON.stringify(result)}`),
    (error) => error as Problem,
  );
}

const execute = (action: string) => app.execute("JavaScript.Script.P", action);

test("a process has a small context and few variables, and serves several executions", async () => {
  assert.equal(await execute("context"), "execute,fail,log,urn");
  assert.match(String(await execute("environment")), /PATH/);
  assert.doesNotMatch(String(await execute("environment")), /NODE_TEST_CONTEXT|npm_/);
  const [first, second] = [await execute("count"), await execute("count")];
  assert.equal(second, Number(first) + 1);
  assert.equal(await execute("print"), "printed");
});

test("a process executes other resources, and keeps their errors", async () => {
  assert.deepEqual(await execute("call"), { a: 1 });
  assert.equal(typeof await execute("nested"), "number");
  const broken = await failure("P", "failingCall");
  assert.equal(broken.message, "Executing JavaScript.Script.Broken failed: broken");
});

test("an error of a process is at its place, and keeps its code", async () => {
  const thrown = await failure("P", "thrown");
  assert.equal(thrown.code, "ERR_EXECUTION_FAILED");
  assert.equal(thrown.origin?.path, "$.code");
  const coded = await failure("P", "coded");
  assert.equal(coded.code, "Order.NotFound");
  assert.deepEqual(coded.details, {
    problem: "There is no such order",
    status: 404,
    data: { id: 7 },
    ...Object.fromEntries(
      Object.entries(coded.details!).filter(([name]) => name === "urn" || name === "chain"),
    ),
  });
  assert.equal((await failure("P", "notData")).code, "ERR_CODE_RESULT");
});

test("a process that ends is replaced", async () => {
  const ended = await failure("P", "exit");
  assert.equal(ended.code, "ERR_CODE_TRAP");
  assert.match(ended.message, /exit code 3/);
  assert.equal(typeof await execute("count"), "number");
});

test("a process is killed at its limits", async () => {
  for (const action of ["loop", "never"]) {
    const late = await failure("Late", action);
    assert.equal(late.code, "ERR_CODE_TIME", late.message);
  }
  const large = await failure("Large");
  assert.equal(large.code, "ERR_CODE_MEMORY", large.message);
});
