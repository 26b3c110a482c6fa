/** What is computed from a sensitive value is sensitive, whatever computes it. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import type { DiglyError } from "../../../../src/contract/errors.ts";
import { Kernel } from "../../../../src/kernel/kernel.ts";
import { embedded } from "../../../../src/generated/embedded.ts";
import { memoryPlatform, type MemoryPlatformOptions } from "../../../../src/platform/memory.ts";
import { boot } from "../../kernel/boot/contexts.ts";

const SECRET = "it's-Hunter2 & <co>";

const KINDS = `kind: Runtime.Definition
metadata: { name: Thing, resourceKind: Thing }
scope: [request]
---
kind: Runtime.Definition
metadata: { name: Login, resourceKind: Login }
sensitive: true
value: "base64.encode(bytes(self.user + ':' + self.password))"
---
kind: Runtime.Definition
metadata: { name: Shout, resourceKind: Shout }
value: "self.text.upperAscii()"
`;

const BASE = `kind: Secret
metadata: { name: E }
env: SENTINEL
---
kind: Variable
metadata: { name: Open }
value: in the open
`;

interface Loaded {
  readonly kernel: Kernel;
  readonly errors: readonly DiglyError[];
  /** What is shown of the fields of a resource. */
  readonly shown: (urn: string) => unknown;
}

async function load(
  resources: string,
  { files = {}, remote = {}, manifest = "" }: {
    files?: Readonly<Record<string, string>>;
    remote?: NonNullable<MemoryPlatformOptions["remote"]>;
    manifest?: string;
  } = {},
): Promise<Loaded> {
  const errors: DiglyError[] = [];
  const platform = memoryPlatform({
    files: {
      "/app/runtime.yaml":
        `name: App\nimports: [digly:core]\ndefinitions: [/kinds.yaml]\n${manifest}\n---\n${BASE}---\n${resources}`,
      "/kinds.yaml": KINDS,
      ...files,
    },
    env: { SENTINEL: SECRET, OTHER: "other-value" },
    cwd: "/app",
    remote,
  });
  const kernel = new Kernel({
    platform,
    builtins: embedded,
    diagnostics: { error: (error) => void errors.push(error), warning: () => {} },
  });
  await kernel.load("runtime.yaml");
  return {
    kernel,
    errors,
    shown(urn) {
      const found = kernel.resources().find(({ kind, metadata }) =>
        `${kind}.${metadata.name}` === urn
      );
      const { kind: _kind, metadata: _metadata, ...fields } = kernel.redact(found!);
      return JSON.parse(JSON.stringify(fields));
    },
  };
}

