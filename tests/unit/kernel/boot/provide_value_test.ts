import assert from "node:assert/strict";
import { test } from "node:test";
import type { Controller } from "../../../../src/contract/module.ts";
import type { RuntimeResource } from "../../../../src/contract/resource.ts";
import { app, resource } from "../../app.ts";

const SECRET = "value: true\nsensitive: true\nschema: { properties: { path: {}, token: {} } }";

/** A vault that gives the path and the token of a secret; it lists what it was asked for. */
function vault(asked: string[], more: Partial<Controller> = {}): Controller {
  return {
    async value({ metadata, ...fields }: RuntimeResource, ctx) {
      asked.push(metadata.name);
      await Promise.resolve();
      if (fields["path"] === "gone") throw ctx.problem(["path"], "is not in the vault");
      return { password: `secret-of-${fields["path"]}-${fields["token"] ?? "none"}` };
    },
    ...more,
  };
}

function reader(seen: unknown[]): Controller {
  return { create: ({ text }) => ({ init: () => void seen.push(text) }) };
}

test("a controller provides the values of its resources, once each, in order", async () => {
  const asked: string[] = [];
  const seen: unknown[] = [];
  const { kernel } = app({
    kinds: { Secret: vault(asked), Reader: reader(seen) },
    definitions: { Secret: SECRET },
    resources: [
      resource("Reader", "a", 'text: "${{ Test.Secret.two.password }}"'),
      resource("Secret", "two", 'path: two\ntoken: "${{ Test.Secret.one.password }}"'),
      resource("Secret", "one", "path: one"),
      resource("Secret", "unused", "path: gone"),
      resource("Reader", "b", "text: \"${{ Test.Secret.one.password + '!' }}\""),
    ].join("---\n"),
  });
  await kernel.load("runtime.yaml");
  await kernel.start();
  assert.deepEqual(asked, ["one", "two"]);
  assert.deepEqual(seen, ["secret-of-two-secret-of-one-none", "secret-of-one-none!"]);
  assert.deepEqual(kernel.redact({ text: "the secret-of-one-none" }), { text: "the [redacted]" });
  assert.equal(kernel.redact(seen)[0], "[redacted]");
  await kernel.stop();
});

test("values that wait for nothing are asked for together", async () => {
  let running = 0;
  let most = 0;
  const value = async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 1));
    running--;
    return "x";
  };
  const names = Array.from({ length: 20 }, (_, index) => `s${index}`);
  const { kernel } = app({
    kinds: { Secret: { value }, Reader: reader([]) },
    definitions: { Secret: SECRET },
    resources: [
      ...names.map((name) => resource("Secret", name)),
      ...names.map((name) => resource("Reader", name, `text: "\${{ Test.Secret.${name} }}"`)),
    ].join("---\n"),
  });
  await kernel.load("runtime.yaml");
  assert.equal(most, 20);
});

test("a value that is not provided is an error at the field that its controller names", async () => {
  const { kernel } = app({
    kinds: { Secret: vault([]), Reader: reader([]) },
    definitions: { Secret: SECRET },
    resources: [
      resource("Secret", "one", "path: gone"),
      resource("Reader", "a", 'text: "${{ Test.Secret.one.password }}"'),
    ].join("---\n"),
  });
  await assert.rejects(kernel.load("runtime.yaml"), (error: Error & { origin?: object }) => {
    assert.equal(error.message, "Test.Secret.one has no value: is not in the vault");
    assert.deepEqual((error.origin as { path: string }).path, "$.path");
    return true;
  });
});

test("a check does not ask for values, and what reads them fits any field", async () => {
  const asked: string[] = [];
  const errors: unknown[] = [];
  const { kernel } = app({
    kinds: { Secret: vault(asked), Reader: reader([]) },
    definitions: { Secret: SECRET, Reader: "schema: { properties: { text: { type: integer } } }" },
    resources: [
      resource("Secret", "one", "path: gone"),
      resource("Reader", "a", 'text: "${{ Test.Secret.one.password }}"'),
    ].join("---\n"),
    checking: true,
    diagnostics: { error: (error) => void errors.push(error), warning() {} },
  });
  await kernel.load("runtime.yaml");
  await kernel.verify();
  assert.deepEqual([asked, errors], [[], []]);
});

test("a value that takes longer than a boot, or is none, is an error", async () => {
  const never = () => new Promise<never>(() => {});
  for (
    const [value, message] of [
      [never, /did not provide it within 0\.02 s/],
      [() => undefined, /gave nothing/],
    ] as const
  ) {
    const { kernel } = app({
      kinds: { Secret: { value }, Reader: reader([]) },
      definitions: { Secret: SECRET },
      resources: resource("Secret", "one") + "---\n" +
        resource("Reader", "a", 'text: "${{ Test.Secret.one }}"'),
      bootTimeoutMs: 20,
    });
    await assert.rejects(kernel.load("runtime.yaml"), {
      code: "ERR_REFERENCE_UNRESOLVED",
      message,
    });
  }
});

test("a definition and its controller must agree about the value", async () => {
  const boot = async (controller: Controller, definition: string) => {
    const { kernel } = app({
      kinds: { Secret: controller, Reader: reader([]) },
      definitions: { Secret: definition },
      resources: resource("Secret", "one") + "---\n" +
        resource("Reader", "a", 'text: "${{ Test.Secret.one }}"'),
    });
    await kernel.load("runtime.yaml");
    await kernel.start();
  };
  await assert.rejects(boot({ create: () => ({}) }, SECRET), {
    code: "ERR_MODULE_INVALID",
    message: /has `value: true`, and its controller does not export `value`/,
  });
  await assert.rejects(boot(vault([]), "description: none"), {
    code: "ERR_MODULE_INVALID",
    message: "The controller of Test.Secret exports `value`, and its definition does not say so",
    help: "Add `value: true` to the definition",
  });
});
