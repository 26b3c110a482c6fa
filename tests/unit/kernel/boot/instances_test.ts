import assert from "node:assert/strict";
import { test } from "node:test";
import { app, resource } from "../../app.ts";

const changes: Readonly<Record<string, (one: Record<string, unknown>) => void>> = {
  "`kind`": (one) => void (one["kind"] = "x"),
  "`added`": (one) => void (one["added"] = "x"),
  "`list[1].deep`": ({ list }) => void ((list as { deep: number }[])[1]!.deep = 3),
  "`list[2]`": ({ list }) => void (list as number[]).push(3),
  "`list`": (one) => void delete one["list"],
};

for (const [field, change] of Object.entries(changes)) {
  test(`a controller that changes ${field} gets an error that says resources are frozen`, async () => {
    const { kernel } = app({
      resources: resource("Thing", "a", "list: [1, { deep: 2 }]"),
      kinds: {
        Thing: {
          create(one) {
            change(one as unknown as Record<string, unknown>);
            return {};
          },
        },
      },
    });
    await kernel.load("runtime.yaml");
    await assert.rejects(kernel.start(), {
      code: "ERR_CREATE_FAILED",
      message: "Creating Test.Thing.a failed: its controller changes " +
        `${field} of its resource, and resources are frozen`,
    });
  });
}

test("a change to any other frozen value is reported unchanged", async () => {
  const { kernel } = app({
    resources: resource("Thing", "a"),
    kinds: {
      Thing: {
        create() {
          const own = Object.freeze({ size: 1 }) as { size: number };
          own.size = 2;
          return {};
        },
      },
    },
  });
  await kernel.load("runtime.yaml");
  await assert.rejects(kernel.start(), /Cannot assign to read only property 'size'/);
});
