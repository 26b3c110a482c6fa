/** `digly mcp`, used by the official client, in every form. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { type Form, forms, start, tempApp } from "./forms.ts";

const FILES = {
  "runtime.yaml": `name: Shop
imports: [digly:std]
---
kind: JavaScript.Script
metadata: { name: Price, description: The price of some items }
inputSchema: { type: object, required: [count], properties: { count: { type: integer } } }
code: |
  function main({ count }, ctx) {
    console.log("noise");
    ctx.log.info("asked");
    if (count === 13) throw new Error("13 is unlucky");
    return { total: count * 3 };
  }
---
kind: Schedule.Cron
metadata: { name: Yearly }
cron: 0 0 1 1 *
execute: JavaScript.Script.Price
inputs: { count: 1 }
`,
  "price.test.yaml": [6, 7].map((total) =>
    `kind: Test.Case
metadata: { name: Is${total} }
app: ./runtime.yaml
steps: [{ name: run, execute: JavaScript.Script.Price, input: { count: 2 } }]
expect: ["step.run.result.total == ${total}"]
`
  ).join("---\n"),
};

const BROKEN = `name: Broken
imports: [digly:std]
---
kind: JavaScript.Skript
metadata: { name: A }
`;

interface Answer {
  readonly texts: readonly string[];
  readonly isError: boolean;
}

/** Starts a server for the app at `path`, and gives what its tools answer. */
async function connect(
  t: TestContext,
  { command: [command, ...before] }: Form,
  cwd: string,
  path: string,
) {
  const transport = new StdioClientTransport({
    command: command!,
    args: [...before, "mcp", path],
    cwd,
    stderr: "pipe",
  });
  const client = new Client({ name: "test", version: "1" });
  const problems: Error[] = [];
  client.onerror = (error) => problems.push(error);
  await client.connect(transport);
  t.after(() => client.close());
  return {
    client,
    problems,
    async call(name: string, input: object = {}): Promise<Answer> {
      const answer = await client.callTool({ name, arguments: { ...input } });
      const content = answer["content"] as readonly { readonly text: string }[];
      return { texts: content.map(({ text }) => text), isError: answer["isError"] === true };
    },
  };
}

const EXECUTE = { urn: "JavaScript.Script.Price", input: { count: 4 } };
const FAILS = { ...EXECUTE, input: { count: 13 } };

/** A failing execution has its place, wherever it runs. */
function assertFailure({ isError, texts: [text = ""] }: Answer): void {
  assert.ok(isError);
  assert.match(
    text,
    /(?:^|\n)error\[ERR_EXECUTION_FAILED\]: .*13 is unlucky\n {2}--> runtime\.yaml:11:/,
  );
}

for (const form of forms) {
  test(`an agent uses an app: ${form.name}`, async (t) => {
    const cwd = tempApp(FILES);
    // A process that was killed has left its address.
    mkdirSync(join(cwd, ".digly-debug"));
    const gone = { path: "runtime.yaml", address: "http://127.0.0.1:1/?token=ab" };
    writeFileSync(join(cwd, ".digly-debug/inspector.json"), JSON.stringify(gone));
    const { client, problems, call } = await connect(t, form, cwd, "runtime.yaml");
    assert.match(client.getInstructions()!, /Use check after each change/);
    const { tools } = await client.listTools();
    assert.deepEqual(tools.map(({ name }) => name), [
      "list_resources",
      "check",
      "execute",
      "read_events",
      "run_tests",
    ]);

    assert.deepEqual(await call("check"), {
      texts: ["No problems in 2 resources and 2 test cases"],
      isError: false,
    });
    const listed = JSON.parse((await call("list_resources", { limit: 1 })).texts[0]!);
    assert.deepEqual([listed.total, listed.next], [2, 1]);
    assert.deepEqual(
      [listed.resources[0].description, listed.resources[0].input.required],
      ["The price of some items", ["count"]],
    );
    const rest = await call("list_resources", { after: 1, filter: "JavaScript" });
    assert.deepEqual(JSON.parse(rest.texts[0]!), { total: 1, resources: [], connections: [] });

    const { texts: [result, logs] } = await call("execute", EXECUTE);
    assert.equal(result, '{"total":12}');
    assert.match(logs!, /"message":"asked"/);
    assertFailure(await call("execute", FAILS));
    const wrong = await call("execute", { ...EXECUTE, urn: "JavaScript.Script.Prise" });
    assert.match(wrong.texts[0]!, /Did you mean "JavaScript\.Script\.Price"\?/);
    for (
      const [name, input, problem] of [
        ["execute", {}, "`urn` is missing"],
        ["execute", { urn: 5 }, "`urn` must be a string"],
        ["read_events", { limit: 0 }, "`limit` must be an integer from 1 to 200"],
        ["read_events", { typ: "x" }, 'Unknown argument `typ`. Did you mean "type"?'],
        ["check", { path: "x" }, "Unknown argument `path`. It takes no arguments"],
      ] as const
    ) {
      const expected = { texts: [`error: ${problem}`], isError: true };
      assert.deepEqual(await call(name, input), expected, problem);
    }
    const events = await call("read_events");
    assert.match(events.texts[0]!, /There are no events of this app\n.*--inspect/);

    const tests = await call("run_tests");
    assert.ok(tests.isError);
    assert.match(tests.texts.join("\n"), /✓ Is6[^]*✗ Is7|✗ Is7[^]*✓ Is6/);
    assert.equal((await call("run_tests", { filter: "Is6" })).isError, false);

    // The running app.
    const app = start(form, ["run", "runtime.yaml", "--inspect"], { cwd });
    t.after(() => void app.kill("SIGKILL"));
    await app.waitFor(/Inspector at/);
    while (!(await call("read_events")).texts[0]!.includes('"Runtime.Started"'));
    assert.equal((await call("execute", EXECUTE)).texts[0], '{"total":12}');
    assertFailure(await call("execute", FAILS));
    const latest = await call("read_events", { limit: 2, type: "Runtime.*" });
    assert.equal(latest.texts[0]!.split("\n").length, 2);
    app.kill("SIGTERM");
    await app.exited;

    // A mistake has its place and what to do about it.
    writeFileSync(join(cwd, "runtime.yaml"), BROKEN);
    const checked = await call("check");
    assert.ok(checked.isError);
    assert.match(
      checked.texts.join(),
      /--> runtime\.yaml:4:7\n[^]*Did you mean "JavaScript\.Script"/,
    );
    await client.close();
    assert.deepEqual(problems, [], "standard output has nothing but messages");
  });
}

