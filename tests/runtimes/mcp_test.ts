/** Tools over standard input and output and over HTTP, used by the official client, in every form. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { describe, test } from "node:test";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { assertCode, type Form, forms, run, singleFile, start, tempApp } from "./forms.ts";

/** An app whose server has these fields. */
function app(fields: string): Record<string, string> {
  return {
    "runtime.yaml": `name: Tools
version: 1.2.0
imports: [digly:std]
---
kind: Mcp.Server
metadata: { name: Tools }
${fields}
tools: [JavaScript.Script.Add, JavaScript.Script.Wait]
expose: digly.tool == true || (labels.admin == true && request != null && request.headers['x-user'] == 'ada')
inputs: { who: "\${{ request == null ? 'local' : request.headers['x-user'] }}" }
instructions: Use the tools
---
kind: JavaScript.Script
metadata: { name: Add, title: Sum, description: Adds two numbers }
inputSchema:
  type: object
  required: [a, b, who]
  properties: { a: { type: number }, b: { type: number }, who: { type: string } }
code: |
  const main = ({ a, b, who }, ctx) => {
    console.log("noise");
    return { sum: a + b, who, tool: ctx.values.mcp.tool };
  };
---
kind: JavaScript.Script
metadata: { name: Wait }
code: |
  const main = (_, ctx) => new Promise((_resolve, reject) => {
    ctx.signal.addEventListener("abort", () => {
      ctx.log.info("it was aborted");
      reject(new Error("aborted"));
    });
  });
---
kind: JavaScript.Script
metadata: { name: Fail, labels: { digly.tool: true } }
inputSchema: { type: string }
code: |
  const main = (how, ctx) => {
    if (how === "public") throw ctx.fail("Order.Taken", "It is taken", { status: 409 });
    throw new Error("the password is hunter2");
  };
---
kind: JavaScript.Script
metadata: { name: Reset, labels: { admin: true } }
code: const main = () => "done"
---
kind: Console.WriteLine
metadata: { name: Hello }
output: hello
`,
  };
}

const text = (value: string) => [{ type: "text", text: value }];

/** What every client sees, whoever it is. */
async function checkTools(client: Client, who: string, names: readonly string[]): Promise<void> {
  assert.deepEqual(client.getServerVersion(), { name: "Tools", version: "1.2.0" });
  assert.equal(client.getInstructions(), "Use the tools");
  const { tools } = await client.listTools();
  assert.deepEqual(tools.map(({ name }) => name), names);
  assert.deepEqual(tools[0], {
    name: "Add",
    title: "Sum",
    description: "Adds two numbers",
    inputSchema: {
      type: "object",
      required: ["a", "b"],
      properties: { a: { type: "number" }, b: { type: "number" } },
    },
  });
  const sum = await client.callTool({ name: "Add", arguments: { a: 1, b: 2 } });
  assert.deepEqual(sum["structuredContent"], { sum: 3, who, tool: "Add" });
  const wrong = await client.callTool({ name: "Add", arguments: { a: "x", b: 2 } });
  assert.equal(wrong["isError"], true);
  assert.deepEqual(
    wrong["content"],
    text("The input of JavaScript.Script.Add is invalid: `a` must be a number"),
  );
  const taken = await client.callTool({ name: "Fail", arguments: { input: "public" } });
  assert.deepEqual(taken, { content: text("Order.Taken: It is taken"), isError: true });
  const failed = await client.callTool({ name: "Fail", arguments: { input: "private" } });
  assert.match(JSON.stringify(failed), /The tool failed; the log of the server has the reason/);
  assert.ok(!JSON.stringify(failed).includes("hunter2"));
  await assert.rejects(client.callTool({ name: "Nothing", arguments: {} }), /Unknown tool/);
  const controller = new AbortController();
  const waiting = client.callTool({ name: "Wait" }, undefined, { signal: controller.signal });
  setTimeout(() => controller.abort(), 200);
  await assert.rejects(waiting);
  await client.ping();
}

async function checkStdio({ command: [command, ...before] }: Form): Promise<void> {
  const transport = new StdioClientTransport({
    command: command!,
    args: [...before, "runtime.yaml"],
    cwd: tempApp(app("transport: stdio")),
    stderr: "pipe",
  });
  let stderr = "";
  transport.stderr!.on("data", (chunk) => stderr += chunk);
  const client = new Client({ name: "test", version: "1" });
  const problems: Error[] = [];
  client.onerror = (error) => problems.push(error);
  await client.connect(transport);
  await checkTools(client, "local", ["Add", "Wait", "Fail"]);
  await client.close();
  assert.deepEqual(problems, [], "standard output has nothing but messages");
  for (const line of ["hello", "noise", "it was aborted", "hunter2"]) {
    assert.ok(stderr.includes(line), `${line}: ${stderr}`);
  }
}

