import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import type { DiglyError } from "../../../../src/contract/errors.ts";
import { diskFiles } from "../../../../src/platform/files.ts";
import { memoryPlatform } from "../../../../src/platform/memory.ts";
import { locateManifest, locateResources } from "../../../../src/load/files/locate.ts";
import { pathOf } from "../../../../src/diagnostics/origin.ts";
import { originAtOffset } from "../../../../src/diagnostics/origin.ts";
import { source } from "../yaml/texts.ts";

const origin = originAtOffset(source("resources: [x]"), 12, 1, ["resources", 0]);

function filesOf(...paths: string[]) {
  return memoryPlatform({ files: Object.fromEntries(paths.map((path) => [path, ""])) }).files;
}

function manifest(path: string, ...paths: string[]): string {
  return locateManifest(`file://${path}`, filesOf(...paths), "runtime.yaml", pathOf);
}

function resources(path: string, ...paths: string[]): string[] {
  const url = new URL(path, "file:///app/").href;
  return locateResources(url, filesOf(...paths), { path, origin, toPath: pathOf });
}

function errorOf(action: () => unknown): DiglyError {
  try {
    action();
  } catch (error) {
    return error as DiglyError;
  }
  throw new Error("nothing was thrown");
}

describe("the manifest of an app", () => {
  test("is the file itself, whatever its name, or runtime.yaml in a folder", () => {
    assert.equal(manifest("/app/x.yml", "/app/x.yml"), "file:///app/x.yml");
    assert.equal(manifest("/app", "/app/runtime.yaml"), "file:///app/runtime.yaml");
    assert.equal(manifest("/app/", "/app/runtime.yaml"), "file:///app/runtime.yaml");
  });

  const failures: [path: string, files: string[], problem: string, help: string][] = [
    [
      "/app",
      ["/app/runtime.yml", "/app/other.yaml"],
      "The folder /app does not contain a runtime.yaml",
      "It contains runtime.yml: rename it to runtime.yaml, or name the file itself",
    ],
    [
      "/app/",
      ["/app/b.yaml", "/app/a.yml", "/app/readme.md"],
      "The folder /app/ does not contain a runtime.yaml",
      "It contains a.yml, b.yaml: name the file that is the runtime.yaml",
    ],
    [
      "/app",
      ["/app/readme.md"],
      "The folder /app does not contain a runtime.yaml",
      "Create one in it: `name: my_app` is enough, and `digly init` creates a starter app",
    ],
    [
      "/app/runtime.yaml",
      ["/app/runtime.yml"],
      "/app/runtime.yaml does not exist",
      'Did you mean "runtime.yml"? It is in the same folder',
    ],
    [
      "/app/runtme.yaml",
      ["/app/runtime.yaml"],
      "/app/runtme.yaml does not exist",
      'Did you mean "runtime.yaml"? It is in the same folder',
    ],
    [
      "/app/sub/runtime.yaml",
      ["/app/runtime.yaml"],
      "/app/sub/runtime.yaml does not exist",
      "The folder /app/sub does not exist",
    ],
    [
      "/app/100%25.yaml",
      ["/app/100%x.yaml"],
      "/app/100%.yaml does not exist",
      'Did you mean "100%x.yaml"? It is in the same folder',
    ],
  ];
  for (const [path, files, problem, help] of failures) {
    test(`${path} among ${files.join(", ")}`, () => {
      const error = errorOf(() => manifest(path, ...files));
      assert.deepEqual([error.code, error.message, error.help], [
        "ERR_MANIFEST_NOT_FOUND",
        problem,
        help,
      ]);
    });
  }

  test("many files are not all listed", () => {
    const files = Array.from({ length: 9 }, (_, i) => `/app/${i}-long-name.yaml`);
    assert.match(
      errorOf(() => manifest("/app", ...files)).help ?? "",
      /^It contains 0-.* and 4 more:/,
    );
  });
});

