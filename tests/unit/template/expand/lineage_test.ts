import assert from "node:assert/strict";
import { test } from "node:test";
import { app } from "../../app.ts";
import { definitions, expanded, problems, template } from "./expanding.ts";

/** Templates T1 … Tn, each generating an instance of the next, the last one a thing. */
function tower(height: number): string[] {
  return Array.from({ length: height }, (_, index) => {
    const level = index + 1;
    const next = level === height ? "Test.Thing" : `T${level + 1}`;
    return template(
      `T${level}`,
      `- { kind: ${next}, metadata: { name: '\${{ n }}' }, n: '\${{ n }}' }`,
    );
  });
}

const first = "kind: App.T1\nmetadata: { name: top }\nn: é\n";

test("depth counts the templates, and the URI names the ancestors", async () => {
  const [one] = await expanded([...tower(1), first]);
  assert.equal(one?.metadata.generationDepth, 1);
  assert.equal(one.metadata.uri, "http://localhost/template/T1#Test.Thing.%C3%A9");
  const [three] = await expanded([...tower(3), first]);
  assert.equal(three?.metadata.generationDepth, 3);
  assert.equal(
    three.metadata.uri,
    "http://localhost/template/T1#T2.%C3%A9/T3.%C3%A9/Test.Thing.%C3%A9",
  );
});

test("templates may nest ten levels deep, and no deeper", async () => {
  const [ten] = await expanded([...tower(10), first]);
  assert.equal(ten?.metadata.generationDepth, 10);
  const [error, ...rest] = await problems([...tower(11), first]);
  assert.equal(error?.code, "ERR_LIMIT_EXCEEDED");
  assert.equal(
    error.message,
    "Templates nest more than 10 levels deep: App.T1 → T2 → T3 → T4 → T5 → T6 → T7 → T8 → T9 → T10 → T11",
  );
  assert.match(error.help!, /templateDepth/);
  assert.equal(rest.length, 0);
});

test("a template that generates itself ends", async () => {
  const errors = await problems([
    template("T1", "- for: i in range(2)\n  kind: T1\n  metadata: { name: 'a${{ i }}' }"),
    first,
  ]);
  assert.deepEqual(errors.map(({ code }) => code), ["ERR_LIMIT_EXCEEDED"]);
  assert.match(errors[0]!.message, /App\.T1 → T1 → T1/);
});

test("recursion that ends by itself is fine", async () => {
  const body = `- if: n > 0
  kind: T1
  metadata: { name: 'r\${{ n }}' }
  n: \${{ n - 1 }}
- { kind: Test.Thing, metadata: { name: '\${{ n }}' } }`;
  const made = await expanded([template("T1", body), "kind: T1\nmetadata: { name: t }\nn: 3\n"]);
  assert.deepEqual(made.map(({ metadata }) => `${metadata.name}@${metadata.generationDepth}`), [
    "0@4",
    "1@3",
    "2@2",
    "3@1",
  ]);
});

test("too many resources in all are an error", async () => {
  const many = template(
    "T1",
    "- for: i in range(n)\n  kind: Test.Thing\n  metadata: { name: '${{ i }}' }",
  );
  const [error, ...rest] = await problems([many, "kind: T1\nmetadata: { name: t }\nn: 100\n"], {
    limits: { resources: 50 },
  });
  assert.equal(error?.code, "ERR_LIMIT_EXCEEDED");
  assert.equal((error.details as { limit: string }).limit, "resources");
  assert.equal(rest.length, 0);
});

test("loops that generate nothing are bounded, too", async () => {
  const body =
    "- for: [a in range(n), b in range(n), c in range(n)]\n  if: false\n  kind: Test.Thing\n  metadata: { name: a }";
  const errors = await problems([
    template("T1", body),
    "kind: T1\nmetadata: { name: t }\nn: 10000\n",
  ]);
  assert.deepEqual(errors.map(({ details }) => (details as { limit?: string }).limit), ["nodes"]);
});

