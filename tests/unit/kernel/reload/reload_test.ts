/** A running app changes to its next version: what is kept, and what is replaced. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Controller } from "../../../../src/contract/module.ts";
import { ParsedSources } from "../../../../src/load/yaml/parsed_sources.ts";
import { app, resource } from "../../app.ts";
import { READY, recording, rewrite, started, until } from "./recording.ts";

test("what changed is created beside what runs, which is then drained and torn down", async () => {
  const story: string[] = [];
  const recorded = await started(app({
    resources: [resource("Thing", "a"), resource("Thing", "b", "text: one")].join("---\n"),
    kinds: { Thing: recording(story) },
  }));
  const { kernel } = recorded;
  story.length = 0;
  rewrite(recorded, resource("Thing", "a"), resource("Thing", "b", "text: two"));
  assert.deepEqual(await kernel.reload(), { changed: 1, added: 0, removed: 0 });
  await until(() => story.includes("teardown b2"));
  assert.deepEqual(story, ["create b3", "init b3", "start b3", "drain b2", "teardown b2"]);
  assert.equal(await kernel.execute("Test.Thing.a"), "a1 ");
  assert.equal(await kernel.execute("Test.Thing.b"), "b3 two");
  const { errors } = await kernel.stop();
  assert.deepEqual(errors, []);
  assert.deepEqual(story.slice(5), ["drain b3", "drain a1", "teardown b3", "teardown a1"]);
});

test("added and removed resources, and what depends on them", async () => {
  const story: string[] = [];
  const recorded = await started(app({
    resources: [
      resource("User", "u", "needs: Test.Thing.a"),
      resource("Thing", "a"),
      resource("Thing", "gone"),
    ].join("---\n"),
    kinds: { Thing: recording(story), User: recording(story) },
    definitions: { User: READY },
  }));
  const { kernel, events } = recorded;
  story.length = 0;
  rewrite(
    recorded,
    resource("User", "u", "needs: Test.Thing.a"),
    resource("Thing", "a", "text: new"),
    resource("Thing", "more"),
  );
  assert.deepEqual(await kernel.reload(), { changed: 1, added: 1, removed: 1 });
  await until(() => story.includes("teardown a1"));
  assert.deepEqual(story.filter((line) => line.startsWith("create")), [
    "create a3",
    "create u2",
    "create more4",
  ]);
  // In reverse order of their creation.
  assert.deepEqual(story.filter((line) => line.startsWith("teardown")), [
    "teardown gone2",
    "teardown u1",
    "teardown a1",
  ]);
  await assert.rejects(kernel.execute("Test.Thing.gone"), { code: "ERR_RESOURCE_NOT_FOUND" });
  assert.equal(await kernel.execute("Test.Thing.more"), "more4 ");
  const reloaded = events.find(({ event }) => event === "Runtime.Reloaded");
  assert.deepEqual(reloaded?.payload, { changed: 1, added: 1, removed: 1 });
  await kernel.stop();
});

test("an instance with reload takes over its changed resource, and one that it depends on", async () => {
  const story: string[] = [];
  const texts: unknown[] = [];
  const recorded = await started(app({
    resources: [
      resource("Server", "s", "needs: Test.Thing.a"),
      resource("Thing", "a", "text: one"),
    ].join("---\n"),
    kinds: {
      Thing: recording(story),
      Server: {
        create: (first, ctx) => {
          story.push("create server");
          return {
            reload: (changed) => {
              if (changed["text"] === "refused") return undefined;
              return () => {
                const { name } = ctx.use<{ name: string }>("Test.Thing.a");
                texts.push([name, changed["text"]]);
                if (changed["text"] === "broken") throw new Error("broken");
              };
            },
            execute: () => first.metadata.name,
          };
        },
      },
    },
    definitions: { Server: READY },
  }));
  const { kernel } = recorded;
  const server = (text: string) => resource("Server", "s", `needs: Test.Thing.a\n${text}`);
  rewrite(recorded, server(""), resource("Thing", "a", "text: two"));
  assert.deepEqual(await kernel.reload(), { changed: 1, added: 0, removed: 0 });
  assert.deepEqual(texts.splice(0), [["a2", undefined]]);
  rewrite(recorded, server("text: x"), resource("Thing", "a", "text: two"));
  await kernel.reload();
  assert.deepEqual(texts.splice(0), [["a2", "x"]]);
  rewrite(recorded, server("text: broken"), resource("Thing", "a", "text: three"));
  await assert.rejects(kernel.reload(), /broken/);
  // It has taken back the resource before, with the instance before.
  assert.deepEqual(texts.splice(0), [["a3", "broken"], ["a2", "x"]]);
  assert.equal(story.filter((line) => line === "create server").length, 1);
  rewrite(recorded, server("text: refused"), resource("Thing", "a", "text: two"));
  await kernel.reload();
  assert.equal(story.filter((line) => line === "create server").length, 2);
  await kernel.stop();
});

test("an instance that has listed resources is created anew when one of them changes", async () => {
  const lists: string[] = [];
  const recorded = await started(app({
    resources: [resource("Lister", "l"), resource("Item", "a"), resource("Other", "o")]
      .join("---\n"),
    kinds: {
      Lister: {
        create(_self, ctx) {
          const names = ctx.getResources("Test.Item").map(({ metadata, text }) =>
            `${metadata.name}${text ?? ""}`
          );
          lists.push(names.join(" "));
          return {};
        },
      },
    },
    definitions: { Item: "", Other: "" },
  }));
  const { kernel } = recorded;
  rewrite(
    recorded,
    resource("Lister", "l"),
    resource("Item", "a"),
    resource("Other", "o", "text: changed"),
  );
  await kernel.reload();
  assert.deepEqual(lists, ["a"]);
  rewrite(
    recorded,
    resource("Lister", "l"),
    resource("Item", "a", "text: x"),
    resource("Item", "b"),
  );
  await kernel.reload();
  assert.deepEqual(lists, ["a", "ax b"]);
  await kernel.stop();
});

test("what a controller has registered stays with it", async () => {
  const story: string[] = [];
  const recorded = await started(app({
    resources: [resource("Maker", "m"), resource("Thing", "a")].join("---\n"),
    kinds: {
      Thing: recording(story),
      Maker: {
        create(self, ctx) {
          ctx.registerResource({
            kind: "Test.Thing",
            metadata: { name: "made" },
            text: self["text"] ?? "first",
          });
          return {};
        },
      },
    },
  }));
  const { kernel } = recorded;
  assert.equal(await kernel.execute("Test.Thing.made"), "made2 first");
  rewrite(recorded, resource("Maker", "m"), resource("Thing", "a", "text: new"));
  assert.deepEqual(await kernel.reload(), { changed: 1, added: 0, removed: 0 });
  assert.equal(await kernel.execute("Test.Thing.made"), "made2 first");
  assert.equal(await kernel.execute("Test.Thing.a"), "a3 new");
  rewrite(recorded, resource("Maker", "m", "text: second"), resource("Thing", "a", "text: new"));
  await kernel.reload();
  assert.equal(await kernel.execute("Test.Thing.made"), "made4 second");
  const { errors } = await kernel.stop();
  assert.deepEqual(errors, []);
});

test("other variables change the resources that read them", async () => {
  const story: string[] = [];
  const recorded = await started(app({
    resources: [resource("Thing", "a", "text: ${{ env.GREETING }}"), resource("Thing", "b")]
      .join("---\n"),
    kinds: { Thing: recording(story) },
  }));
  const { kernel } = recorded;
  assert.equal(await kernel.execute("Test.Thing.a"), "a1 hello");
  assert.deepEqual(await kernel.reload({ env: { GREETING: "good day" } }), {
    changed: 1,
    added: 0,
    removed: 0,
  });
  assert.equal(await kernel.execute("Test.Thing.a"), "a3 good day");
  assert.equal(await kernel.execute("Test.Thing.b"), "b2 ");
  await kernel.stop();
});

test("changed code is imported again, and replaces the instances of its kind", async () => {
  let version = 1;
  const recorded = await started(app({
    resources: [resource("Thing", "a"), resource("Other", "b")].join("---\n"),
    kinds: {
      Thing: (() => {
        const own = version++;
        return { create: () => ({ execute: () => own }) };
      }) as unknown as Controller,
      Other: recording([]),
    },
  }));
  const { kernel, platform } = recorded;
  assert.equal(await kernel.execute("Test.Thing.a"), 1);
  assert.deepEqual(await kernel.reload(), { changed: 0, added: 0, removed: 0 });
  await new Promise((resolve) => setTimeout(resolve, 2));
  platform.writeFile("/app/test/Thing.ts", "// changed");
  assert.deepEqual(await kernel.reload(), { changed: 1, added: 0, removed: 0 });
  assert.equal(await kernel.execute("Test.Thing.a"), 2);
  assert.equal(await kernel.execute("Test.Other.b"), "b1 ");
  await kernel.stop();
});

test("only an app that has started can be reloaded, and a stop waits for a reload", async () => {
  const recorded = app({ resources: resource("Thing", "a"), kinds: { Thing: recording([]) } });
  const { kernel } = recorded;
  await assert.rejects(kernel.reload(), { code: "ERR_USAGE" });
  await started(recorded);
  rewrite(recorded, resource("Thing", "a", "text: new"));
  const reloaded = kernel.reload().catch((error: unknown) => error);
  const { errors } = await kernel.stop();
  await reloaded;
  assert.deepEqual(errors, []);
  await assert.rejects(kernel.reload(), { code: "ERR_USAGE" });
});

test("a reload parses each file once, for the check and the start, and those that changed alone", async () => {
  const sources = new ParsedSources();
  const recorded = await started(app({
    resources: resource("Thing", "a"),
    kinds: { Thing: recording([]) },
    sources,
  }));
  const parsed = sources.count;
  assert.ok(parsed > 1);
  await recorded.kernel.reload();
  assert.equal(sources.count, parsed);
  rewrite(recorded, resource("Thing", "a", "text: new"));
  assert.deepEqual(await recorded.kernel.reload(), { changed: 1, added: 0, removed: 0 });
  assert.equal(sources.count, parsed + 1);
  assert.equal(await recorded.kernel.execute("Test.Thing.a"), "a2 new");
  await recorded.kernel.stop();
});
