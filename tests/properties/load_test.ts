/** What holds for every app that is loaded from text. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parse, stringify } from "yaml";
import { compile } from "../../mod.ts";
import { isDiglyError } from "../../src/contract/errors.ts";
import { Kernel } from "../../src/kernel/kernel.ts";
import { embedded } from "../../src/generated/embedded.ts";
import { memoryPlatform } from "../../src/platform/memory.ts";
import { collect } from "../unit/documents.ts";

const MANIFEST = "name: App\ndefinitions: [/kinds.yaml]\nimports: [digly:core]\n---\n";
const KINDS = "kind: Runtime.Definition\nmetadata: { name: Thing, resourceKind: Thing }\n---\n" +
  "kind: Runtime.Definition\nmetadata: { name: Later, resourceKind: Later }\nscope: [request]\n";

/** A kernel that has loaded these documents, with what was found. */
async function load(documents: string, checking = false) {
  const diagnostics = collect();
  const kernel = new Kernel({
    platform: memoryPlatform({
      files: {
        "/app/runtime.yaml": MANIFEST + documents,
        "/app/_part.yaml": "a: 1\nb: ${env.STAGE}\n",
        "/kinds.yaml": KINDS,
      },
      env: { STAGE: "prod" },
      cwd: "/app",
    }),
    builtins: embedded,
    ...(checking ? { diagnostics, checking } : {}),
  });
  await kernel.load("runtime.yaml");
  if (diagnostics.errors.length === 0) await kernel.verify();
  return { kernel, errors: diagnostics.errors };
}

/** Throws what is not a `DiglyError`. */
async function attempt(documents: string, checking: boolean): Promise<void> {
  try {
    await load(documents, checking);
  } catch (error) {
    if (!isDiglyError(error)) throw error;
  }
}

const code = fc.constantFrom(
  "x",
  "x + 1",
  "[x, x]",
  "env.STAGE",
  "env.NOPE",
  "App.Thing.a.v",
  "App.Thing.b",
  "App.Later['c'].v.w",
  "App.Thing",
  "request.path",
  "range(3)",
  "'$' + '{x}'",
  "1 +",
  "has(App.Thing.b.v)",
  "{'a': 1}",
  "'a'.matches('(a+)+$')",
);

const scalar = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  code,
  code.map((text) => `\${${text}}`),
  code.map((text) => `\${{ ${text} }}`),
  fc.tuple(code, code).map(([one, two]) => `a \${${one}} b \${{ ${two} }} c $\${`),
);

const key = fc.constantFrom(
  "a",
  "v",
  "w",
  "kind",
  "metadata",
  "name",
  "schema",
  "code",
  "$let",
  "$if",
  "$then",
  "$else",
  "$for",
  "$do",
  "$include",
  "$with",
  "$assert",
  "$schema",
  "${x}",
  "x",
);

const fields = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    scalar,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(key, tie("value"), { maxKeys: 4, noNullPrototype: true }),
    fc.record({ $for: fc.constantFrom("x in range(3)", "k, x in [1, 2]"), $do: tie("value") }),
    fc.record({ $let: fc.constant({ x: "1 + 1" }), v: tie("value") }),
    fc.record({ $include: fc.constantFrom("_part.yaml", "runtime.yaml", "../x.yaml") }),
    fc.record({ kind: fc.constant("App.Thing"), v: tie("value"), code: tie("value") }),
  ),
})).value;

const resource = fc.record({
  kind: fc.constantFrom("App.Thing", "App.Later", "Variable", "Secret", "App.Nope"),
  metadata: fc.record({ name: fc.constantFrom("a", "b", "c") }),
  v: fields,
  value: fields,
}, { requiredKeys: ["kind", "metadata"] });

const documents = fc.array(fc.oneof({ weight: 5, arbitrary: resource }, fields), { maxLength: 4 })
  .map((all) => all.map((one) => stringify(one)).join("---\n"));

test("random apps end, and throw nothing but a DiglyError", async () => {
  await fc.assert(
    fc.asyncProperty(documents, fc.boolean(), attempt),
    { numRuns: 300, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: true },
  );
});

test("random texts end, and throw nothing but a DiglyError", async () => {
  const line = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("a: ", "- ", "---\n", "&x ", "*x", "<<: ", "!raw ", "|\n", "${", "${{ ", "}}"),
    fc.constantFrom("\n", "  ", "\t", '"', "'", "{", "[", "]", "}", ": ", "? ", "#", "%YAML 1.2\n"),
  );
  const text = fc.array(line, { maxLength: 30 }).map((parts) => parts.join(""));
  await fc.assert(
    fc.asyncProperty(text, fc.boolean(), attempt),
    { numRuns: 300, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: true },
  );
});

/** Data that may contain any text, and keys that look like directives. */
const data = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.oneof(fc.string(), scalar),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.oneof(fc.string(), key), tie("value"), { maxKeys: 4, noNullPrototype: true })
      .filter((map) => !Object.hasOwn(map, "__proto__")),
  ),
})).value;

/** Everything in `value` that a stage would read, written so that it is text and data. */
function escaped(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("${", () => "$${");
  if (Array.isArray(value)) return value.map(escaped);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name.startsWith("$") ? `\${'$'}${escaped(name.slice(1))}` : escaped(name),
      escaped(item),
    ]),
  );
}

/** No schema and no script: escapes would stay in them. */
const plain = data.filter((value) =>
  !/"(schema|inputSchema|outputSchema|code)":/.test(
    JSON.stringify(value) ?? "",
  )
);

test("compile, print and parse: what was escaped is what comes out", () => {
  fc.assert(fc.property(plain, (value) => {
    const compiled = compile(escaped(value));
    assert.deepEqual(compiled, value);
    assert.deepEqual(parse(stringify(compiled)), value);
    assert.deepEqual(parse(JSON.stringify(compiled) ?? "null"), value);
  }));
});

test("compile, print, parse and compile: what is printed is stable", () => {
  fc.assert(fc.property(plain, (value) => {
    const compiled = compile(escaped(value));
    assert.deepEqual(compile(escaped(parse(stringify(compiled)))), compiled);
  }));
});

test("no value is ever evaluated, whatever way it takes through an app", async () => {
  await fc.assert(
    fc.asyncProperty(plain, async (value) => {
      const { kernel, errors } = await load(
        [
          { kind: "App.Thing", metadata: { name: "a" }, v: escaped(value) },
          { kind: "App.Thing", metadata: { name: "b" }, v: "${{ App.Thing.a.v }}" },
          {
            kind: "App.Thing",
            metadata: { name: "c" },
            $let: { x: [escaped(value)] },
            v: "${x[0]}",
            list: [{ $for: "y in x", $do: "${y}" }],
          },
        ].map((one) => stringify(one)).join("---\n"),
      );
      assert.deepEqual(errors, []);
      const [a, b, c] = kernel.resources() as Record<string, unknown>[];
      assert.deepEqual(a!["v"], value);
      assert.deepEqual(b!["v"], value);
      assert.deepEqual(c!["v"], value);
      assert.deepEqual(c!["list"], [value]);
    }),
  );
});
