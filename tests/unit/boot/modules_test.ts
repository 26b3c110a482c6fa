import assert from "node:assert/strict";
import { test } from "node:test";
import { loadModules } from "../../../src/boot/modules.ts";
import type { Origin } from "../../../src/contract/errors.ts";
import type { ModuleManifest } from "../../../src/contract/manifest.ts";
import { memoryPlatform } from "../../../src/platform/memory.ts";
import { collect } from "../documents.ts";

const origin: Origin = { file: "/app/runtime.yaml", line: 1, column: 1, length: 0, path: "$" };
const builtins = { "digly:/http/module.yaml": "", "digly:/core/module.yaml": "" };

/** Loads the app whose manifests, by path, import what is listed. */
async function load(
  imports: Record<string, readonly string[]>,
  overrides: Record<string, Record<string, string>> = {},
) {
  const platform = memoryPlatform({
    files: Object.fromEntries(Object.keys(imports).map((path) => [path, ""])),
  });
  const diagnostics = collect();
  const read: string[] = [];
  const readManifest = (url: string): ModuleManifest => {
    read.push(url);
    const path = platform.toPath(url);
    return {
      url,
      folder: new URL(".", url).href,
      name: path,
      version: undefined,
      description: undefined,
      imports: (imports[path] ?? []).map((specifier) => ({ path: specifier, origin })),
      definitions: [],
      entrypoints: [{ runtime: "node", entrypoint: "./own.ts", base: url, origin }],
      importEntrypoints: new Map(
        Object.entries(overrides[path] ?? {}).map(([specifier, entrypoint]) => [
          specifier,
          { entries: [{ runtime: "node", entrypoint, base: url, origin }], origin },
        ]),
      ),
      resources: [],
      limits: undefined,
      documents: [],
    };
  };
  const modules = await loadModules(readManifest("file:///app/runtime.yaml"), {
    files: platform.files,
    builtins,
    toPath: platform.toPath,
    readManifest: (url) => Promise.resolve(readManifest(url)),
    diagnostics,
  });
  return { ...diagnostics, read, modules, names: modules.map(({ manifest }) => manifest.name) };
}

test("imports are registered before who imports them, each once", async () => {
  const { names, read, errors } = await load({
    "/app/runtime.yaml": ["./a", "./b/module.yaml"],
    "/app/a/module.yaml": ["../b"],
    "/app/b/module.yaml": ["digly:http"],
  });
  assert.deepEqual(errors, []);
  assert.deepEqual(names, [
    "digly:/http/module.yaml",
    "/app/b/module.yaml",
    "/app/a/module.yaml",
    "/app/runtime.yaml",
  ]);
  assert.equal(read.length, 4);
});

test("a cycle of imports is fine", async () => {
  const { names, errors } = await load({
    "/app/runtime.yaml": ["./a"],
    "/app/a/module.yaml": ["../b"],
    "/app/b/module.yaml": ["../a"],
  });
  assert.deepEqual(errors, []);
  assert.deepEqual(names, ["/app/b/module.yaml", "/app/a/module.yaml", "/app/runtime.yaml"]);
});

test("a bare name is a package in node_modules upward, else the built-in of that name", async () => {
  const { names } = await load({
    "/app/runtime.yaml": ["queue", "@shop/cart", "http"],
    "/node_modules/queue/module.yaml": [],
    "/app/node_modules/@shop/cart/module.yaml": [],
  });
  assert.deepEqual(names.slice(0, 3), [
    "/node_modules/queue/module.yaml",
    "/app/node_modules/@shop/cart/module.yaml",
    "digly:/http/module.yaml",
  ]);
});

test("the old name of the core module is the built-in", async () => {
  const { names } = await load({ "/app/runtime.yaml": ["@diglyai/digly-core", "digly:core"] });
  assert.deepEqual(names, ["digly:/core/module.yaml", "/app/runtime.yaml"]);
});

test("an import that does not resolve names every place looked at", async () => {
  const { errors } = await load({ "/app/runtime.yaml": ["./missing", "htpp", "digly:htp"] });
  assert.deepEqual(errors.map(({ code }) => code), [
    "ERR_MODULE_NOT_FOUND",
    "ERR_MODULE_NOT_FOUND",
    "ERR_MODULE_NOT_FOUND",
  ]);
  assert.match(errors[0]!.help!, /\/app\/missing/);
  assert.match(errors[1]!.help!, /Did you mean "http"\?/);
  assert.match(errors[1]!.help!, /\/app\/node_modules\/htpp, \/node_modules\/htpp/);
  assert.match(errors[2]!.help!, /Did you mean "digly:http"\?/);
});

test("a folder without a module.yaml is named with the file that is missing", async () => {
  const { errors } = await load({ "/app/runtime.yaml": ["./a"], "/app/a/other.yaml": [] });
  assert.match(errors[0]!.help!, /\/app\/a\/module\.yaml/);
});

test("importEntrypoints replace an import's own; the started manifest's win", async () => {
  const imports = {
    "/app/runtime.yaml": ["./a", "./b"],
    "/app/a/module.yaml": ["../b"],
    "/app/b/module.yaml": [],
  };
  const ofB = (result: Awaited<ReturnType<typeof load>>) =>
    result.modules.find(({ manifest }) => manifest.name === "/app/b/module.yaml")?.entrypoints[0]
      ?.entrypoint;
  assert.equal(ofB(await load(imports)), "./own.ts");
  assert.equal(
    ofB(await load(imports, { "/app/a/module.yaml": { "../b": "./by-a.ts" } })),
    "./by-a.ts",
  );
  const both = await load(imports, {
    "/app/a/module.yaml": { "../b": "./by-a.ts" },
    "/app/runtime.yaml": { "./b": "./by-root.ts" },
  });
  assert.equal(ofB(both), "./by-root.ts");
  assert.deepEqual(both.errors, []);
});

test("two importers that differ are an error, a key that is no import a warning", async () => {
  const { errors, warnings } = await load({
    "/app/runtime.yaml": ["./a", "./c"],
    "/app/a/module.yaml": ["../b"],
    "/app/c/module.yaml": ["../b"],
    "/app/b/module.yaml": [],
  }, {
    "/app/a/module.yaml": { "../b": "./by-a.ts" },
    "/app/c/module.yaml": { "../b": "./by-c.ts", "../x": "./x.ts" },
  });
  assert.deepEqual(errors.map(({ code }) => code), ["ERR_MODULE_INVALID"]);
  assert.deepEqual(warnings.map(({ code }) => code), ["WARN_UNUSED_ENTRYPOINTS"]);
});
