import assert from "node:assert/strict";
import { test } from "node:test";
import { loadModules } from "../../../../src/load/imports/modules.ts";
import type { Origin } from "../../../../src/contract/errors.ts";
import type { ModuleManifest } from "../../../../src/contract/manifest.ts";
import { memoryPlatform } from "../../../../src/platform/memory.ts";
import { collect } from "../../documents.ts";

const origin: Origin = { file: "/app/runtime.yaml", line: 1, column: 1, length: 0, path: "$" };
const builtins = { "digly:/http/module.yaml": "", "digly:/std/module.yaml": "" };

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
      ownName: path,
      version: undefined,
      description: undefined,
      imports: (imports[path] ?? []).map((specifier) => ({
        path: specifier,
        as: undefined,
        origin,
      })),
      definitions: [],
      entrypoints: [{ runtimes: ["node"], entrypoint: "./own.ts", base: url, origin }],
      importEntrypoints: new Map(
        Object.entries(overrides[path] ?? {}).map(([specifier, entrypoint]) => [
          specifier,
          { entries: [{ runtimes: ["node"], entrypoint, base: url, origin }], origin },
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

test("@diglyai/digly-core is a package, else all built-in modules", async () => {
  const installed = { "/app/node_modules/@diglyai/digly-core/module.yaml": [] };
  const imports = { "/app/runtime.yaml": ["@diglyai/digly-core"] };
  assert.equal((await load(imports)).names[0], "digly:/std/module.yaml");
  assert.deepEqual((await load({ ...imports, ...installed })).names, [
    ...Object.keys(installed),
    "/app/runtime.yaml",
  ]);
  const withoutManifest = { "/app/node_modules/@diglyai/digly-core/package.json": [] };
  const { errors } = await load({ ...imports, ...withoutManifest });
  assert.match(errors[0]!.message, /"@diglyai\/digly-core" is not a module/);
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

/** Three modules, the last imported by both others. */
const THREE = {
  "/app/runtime.yaml": ["./a", "./b"],
  "/app/a/module.yaml": ["../b"],
  "/app/b/module.yaml": [],
};

test("importEntrypoints replace an import's own; the started manifest's win", async () => {
  const ofB = (result: Awaited<ReturnType<typeof load>>) => {
    const { entrypoints: [entry] = [] } = result.modules.find(({ manifest }) =>
      manifest.name === "/app/b/module.yaml"
    )!;
    return [entry?.entrypoint, entry?.base];
  };
  const base = "file:///app/b/module.yaml";
  assert.deepEqual(ofB(await load(THREE)), ["./own.ts", base]);
  const byA = { "/app/a/module.yaml": { "../b": "./by-a.ts" } };
  assert.deepEqual(ofB(await load(THREE, byA)), ["./by-a.ts", base]);
  const both = await load(THREE, { ...byA, "/app/runtime.yaml": { "./b": "./by-root.ts" } });
  assert.deepEqual(ofB(both), ["./by-root.ts", base]);
  assert.deepEqual(both.errors, []);
  assert.deepEqual(both.warnings, []);
});

test("a path that exists only relative to the importing manifest is an error", async () => {
  const { errors } = await load({ ...THREE, "/app/mine.ts": [] }, {
    "/app/runtime.yaml": { "./b": "./mine.ts" },
  });
  assert.deepEqual(errors.map(({ code, message }) => [code, message]), [[
    "ERR_MODULE_INVALID",
    '"./mine.ts" of importEntrypoints exists only relative to this manifest',
  ]]);
  assert.equal(
    errors[0]!.help,
    'It is relative to the folder of the imported module, /app/b/: write "../mine.ts"',
  );
  for (const path of ["../mine.ts", "/app/mine.ts", "file:///app/mine.ts", "./new.ts"]) {
    const sound = await load({ ...THREE, "/app/mine.ts": [], "/app/b/new.ts": [] }, {
      "/app/runtime.yaml": { "./b": path },
    });
    assert.deepEqual(sound.errors, [], path);
  }
});

test("overrides that change nothing are a warning", async () => {
  const { errors, warnings } = await load(THREE, { "/app/runtime.yaml": { "./b": "own.ts" } });
  assert.deepEqual(errors, []);
  assert.deepEqual(warnings.map(({ message }) => message), [
    'importEntrypoints of "./b" change nothing: they are the module\'s own',
  ]);
});

test("one module under two names in one manifest has one set of entrypoints", async () => {
  const imports = { ...THREE, "/app/runtime.yaml": ["./b", "./b/module.yaml"] };
  const { errors } = await load(imports, {
    "/app/runtime.yaml": { "./b": "./x.ts", "./b/module.yaml": "./y.ts" },
  });
  assert.match(errors[0]!.message, /are one module, with different entrypoints/);
});

test("two importers that differ are an error, a key that is not an import a warning", async () => {
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
