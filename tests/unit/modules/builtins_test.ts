import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { type DiglyError, fail, isDiglyError } from "../../../src/contract/errors.ts";
import type { LogRecord } from "../../../src/contract/log.ts";
import type { Output } from "../../../src/contract/platform.ts";
import { loadSchemaCompiler } from "../../../src/schema/schema.ts";
import type { KernelOptions } from "../../../src/kernel/options.ts";
import { Kernel } from "../../../src/kernel/kernel.ts";
import { embedded } from "../../../src/generated/embedded.ts";
import { memoryPlatform } from "../../../src/platform/memory.ts";
import { DEFAULT_LIMITS } from "../../../src/contract/limits.ts";
import type { ValueMap } from "../../../src/contract/resource.ts";
import { parseSource } from "../../../src/load/yaml/parse.ts";
import { collect } from "../documents.ts";

/** A loaded kernel over resources of the built-in kinds. */
async function load(
  resources: string,
  options: Partial<KernelOptions> & {
    files?: Record<string, string>;
    env?: Record<string, string>;
    stdout?: Output;
  } = {},
): Promise<Kernel> {
  const { files = {}, env = {}, stdout, ...rest } = options;
  const memory = memoryPlatform({
    files: {
      "/app/runtime.yaml":
        `name: App\nimports: [digly:javascript, digly:data, digly:console, digly:core]\n---\n${resources}`,
      ...files,
    },
    env,
  });
  const platform = stdout === undefined ? memory : { ...memory, stdout };
  const kernel = new Kernel({ platform, builtins: embedded, ...rest });
  await kernel.load("/app/runtime.yaml");
  return kernel;
}

async function start(...args: Parameters<typeof load>): Promise<Kernel> {
  const kernel = await load(...args);
  await kernel.start();
  return kernel;
}

/** An output for the option `platform`, and the lines that were written to it. */
function printed(): { lines: string[]; stdout: Output } {
  const lines: string[] = [];
  return { lines, stdout: { isTerminal: false, write: (text) => void lines.push(String(text)) } };
}

function script(code: string, fields = ""): string {
  const body = code.split("\n").map((line) => `  ${line}`).join("\n");
  return `kind: JavaScript.Script\nmetadata: { name: S }\n${fields}\ncode: |\n${body}\n`;
}

test("the schemas of the built-in kinds are valid, since they are not checked at run time", async () => {
  const compiler = await loadSchemaCompiler();
  for (const [url, text] of Object.entries(embedded.files)) {
    const { schema } = parse(text) as { schema?: unknown };
    if (schema !== undefined) assert.doesNotThrow(() => compiler.compile(schema), url);
  }
});

test("the embedded documents are those of the texts, and manifests have nothing but definitions", () => {
  for (const [url, text] of Object.entries(embedded.files)) {
    const diagnostics = collect();
    const source = { url, text, module: "", root: "digly:/" };
    const parsed = parseSource(source, DEFAULT_LIMITS, diagnostics);
    assert.deepEqual(diagnostics.errors, []);
    assert.deepEqual(JSON.parse(embedded.documents[url]!), parsed.map(({ value }) => value), url);
    if (!url.endsWith("/module.yaml")) continue;
    assert.equal(parsed.length, 1, url);
    assert.equal((parsed[0]!.value as ValueMap)["resources"], undefined, url);
  }
});

test("a position in a built-in document is read from its text", () => {
  const url = "digly:/core/secret.yaml";
  const [text, documents] = [embedded.files[url]!, embedded.documents[url]!];
  const source = { url, text, module: "Core", root: "digly:/core/" };
  const [parsed] = parseSource(source, DEFAULT_LIMITS, collect());
  const [known] = parseSource({ ...source, documents }, DEFAULT_LIMITS, collect());
  assert.deepEqual(known!.originAt(["schema"]), parsed!.originAt(["schema"]));
});

test("a script's main gets input and context, sync or async", async () => {
  const sync = await start(script("function main(input, ctx) { return [input, ctx.urn]; }"));
  assert.deepEqual(await sync.execute("JavaScript.Script.S", 1), [1, "JavaScript.Script.S"]);
  const later = await start(
    script("const main = async (input) => await Promise.resolve(input + 1);"),
  );
  assert.equal(await later.execute("JavaScript.Script.S", 1), 2);
});

test("Logic.JavaScript is the same kind under its other name", async () => {
  const kernel = await start(
    "kind: Logic.JavaScript\nmetadata: { name: S }\ncode: function main(x) { return x * 2 }\n",
  );
  assert.equal(await kernel.execute("Logic.JavaScript.S", 21), 42);
});

test("scripts call each other through the context", async () => {
  const kernel = await start(
    script("const main = (n, ctx) => ctx.execute('Logic.JavaScript.Add', n);") +
      "---\nkind: Logic.JavaScript\nmetadata: { name: Add }\ncode: const main = (n) => n + 1;\n",
  );
  assert.equal(await kernel.execute("JavaScript.Script.S", 1), 2);
});

