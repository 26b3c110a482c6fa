/** What is computed from a sensitive value is sensitive, whatever computes it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DiglyError } from "../../../../src/contract/errors.ts";
import { Kernel } from "../../../../src/kernel/kernel.ts";
import { embedded } from "../../../../src/generated/embedded.ts";
import { memoryPlatform } from "../../../../src/platform/memory.ts";
import { boot } from "../../kernel/boot/contexts.ts";
import { load, SECRET, thing } from "./sensitive_app.ts";

describe("an expression that reads a secret gives one", () => {
  const expressions = [
    "Secret.E",
    "Secret['E']",
    "base64.encode(bytes(Secret.E))",
    "Secret.E.upperAscii()",
    "Secret.E.substring(2, 5)",
    "Secret.E.split('-')",
    "Secret.E.split('').join('|')",
    "size(Secret.E)",
    "size(Secret.E) * 1000",
    "Secret.E + ''",
    "Secret.E == 'x'",
    "Secret.E == 'x' ? 'one' : 'two'",
    "{Secret.E: 1}",
    "{'a': [Secret.E]}",
    "[1, 2].map(i, Secret.E.charAt(i))",
    "Secret[Variable.Open == '' ? 'F' : 'E']",
    "cel.bind(s, Secret.E, s.lowerAscii())",
    "json({'a': Secret.E})",
    "'%s!'.format([Secret.E])",
    "has(Secret.E)",
  ];
  for (const expression of expressions) {
    test(expression, async () => {
      const { shown, errors } = await load(thing("a", { a: `\${{ ${expression} }}`, b: "plain" }));
      assert.deepEqual(errors.map(({ message }) => message), []);
      assert.deepEqual(shown("App.Thing.a"), { a: "[redacted]", b: "plain" });
    });
  }

  test("and one that reads none does not", async () => {
    const { shown } = await load(thing("a", {
      a: "${{ Variable.Open }}",
      b: "${{ Variable.Open.upperAscii() }}",
      c: "${{ [1, 2] }}",
    }));
    assert.deepEqual(shown("App.Thing.a"), { a: "in the open", b: "IN THE OPEN", c: [1, 2] });
  });
});

test("only the part of a longer string that read it is hidden", async () => {
  const { shown } = await load(thing("a", {
    a: "${{ Variable.Open }}: ${{ Secret.E.upperAscii() }}, ${{ size(Secret.E) }}!",
  }));
  assert.deepEqual(shown("App.Thing.a"), { a: "in the open: [redacted], [redacted]!" });
});

test("it spreads from resource to resource, by the fields that are read", async () => {
  const { shown, errors } = await load([
    thing("a", {
      key: "${{ Secret.E.lowerAscii() }}",
      deep: { list: [1, "${{ size(Secret.E) }}"] },
      name: "x",
    }),
    thing("b", {
      key: "${{ App.Thing.a.key.substring(0, 2) }}",
      name: "${{ App.Thing.a.name }}",
      all: "${{ App.Thing.a }}",
      deep: "${{ App.Thing.a.deep }}",
      item: "${{ App.Thing.a.deep.list[0] }}",
    }),
    thing("c", {
      key: "${{ App.Thing.b.key + App.Thing.b.name }}",
      name: "${{ App.Thing.b.name }}",
    }),
    "kind: Variable\nmetadata: { name: Url }\nvalue: 'https://${{ Secret.E }}@host'\n",
    thing("d", { size: "${{ size(Variable.Url) }}" }),
    "kind: App.Shout\nmetadata: { name: S }\ntext: '${{ Secret.E }}'\n",
    thing("e", { loud: "${{ App.Shout.S }}" }),
  ].join("---\n"));
  assert.deepEqual(errors, []);
  assert.deepEqual(shown("App.Thing.b"), {
    key: "[redacted]",
    name: "x",
    all: "[redacted]",
    deep: "[redacted]",
    item: "[redacted]",
  });
  assert.deepEqual(shown("App.Thing.c"), { key: "[redacted]", name: "x" });
  assert.deepEqual(shown("App.Thing.d"), { size: "[redacted]" });
  assert.deepEqual(shown("App.Thing.e"), { loud: "[redacted]" });
  assert.deepEqual(shown("Variable.Url"), { value: "https://[redacted]@host" });
});

test("it goes through the parameters and loops of templates", async () => {
  const { shown, errors } = await load(`
kind: TemplateDefinition
metadata: { name: T }
schema: { type: object, properties: { key: {}, name: { type: string } } }
resources:
  - for: n in [1, 2]
    kind: App.Thing
    metadata: { name: "\${{ name }}-\${{ n }}" }
    a: "\${{ key }}"
    b: "\${{ size(key) + n }}"
    c: "\${{ name }}: \${{ key }}"
    d: "\${{ name }}"
---
kind: App.T
metadata: { name: t }
name: x
key: "\${{ Secret.E.lowerAscii() }}"
`);
  assert.deepEqual(errors, []);
  for (const n of [1, 2]) {
    const fields = { a: "[redacted]", b: "[redacted]", c: "x: [redacted]", d: "x" };
    assert.deepEqual(shown(`App.Thing.x-${n}`), fields);
  }
});

test("what waits for a controller is shown as it was written", async () => {
  const { shown } = await load(
    thing("a", {
      a: "${{ request.x + Secret.E.upperAscii() }}",
      b: "to ${{ request.x }} ${{ Secret.E }}",
    }),
  );
  assert.deepEqual(shown("App.Thing.a"), {
    a: "${{ request.x + Secret.E.upperAscii() }}",
    b: "to ${{ request.x }} ${{ Secret.E }}",
  });
});

test("what the value of a sensitive kind is made of is hidden, but not names of variables", async () => {
  const { kernel, shown } = await load(`
kind: App.Login
metadata: { name: L }
user: ann
password: s3same!!
---
kind: Secret
metadata: { name: Written }
value: open-s3same
---
kind: Secret
metadata: { name: Other }
env: NOT_SET
default: a default
---
${thing("a", { a: "${{ App.Login.L }}" })}`);
  assert.deepEqual(shown("App.Login.L"), { user: "[redacted]", password: "[redacted]" });
  assert.deepEqual(shown("Secret.Written"), { value: "[redacted]" });
  assert.deepEqual(shown("Secret.Other"), { env: "NOT_SET", default: "[redacted]" });
  assert.deepEqual(shown("App.Thing.a"), { a: "[redacted]" });
  assert.equal(kernel.redact("ann logs in with s3same!!"), "ann logs in with [redacted]");
});

test("what was computed is hidden in texts too, but not what the expression says itself", async () => {
  const { kernel } = await load(thing("a", {
    a: "${{ Secret.E.upperAscii() }}",
    b: "${{ Secret.E == '' ? 'production' : 'staging' }}",
    c: "${{ size(Secret.E) }}",
    d: "${{ Secret.E.split(' ') }}",
  }));
  assert.equal(
    kernel.redact(`${SECRET.toUpperCase()} in staging, ${SECRET.length}`),
    `[redacted] in staging, ${SECRET.length}`,
  );
  assert.equal(kernel.redact({ part: SECRET.split(" ")[0] }).part, "[redacted]");
});

test("secret() marks a value that only the running app knows", async () => {
  const { app, a } = await boot();
  assert.equal(a.redact("token-12345"), "token-12345");
  assert.equal(a.secret("token-12345"), "token-12345");
  const token = { deep: ["other-token"] };
  assert.equal(a.secret(token), token);
  a.secret(new TextEncoder().encode("in bytes"));
  assert.deepEqual(a.redact({ x: "<token-12345>", y: btoa("other-token"), z: "in bytes" }), {
    x: "<[redacted]>",
    y: "[redacted]",
    z: "[redacted]",
  });
  await app.stop();
});

test("an error that ends the load shows no secret that is written beside it", async () => {
  const platform = memoryPlatform({
    files: {
      "/app/runtime.yaml": `name: App\nimports: [digly:core]\n---
kind: Secret
metadata: { name: E }
value: hunter2-hunter2
---
kind: Variable
metadata: { name: V }
value: "\${{ Secret.F }} hunter2-hunter2"
`,
    },
    cwd: "/app",
  });
  const kernel = new Kernel({ platform, builtins: embedded });
  await assert.rejects(kernel.load("runtime.yaml"), (error: DiglyError) => {
    const lines = kernel.redact(error.origin?.excerpt?.lines.join("\n") ?? "");
    assert.match(lines, /Secret\.F .*\[redacted\]/);
    assert.doesNotMatch(lines, /hunter2/);
    return true;
  });
});