async function checkHttp(form: Form): Promise<void> {
  const files = app("path: /tools");
  files["runtime.yaml"] += "---\nkind: Http.Server\nmetadata: { name: Main }\nport: 0\n";
  const server = start(form, ["runtime.yaml"], { cwd: tempApp(files) });
  const [url] = await server.waitFor(/http:\/\/127\.0\.0\.1:\d+/, 30_000);
  for (
    const [user, names] of [["ada", ["Add", "Wait", "Fail", "Reset"]], ["bob", [
      "Add",
      "Wait",
      "Fail",
    ]]] as const
  ) {
    const client = new Client({ name: "test", version: "1" });
    const transport = new StreamableHTTPClientTransport(new URL(`${url}/tools`), {
      requestInit: { headers: { "x-user": user } },
    });
    // The SDK declares optional members as such, which strict types do not accept.
    await client.connect(transport as Parameters<Client["connect"]>[0]);
    await checkTools(client, user, names);
    const reset = client.callTool({ name: "Reset" });
    if (user === "ada") assert.deepEqual((await reset)["content"], text("done"));
    else await assert.rejects(reset, /Unknown tool/);
    await client.close();
  }
  await server.waitFor(/it was aborted/);
  assert.match(server.stdout(), /^hello\nnoise\n/);
  server.kill("SIGTERM");
  assertCode(await server.exited, 0);
}

describe("Mcp.Server over standard input and output", () => {
  for (const form of forms) test(form.name, () => checkStdio(form));
});

describe("Mcp.Server over HTTP", () => {
  for (const form of forms) test(form.name, () => checkHttp(form));
});

/** Writes to the program's standard input, closes it, and gives what it answered. */
async function talk(form: Form, input: string): Promise<{ code: unknown; lines: string[] }> {
  const [command, ...before] = form.command;
  const child = spawn(command!, [...before, "runtime.yaml"], {
    cwd: tempApp(app("transport: stdio\nmaxMessageBytes: 2KiB")),
    stdio: ["pipe", "pipe", "ignore"],
  });
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => stdout += chunk);
  child.stdin.end(input);
  const code = await new Promise((resolve) => child.once("close", resolve));
  return { code, lines: stdout.trimEnd().split("\n") };
}

describe("what is not a message is answered, and nothing is lost", () => {
  for (const form of forms) {
    test(form.name, async () => {
      const ping = (id: number) => JSON.stringify({ jsonrpc: "2.0", id, method: "ping" });
      const { code, lines } = await talk(
        form,
        ["{", "", `"${"x".repeat(100_000)}"`, "[]", ping(1), "\u0000", ping(2)].join("\n"),
      );
      assert.equal(code, 0, "it ends with its input");
      const answers = lines.map((line) => {
        const { id, result, error } = JSON.parse(line);
        return [id, result ?? error.code];
      });
      assert.deepEqual(answers.filter(([id]) => id === null), [
        [null, -32700],
        [null, -32700],
        [null, -32700],
        [null, -32600],
      ]);
      assert.deepEqual(answers.filter(([id]) => id !== null), [[1, {}], [2, {}]]);
    });
  }
});

test("mistakes in a server are found before the app starts", async () => {
  const cwd = tempApp({
    "runtime.yaml": `name: App
imports: [digly:mcp, digly:http, digly:data]
---
kind: Mcp.Server
metadata: { name: A }
transport: stdio
tools: [Data.Type.T]
---
kind: Mcp.Server
metadata: { name: B }
transport: stdio
expose: digly.tool ==
origins: [app.example.com]
---
kind: Mcp.Server
metadata: { name: C }
---
kind: Mcp.Server
metadata: { name: D }
tools: [Data.Type.U]
---
kind: Mcp.Server
metadata: { name: E }
expose: didgly.tool == true
---
kind: Data.Type
metadata: { name: T }
schema: {}
`,
  });
  const { code, stderr } = await run(singleFile, ["check", "runtime.yaml"], { cwd });
  assert.equal(code, 1, stderr);
  for (
    const line of [
      "Mcp.Server.D: `tools[0]` does not name a resource",
      'Unknown name "didgly" in didgly.tool == true',
      'Did you mean "digly"?',
      'Did you mean "Data.Type.T"?',
      "Mcp.Server.B: Mcp.Server.A uses standard input and output, too",
      'Mcp.Server.B: "app.example.com" is not an origin',
      "Mcp.Server.C: it offers no tools",
    ]
  ) assert.ok(stderr.includes(line), `${line}\n${stderr}`);
});