test("a map of properties as inputSchema means all required and nothing else", async () => {
  const kernel = await start(
    script(
      "const main = (input) => input;",
      "inputSchema: { name: { type: string }, age: integer }",
    ),
  );
  assert.deepEqual(await kernel.execute("JavaScript.Script.S", { name: "a", age: 1 }), {
    name: "a",
    age: 1,
  });
  await assert.rejects(kernel.execute("JavaScript.Script.S", { name: 1, agee: 2 }), {
    code: "ERR_INPUT_INVALID",
    message: "The input of JavaScript.Script.S is invalid: `age` is missing; " +
      '`agee` is not a known field; did you mean "age"?; `name` must be a string',
  });
});

test("an outputSchema checks the result", async () => {
  const kernel = await start(
    script("const main = (input) => input;", "outputSchema: { type: integer }"),
  );
  assert.equal(await kernel.execute("JavaScript.Script.S", 1), 1);
  await assert.rejects(kernel.execute("JavaScript.Script.S", "1"), {
    code: "ERR_SCHEMA_VALIDATION",
    message: "The result of JavaScript.Script.S is invalid: it must be an integer",
  });
});

test("an error thrown by code points at its line and column of the manifest", async () => {
  const kernel = await start(
    script(`function main(input) {
  const none = null;
  if (input === 1) return none.size;
  if (input === 2) throw new RangeError("too many");
  if (input === 3) return [1].map((each) => each + unknown);
  if (input === 4) return JSON.parse("{");
  if (input === 5) throw "no error";
  return later(none);
}
async function later(none) {
  await null;
  return none.a.b();
}`),
  );
  const placeOf = async (input: number) => {
    const error = await kernel.execute("JavaScript.Script.S", input)
      .then(() => assert.fail("it did not fail"), (thrown) => thrown as DiglyError);
    assert.equal(error.code, "ERR_EXECUTION_FAILED");
    const { line, column, length, excerpt, path } = error.origin!;
    const text = excerpt!.lines[line - excerpt!.firstLine]!;
    return `${path} ${line}: ${text.slice(column - 1, column - 1 + length)}`;
  };
  assert.deepEqual([
    await placeOf(1),
    await placeOf(2),
    await placeOf(3),
    await placeOf(4),
    await placeOf(5),
    await placeOf(6),
  ], [
    "$.code 10: none.size",
    "$.code 11: new RangeError",
    "$.code 12: unknown",
    "$.code 13: JSON.parse",
    // Only an error knows where it comes from.
    "$ 4: kind",
    "$.code 19: none.a",
  ]);
});

test("an error thrown before main is defined points at its line", async () => {
  const code = "const a = 1;\nundefined.b;\nconst main = () => a;";
  const error = await start(script(code)).catch((thrown) => thrown);
  assert.equal(error.code, "ERR_CREATE_FAILED");
  assert.deepEqual([error.origin.line, error.origin.column], [9, 3]);
});

test("a syntax error stops the boot before anything is created, at its line", async () => {
  const code = "const a = 1;\nconst b = ;\nconst main = () => a;";
  const error = await start(script(code)).catch((thrown) => thrown);
  assert.equal(error.code, "ERR_CREATE_FAILED");
  assert.match(error.message, /syntax error: unexpected ";"$/);
  assert.deepEqual([error.origin.line, error.origin.column], [9, 13]);
});

test("code without main is an error", async () => {
  await assert.rejects(start(script("const mian = () => 1;")), {
    code: "ERR_CREATE_FAILED",
    message: /does not define a function `main`/,
  });
});

test("a line is written at the start, and each time it is executed", async () => {
  const { lines, stdout } = printed();
  const hello = "kind: Console.WriteLine\nmetadata: { name: L }\noutput: Hello\n";
  const kernel = await start(hello, { stdout });
  assert.deepEqual(lines, ["Hello\n"]);
  assert.equal(await kernel.execute("Console.WriteLine.L"), null);
  assert.deepEqual(lines, ["Hello\n", "Hello\n"]);
});

test("a line with an inputSchema is written when executed, from its input", async () => {
  const { lines, stdout } = printed();
  const kernel = await start(
    "kind: Console.WriteLine\nmetadata: { name: L }\noutput: Hello ${{ input.name }}\n" +
      "inputSchema: { name: string }\n",
    { stdout },
  );
  assert.deepEqual(lines, []);
  await kernel.execute("Console.WriteLine.L", { name: "Ada" });
  assert.deepEqual(lines, ["Hello Ada\n"]);
  await assert.rejects(kernel.execute("Console.WriteLine.L", {}), {
    code: "ERR_INPUT_INVALID",
  });
});

test("values other than strings are written as JSON", async () => {
  const { lines, stdout } = printed();
  await start("kind: Console.WriteLine\nmetadata: { name: L }\noutput: { a: [1, two] }\n", {
    stdout,
  });
  assert.deepEqual(lines, ['{"a":[1,"two"]}\n']);
});