const thing = (name: string, fields: Readonly<Record<string, unknown>>) =>
  `kind: App.Thing\nmetadata: { name: ${name} }\n${
    Object.entries(fields).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`).join("")
  }`;

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

test("it goes on from resource to resource, by the fields that are read", async () => {
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

describe("a remote manifest that is not pinned", () => {
  const HOST = "https://example.com";
  const url = `${HOST}/lib/module.yaml`;
  const pin = (text: string) => `#sha256=${createHash("sha256").update(text).digest("hex")}`;
  const MODULE = (documents: string) => `name: Lib\nimports: [digly:core]\n---\n${documents}`;
  const READS = MODULE(`kind: Variable\nmetadata: { name: Stolen }\nvalue: "\${{ Secret.E }}"\n`);

  test("may not read a secret that it did not declare", async () => {
    const { errors } = await load(thing("a", {}), {
      manifest: `resources: ["${HOST}/lib/r.yaml"]`,
      remote: { [`${HOST}/lib/r.yaml`]: thing("stolen", { a: "x ${{ Secret.E.upperAscii() }}" }) },
    });
    assert.deepEqual(
      errors.map(({ code, message, origin }) => [code, message, origin?.file, origin?.line]),
      [[
        "ERR_REFERENCE_UNRESOLVED",
        `${HOST}/lib/r.yaml is not pinned, and may not read Secret.E, which is sensitive`,
        `${HOST}/lib/r.yaml`,
        3,
      ]],
    );
    assert.match(errors[0]!.help ?? "", /#sha256=/);
  });

  test("may not read what was computed from one, nor all secrets", async () => {
    for (
      const expression of [
        "Variable.Url",
        "App.Thing.a.key",
        "App.Thing.a",
        "Secret['E']",
        "Secret[['E'][0]]",
      ]
    ) {
      const { errors } = await load(
        [
          thing("a", { key: "${{ size(Secret.E) }}" }),
          "kind: Variable\nmetadata: { name: Url }\nvalue: 'x${{ Secret.E }}'\n",
        ].join("---\n"),
        {
          manifest: `resources: ["${HOST}/lib/r.yaml"]`,
          remote: { [`${HOST}/lib/r.yaml`]: thing("stolen", { a: `\${{ ${expression} }}` }) },
        },
      );
      assert.match(errors[0]?.message ?? "", /is not pinned, and may not read/, expression);
      assert.equal(errors.length, 1);
    }
  });

  test("may when its hash is given, and may read its own and what is open", async () => {
    const manifest = (place: string) => `resources: ["${place}"]`;
    const reads = thing("a2", { a: "${{ Secret.E }}" });
    const place = `${HOST}/lib/r.yaml`;
    const pinned = await load(thing("a", {}), {
      manifest: manifest(place + pin(reads)),
      remote: { [place]: reads },
    });
    assert.deepEqual(pinned.errors, []);
    const own = [
      "kind: Secret\nmetadata: { name: Own }\nvalue: own-secret\n",
      thing("a2", { a: "${{ Secret.Own }}", b: "${{ Variable.Open }}" }),
    ].join("---\n");
    const unpinned = await load(thing("a", {}), {
      manifest: manifest(place),
      remote: { [place]: own },
    });
    assert.deepEqual(unpinned.errors, []);
    assert.deepEqual(unpinned.shown("App.Thing.a2"), { a: "[redacted]", b: "in the open" });
  });

  test("may not through a template that the app uses, but may use what it is handed", async () => {
    const template = (body: string) =>
      MODULE(`kind: TemplateDefinition
metadata: { name: T }
schema: { type: object, properties: { key: {} } }
resources:
  - kind: Variable
    metadata: { name: Made }
    value: "${body}"
`);
    const instance = 'kind: Lib.T\nmetadata: { name: t }\nkey: "${{ Secret.E }}"\n';
    const uses = (body: string, place = url) =>
      load(instance, {
        files: {
          "/app/runtime.yaml":
            `name: App\nimports: [digly:core, "${place}"]\n---\n${BASE}---\n${instance}`,
        },
        remote: { [url]: template(body) },
      });
    const handed = await uses("<${{ key }}>");
    assert.deepEqual(handed.errors.map(({ message }) => message), []);
    assert.deepEqual(handed.shown("Variable.Made"), { value: "<[redacted]>" });
    const stolen = await uses("${{ Secret.E + key }}");
    assert.match(stolen.errors[0]?.message ?? "", /is not pinned, and may not read Secret.E/);
    assert.equal(stolen.errors[0]?.origin?.file, url);
    const loops = await uses("${{ [1].map(i, Secret.E) }}");
    assert.match(loops.errors[0]?.message ?? "", /may not read Secret.E/);
    const text = template("${{ Secret.E + key }}");
    assert.deepEqual((await uses("${{ Secret.E + key }}", url + pin(text))).errors, []);
  });

  test("sees no environment in a template either", async () => {
    for (const body of ["${{ env.OTHER }}", "${{ has(env.OTHER) ? env.OTHER : 'none' }}"]) {
      const { errors, shown } = await load("", {
        files: {
          "/app/runtime.yaml":
            `name: App\nimports: [digly:core, "${url}"]\n---\n${BASE}---\nkind: Lib.T\nmetadata: { name: t }\n`,
        },
        remote: {
          [url]: MODULE(`kind: TemplateDefinition
metadata: { name: T }
resources:
  - kind: Variable
    metadata: { name: Made }
    value: "${body}"
`),
        },
      });
      if (body.includes("has(")) assert.deepEqual(shown("Variable.Made"), { value: "none" });
      else assert.match(errors[0]?.message ?? "", /OTHER is not set/);
    }
  });

  test("that is imported may not read the secrets of who imports it", async () => {
    const { errors } = await load("", {
      files: {
        "/app/runtime.yaml": `name: App\nimports: [digly:core, "${url}"]\n---\n${BASE}`,
      },
      remote: { [url]: READS },
    });
    assert.match(errors[0]?.message ?? "", /is not pinned, and may not read Secret.E/);
  });
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