/** An app whose executions wait until they are aborted, and write to a file what happens to them. */
const WAITING = {
  "runtime.yaml": `name: Waiting
definitions: [waiter.yaml]
---
kind: Waiting.Waiter
metadata: { name: Main }
`,
  "waiter.yaml": `kind: Runtime.Definition
metadata: { name: Waiter, resourceKind: Waiter }
controllers: [./waiter.js]
`,
  "waiter.js": `import { appendFileSync } from "node:fs";
const note = (line) => appendFileSync("notes.txt", line + "\\n");
export function create() {
  return {
    execute(input, { signal }) {
      if (input === "at once") return "done";
      note("waits");
      return new Promise((resolve) => signal.addEventListener("abort", () => {
        note("aborted");
        resolve("late");
      }));
    },
    teardown: () => note("torn down"),
  };
}
`,
};

/** Waits until a file has these lines, in this order. */
async function waitForNotes(cwd: string, ...lines: readonly string[]): Promise<void> {
  const file = join(cwd, "notes.txt");
  const notes = () => existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
  const deadline = Date.now() + 30_000;
  while (notes().length < lines.length && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.deepEqual(notes(), lines);
}

for (const form of forms) {
  test(`a call that is cancelled is aborted, and its app stops: ${form.name}`, async (t) => {
    const cwd = tempApp(WAITING);
    const { client, problems, call } = await connect(t, form, cwd, ".");
    const controller = new AbortController();
    const waiting = client.callTool(
      { name: "execute", arguments: { urn: "Waiting.Waiter.Main" } },
      undefined,
      { signal: controller.signal },
    );
    await waitForNotes(cwd, "waits");
    controller.abort("not needed any more");
    await assert.rejects(waiting, /not needed any more/);
    await waitForNotes(cwd, "waits", "aborted", "torn down");
    // The next call is answered, and so is one that is cancelled when it has ended.
    const next = new AbortController();
    const input = { urn: "Waiting.Waiter.Main", input: "at once" };
    const answer = client.callTool({ name: "execute", arguments: input }, undefined, {
      signal: next.signal,
    });
    assert.deepEqual((await answer)["content"], [{ type: "text", text: '"done"' }]);
    next.abort();
    await client.notification({
      method: "notifications/cancelled",
      params: { requestId: "of nobody" },
    });
    assert.equal((await call("check")).isError, false);
    await client.close();
    assert.deepEqual(problems, [], "a call that was cancelled has no response");
  });

  test(`two agents use an app at once: ${form.name}`, async (t) => {
    const cwd = tempApp(FILES);
    const agents = await Promise.all([0, 1].map(() => connect(t, form, cwd, "runtime.yaml")));
    const execute = ({ call }: typeof agents[number], count: number) =>
      call("execute", { ...EXECUTE, input: { count } });
    const useAll = (isRunning: boolean) =>
      Promise.all(agents.map(async (agent, index) => {
        const counts = [index * 10 + 1, index * 10 + 2];
        const [first, second, failed, checked, listed] = await Promise.all([
          ...counts.map((count) => execute(agent, count)),
          agent.call("execute", FAILS),
          agent.call("check"),
          agent.call("list_resources"),
        ]);
        for (const [at, answer] of [first!, second!].entries()) {
          const [result, logs] = answer.texts;
          assert.equal(result, `{"total":${counts[at]! * 3}}`);
          assert.equal(logs!.match(/"asked"/g)?.length, 1, logs);
        }
        assertFailure(failed!);
        assert.equal(checked!.texts[0], "No problems in 2 resources and 2 test cases");
        assert.equal(JSON.parse(listed!.texts[0]!).total, 2);
        if (isRunning) return;
        const tests = await agent.call("run_tests", { filter: `Is${6 + index}` });
        assert.equal(tests.isError, index === 1, tests.texts.join());
      }));
    await useAll(false);
    const app = start(form, ["run", "runtime.yaml", "--inspect"], { cwd });
    t.after(() => void app.kill("SIGKILL"));
    await app.waitFor(/Inspector at/);
    while (!(await agents[0]!.call("read_events")).texts[0]!.includes('"Runtime.Started"'));
    await useAll(true);
    app.kill("SIGTERM");
    await app.exited;
    for (const { client, problems } of agents) {
      await client.close();
      assert.deepEqual(problems, []);
    }
  });
}

test("an app that does not exist has no tests of others", async (t) => {
  const cwd = tempApp(FILES);
  const { client, call } = await connect(t, forms[0]!, cwd, "missing");
  assert.deepEqual(await call("run_tests"), {
    texts: ["error: missing does not exist"],
    isError: true,
  });
  assert.match((await call("execute", EXECUTE)).texts[0]!, /missing does not exist\n {2}help: /);
  await client.close();
});