describe("the files of an entry of resources", () => {
  test("a file is taken as it is", () => {
    assert.deepEqual(resources("_x.json", "/app/_x.json"), ["file:///app/_x.json"]);
  });

  test("a folder is walked in code-point order", () => {
    const names = [
      "b.yaml",
      "a/z.yml",
      "a/b/c.yaml",
      "a.yaml",
      "B.yaml",
      "é.yaml",
      "\uFF5E.yaml",
      "😀.yaml",
      "10.yaml",
      "9.yaml",
    ];
    assert.deepEqual(
      resources("res", ...names.map((name) => `/app/res/${name}`)).map(pathOf),
      [
        "10.yaml",
        "9.yaml",
        "B.yaml",
        "a/b/c.yaml",
        "a/z.yml",
        "a.yaml",
        "b.yaml",
        "é.yaml",
        "\uFF5E.yaml",
        "😀.yaml",
      ]
        .map((name) => `/app/res/${name}`),
    );
  });

  test("what is hidden, a fragment, a manifest, a package or no YAML is skipped", () => {
    const skipped = [
      ".hidden.yaml",
      ".git/x.yaml",
      "_part.yaml",
      "_parts/x.yaml",
      "node_modules/p/x.yaml",
      "runtime.yaml",
      "module.yaml",
      "sub/module.yaml",
      "x.json",
      "yaml",
      "x.yaml.bak",
    ];
    assert.deepEqual(
      resources("res/", "/app/res/y.yaml", ...skipped.map((name) => `/app/res/${name}`)),
      ["file:///app/res/y.yaml"],
    );
  });

  test("names become URLs as the URL standard writes them", () => {
    assert.deepEqual(
      resources("res", "/app/res/a b#?%41+c&d.yaml", "/app/res/x:y.yaml"),
      ["file:///app/res/a%20b%23%3F%2541+c&d.yaml", "file:///app/res/x:y.yaml"],
    );
  });

  test("a path that does not exist is an error with its place and the nearest name", () => {
    const error = errorOf(() => resources("routs", "/app/routes/a.yaml"));
    assert.deepEqual([error.code, error.message, error.help], [
      "ERR_MANIFEST_NOT_FOUND",
      '"routs" does not exist',
      'Did you mean "routes"? It is in the same folder',
    ]);
    assert.equal(error.origin, origin);
    assert.equal(
      errorOf(() => resources("something", "/app/routes/a.yaml")).help,
      "Looked at /app/something",
    );
  });

  test("a folder without a manifest is an error", () => {
    const error = errorOf(() => resources("res", "/app/res/_a.yaml", "/app/res/b.txt"));
    assert.deepEqual([error.code, error.message, error.origin], [
      "ERR_MANIFEST_NOT_FOUND",
      'The folder "res" contains no manifests',
      origin,
    ]);
  });

  test("a place of another machine is an error", () => {
    const error = errorOf(() => resources("https://example.com/a.yaml"));
    assert.equal(error.code, "ERR_MANIFEST_NOT_FOUND");
    assert.equal(error.origin, origin);
  });
});

test("links are followed, also one that leads back to a folder above", (context) => {
  const folder = mkdtempSync(`${tmpdir()}/digly-locate-`);
  context.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(`${folder}/res/sub`, { recursive: true });
  writeFileSync(`${folder}/res/sub/a.yaml`, "");
  writeFileSync(`${folder}/outside.yaml`, "");
  symlinkSync("../..", `${folder}/res/sub/up`);
  symlinkSync("../outside.yaml", `${folder}/res/link.yaml`);
  symlinkSync("nowhere", `${folder}/res/dangling.yaml`);
  const url = pathToFileURL(`${folder}/res`).href;
  assert.deepEqual(
    locateResources(url, diskFiles, { path: "res", origin, toPath: pathOf })
      .map((found) => found.slice(url.length)),
    ["/link.yaml", "/sub/a.yaml", "/sub/up/outside.yaml"],
  );
});