test("one resource, and the text of all, are bounded", async () => {
  const wide = template(
    "T1",
    "- kind: Test.Thing\n  metadata: { name: a }\n  list: [{ for: i in range(n), value: 'xxxxxxxxxx' }]",
  );
  const instance = "kind: T1\nmetadata: { name: t }\nn: 100\n";
  for (
    const limits of [{ nodes: 90 }, { documentText: 900 }, { totalText: 900 }] as const
  ) {
    const errors = await problems([wide, instance], { limits });
    assert.deepEqual(errors.map(({ details }) => (details as { limit?: string }).limit), [
      Object.keys(limits)[0],
    ]);
  }
});

test("modules find generated resources by their URI, their depth and the instance's file", async () => {
  let found: Record<string, string[]> = {};
  const { kernel } = app({
    resources: "kind: Test.Finder\nmetadata: { name: f }\n",
    definitions: { ...definitions, Finder: "" },
    kinds: {
      Finder: {
        create(_resource, ctx) {
          const names = (list: readonly { metadata: { name: string } }[]) =>
            list.map(({ metadata }) => metadata.name);
          found = {
            uri: names([
              ctx.getResourceByUri(
                "http://localhost/template/T1#T2.é/Test.Thing.é".replaceAll("é", "%C3%A9"),
              )!,
            ]),
            depth: names(ctx.getResourcesByGenerationDepth(2)),
            instance: names(ctx.getResourcesBySourcePath("/app/instance.yaml")),
            template: names(ctx.getResourcesBySourcePath("/app/templates.yaml")),
          };
          return {};
        },
      },
    },
    manifest: "resources: [instance.yaml, templates.yaml]",
    files: { "/app/instance.yaml": first, "/app/templates.yaml": tower(2).join("---\n") },
  });
  await kernel.load("runtime.yaml");
  await kernel.start();
  await kernel.stop();
  assert.deepEqual(found, { uri: ["é"], depth: ["é"], instance: ["é"], template: ["T1", "T2"] });
});

test("an error about a generated resource is in the body, after loops and computed keys", async () => {
  const body = `- for: i in range(2)
  kind: Test.Typed
  metadata: { name: 'x\${{ i }}' }
- kind: Test.Thing
  metadata: { name: y }
  list:
    - for: i in range(3)
      value: \${{ i }}
    - { if: false, a: 1 }
    - { '\${{ n }}': '\${{ Test.Thing.nope.a }}' }`;
  const [error, ...rest] = await problems([
    template("T2", body),
    template("T1", "- { kind: T2, metadata: { name: inner }, n: key }"),
    first,
  ]);
  assert.equal(error?.origin?.path, "$.resources[1].list[2]['${{ n }}']".replaceAll("'", '"'));
  assert.deepEqual(
    error.related.map(({ message, origin }) => `${message} ${origin.line}`),
    ["generated by T2.inner 22", "generated by App.T1.top 24"],
  );
  assert.equal(rest.length, 0);
});

test("two generated resources of one name are an error with both places", async () => {
  const body = "- for: i in range(2)\n  kind: Test.Thing\n  metadata: { name: same }";
  const [error, ...rest] = await problems([template("T1", body), first]);
  assert.equal(error?.code, "ERR_DUPLICATE_RESOURCE");
  assert.deepEqual(error.related.map(({ message }) => message), [
    "the first one",
    "generated by App.T1.top",
  ]);
  assert.equal(rest.length, 0);
});

test("generated resources of an unknown kind carry their chain", async () => {
  const body = "- { kind: Test.Thng, metadata: { name: a } }";
  const [error] = await problems([template("T1", body), first]);
  assert.equal(error?.code, "ERR_CONTROLLER_NOT_FOUND");
  assert.equal(error.origin?.path, "$.resources[0].kind");
  assert.deepEqual(error.related.map(({ message }) => message), ["generated by App.T1.top"]);
});

test("Resource.Registered says where a generated resource is from", async () => {
  const { kernel, events } = app({ resources: [...tower(2), first].join("---\n"), definitions });
  await kernel.load("runtime.yaml");
  const { payload } = events.find(({ resource }) => resource === "Test.Thing.é")!;
  assert.deepEqual(payload, {
    uri: "http://localhost/template/T1#T2.%C3%A9/Test.Thing.%C3%A9",
    generationDepth: 2,
  });
});