test("a single execution writes no line at the start", async () => {
  const { lines, stdout } = printed();
  const hello = "kind: Console.WriteLine\nmetadata: { name: L }\noutput: Hello\n";
  await start(hello, { stdout, serve: false });
  assert.deepEqual(lines, []);
});

test("a line that cannot be written at the start ends the app with exit code 1", async () => {
  const stdout: Output = {
    isTerminal: false,
    write: () => {
      throw fail("ERR_OUTPUT_FAILED", { problem: "Standard output cannot be written: full" });
    },
  };
  const logs: LogRecord[] = [];
  const hello = "kind: Console.WriteLine\nmetadata: { name: L }\noutput: Hello\n";
  const kernel = await start(hello, { stdout, log: (record) => void logs.push(record) });
  assert.equal(await kernel.waitForExitRequest(), 1);
  assert.equal((await kernel.stop()).exitCode, 1);
  assert.deepEqual(logs.map(({ owner, level }) => [owner, level]), [[
    "Console.WriteLine.L",
    "error",
  ]]);
  await assert.rejects(
    start(hello, { stdout }).then((again) => again.execute("Console.WriteLine.L")),
    { code: "ERR_OUTPUT_FAILED" },
  );
});

test("a type validates its input and fills in defaults", async () => {
  const kernel = await start(
    "kind: Data.Type\nmetadata: { name: T }\n" +
      "schema: { type: object, required: [id], properties: { id: { type: integer }, n: { default: 1 } } }\n",
  );
  const input = { id: 1 };
  assert.deepEqual(await kernel.execute("Data.Type.T", input), { id: 1, n: 1 });
  assert.deepEqual(input, { id: 1 });
  await assert.rejects(kernel.execute("Data.Type.T", {}), {
    message: "The input of Data.Type.T is invalid: `id` is missing",
  });
});

test("the value of a variable or secret is its own, or from the environment or a file", async () => {
  const kernel = await load(
    [
      "kind: Variable\nmetadata: { name: Port }\nvalue: 8080",
      "kind: Variable\nmetadata: { name: Host }\nenv: HOST\ndefault: localhost",
      "kind: Variable\nmetadata: { name: Given }\nenv: GIVEN\ndefault: no",
      "kind: Secret\nmetadata: { name: Key }\nfile: ./key.txt",
      "kind: Data.Type\nmetadata: { name: T }\nschema: true\n" +
      "url: http://${{ Variable.Host }}:${{ Variable.Port }}/${{ Variable.Given }}?key=${{ Secret.Key }}",
    ].join("\n---\n"),
    { files: { "/app/key.txt": "s3cr3t\n" }, env: { GIVEN: "yes" } },
  );
  const type = kernel.registry.get("Data.Type")?.get("T");
  assert.equal(type?.["url"], "http://localhost:8080/yes?key=s3cr3t");
  assert.equal(kernel.redact(type)?.["url"], "http://localhost:8080/yes?key=[redacted]");
});

test("a secret without a value is one error that shows its name", async () => {
  const diagnostics = collect();
  await load(
    "kind: Secret\nmetadata: { name: Key }\nenv: NOT_SET\n---\n" +
      "kind: Data.Type\nmetadata: { name: T }\nschema: true\nkey: ${{ Secret.Key }}\n",
    { diagnostics },
  );
  assert.deepEqual(diagnostics.errors.map(({ code }) => code), ["ERR_REFERENCE_UNRESOLVED"]);
  assert.equal(
    diagnostics.errors[0]?.message,
    "Secret.Key has no value: the environment variable NOT_SET is not set",
  );
});

test("under check a value that is not available is a warning, and what depends on it is unknown", async () => {
  const diagnostics = collect();
  const kernel = await load(
    "kind: Secret\nmetadata: { name: Key }\nenv: NOT_SET\n---\n" +
      "kind: JavaScript.Script\nmetadata: { name: S }\ncode: function main() {}\n" +
      'inputSchema: { enum: ["${{ Secret.Key }}"] }\n---\n' +
      "kind: Variable\nmetadata: { name: V }\nvalue: ${{ Secret.Key }}\n---\n" +
      "kind: Variable\nmetadata: { name: W }\nvalue: ${{ Variable.V }}\n",
    { diagnostics, checking: true },
  );
  await kernel.verify();
  assert.deepEqual(diagnostics.errors, []);
  assert.deepEqual(diagnostics.warnings.map(({ code, message }) => [code, message]), [
    [
      "WARN_UNKNOWN_VALUE",
      "Secret.Key has no value: the environment variable NOT_SET is not set",
    ],
    ["WARN_EXPRESSION_IN_SCHEMA", "Expressions in schemas are not evaluated"],
  ]);
});

test("a misspelt field is an error with the nearest name", async () => {
  await assert.rejects(start(script("const main = () => 1;", "inptSchema: {}")), (error) => {
    assert(isDiglyError(error));
    assert.equal(error.code, "ERR_SCHEMA_VALIDATION");
    assert.match(error.message, /`inptSchema` is not a known field; did you mean "inputSchema"\?/);
    return true;
  });
});
