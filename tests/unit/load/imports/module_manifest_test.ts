import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DEFAULT_LIMITS } from "../../../../src/contract/limits.ts";
import type { ModuleManifest } from "../../../../src/contract/manifest.ts";
import type { ValueMap } from "../../../../src/contract/resource.ts";
import { readControllerEntries } from "../../../../src/load/imports/controller_entries.ts";
import { readModuleManifest } from "../../../../src/load/imports/module_manifest.ts";
import { collect } from "../../documents.ts";
import { parse, source, summary } from "../yaml/texts.ts";
import { loadEngine } from "../../../../src/template/expr/engine.ts";

await loadEngine();

// The loader makes an environment without a prototype.
const ENV = Object.assign(Object.create(null), {
  HOME: "/home/ada",
  NAME: "shop",
  EMPTY: "",
  GONE: undefined,
});

function read(text: string, file = "module.yaml") {
  const diagnostics = collect();
  const manifest = readModuleManifest(source(text, file), {
    limits: DEFAULT_LIMITS,
    diagnostics,
    env: ENV,
    version: "0.3.1",
  });
  return { manifest, errors: diagnostics.errors };
}

/** The manifest of a string without mistakes. */
function valid(text: string): ModuleManifest {
  const { manifest, errors } = read(text);
  if (errors.length > 0) throw errors[0];
  return manifest;
}

describe("a manifest", () => {
  test("is read with everything it may say", () => {
    const manifest = valid(`name: Shop
version: 1.0.0
description: Sells things
imports: [./http, 'digly:core']
definitions:
  - definitions/a.yaml
  - path: definitions/b.yaml
    controllers: [{ runtime: 'node@>=20 <23', entrypoint: ./b.ts }]
entrypoints:
  - { runtime: node, entrypoint: ./index.ts }
importEntrypoints:
  ./http:
    - { runtime: bun, entrypoint: ./bun.ts }
resources: [a.yaml, folder]
---
kind: A
metadata: { name: a }
---
kind: A
metadata: { name: b }
`);
    const { url, folder, name, version, description } = manifest;
    assert.deepEqual({ url, folder, name, version, description }, {
      url: "file:///app/module.yaml",
      folder: "file:///app/",
      name: "Shop",
      version: "1.0.0",
      description: "Sells things",
    });
    const paths = (entries: readonly { path: string }[]) => entries.map(({ path }) => path);
    assert.deepEqual(paths(manifest.imports), ["./http", "digly:core"]);
    assert.deepEqual(paths(manifest.definitions), ["definitions/a.yaml", "definitions/b.yaml"]);
    assert.deepEqual(paths(manifest.resources), ["a.yaml", "folder"]);
    assert.equal(manifest.definitions[0]?.controllers, undefined);
    const [controller] = manifest.definitions[1]?.controllers ?? [];
    assert.deepEqual(
      [controller?.runtimes.join(), controller?.entrypoint, controller?.base],
      ["node@>=20 <23", "./b.ts", "file:///app/module.yaml"],
    );
    assert.deepEqual(manifest.entrypoints.map(({ entrypoint }) => entrypoint), ["./index.ts"]);
    assert.deepEqual([...manifest.importEntrypoints.keys()], ["./http"]);
    assert.equal(manifest.importEntrypoints.get("./http")?.entries[0]?.runtimes.join(), "bun");
    assert.deepEqual(manifest.documents.map(({ index }) => index), [1, 2]);
  });

  test("needs a name only; a key without a value is as if it were not there", () => {
    const manifest = valid("name: a\nversion:\nimports:\nresources:\ndefinitions: ~\n");
    assert.deepEqual(
      [manifest.version, manifest.imports, manifest.resources, manifest.definitions],
      [undefined, [], [], []],
    );
  });

  test("lists controllers as paths, or with their runtimes", () => {
    const { entrypoints } = valid(
      "name: a\nentrypoints: [./a.ts, { entrypoint: ./b.ts }, { runtime: [bun, deno], entrypoint: ./c.ts }]\n",
    );
    assert.deepEqual(entrypoints.map(({ runtimes, entrypoint }) => [entrypoint, ...runtimes]), [
      ["./a.ts"],
      ["./b.ts"],
      ["./c.ts", "bun", "deno"],
    ]);
  });

  test("may give an import another name", () => {
    const { imports } = valid("name: a\nimports: [./b, { from: ./c, as: D.E }, { from: ./f }]\n");
    assert.deepEqual(imports.map(({ path, as }) => [path, as]), [
      ["./b", undefined],
      ["./c", "D.E"],
      ["./f", undefined],
    ]);
  });

  test("knows where its entries stand", () => {
    const { imports, definitions, entrypoints, importEntrypoints } = valid(`name: a
imports:
  - ./one
definitions:
  - path: two.yaml
entrypoints:
  - { runtime: node, entrypoint: ./x.ts }
importEntrypoints:
  ./one: [{ runtime: bun, entrypoint: ./y.ts }]
`);
    const places = [
      imports[0]?.origin,
      definitions[0]?.origin,
      entrypoints[0]?.origin,
      importEntrypoints.get("./one")?.origin,
    ].map((origin) => `${origin?.line}:${origin?.column} ${origin?.path}`);
    assert.deepEqual(places, [
      "3:5 $.imports[0]",
      "5:11 $.definitions[0].path",
      "7:5 $.entrypoints[0]",
      '9:3 $.importEntrypoints["./one"]',
    ]);
  });

  test("of a built-in is read from its text", () => {
    const { manifest, errors } = (() => {
      const diagnostics = collect();
      const text = {
        ...source("name: Http\ndefinitions: [./server.yaml]\n"),
        url: "digly:/http/module.yaml",
      };
      const options = { limits: DEFAULT_LIMITS, diagnostics, env: {}, version: "0.3.1" };
      return { manifest: readModuleManifest(text, options), errors: diagnostics.errors };
    })();
    assert.deepEqual(errors, []);
    assert.equal(manifest.folder, "digly:/http/");
    assert.equal(new URL("./server.yaml", manifest.url).href, "digly:/http/server.yaml");
  });
});

describe("the environment", () => {
  const paths = (text: string) => valid(`name: a\n${text}`).resources.map(({ path }) => path);

  test("is known in imports and resources, alone and within a string", () => {
    assert.deepEqual(paths("resources: ['${{ env.HOME }}', 'x/${{ env.NAME }}.yaml']"), [
      "/home/ada",
      "x/shop.yaml",
    ]);
    const { imports, importEntrypoints } = valid(
      "name: a\nimports: ['./${{ env.NAME }}']\nimportEntrypoints: { './${{ env.NAME }}': [{ runtime: bun, entrypoint: a }] }\n",
    );
    assert.equal(imports[0]?.path, "./shop");
    assert.deepEqual([...importEntrypoints.keys()], ["./shop"]);
  });

  test("may have a default, and `$${{` is the text", () => {
    assert.deepEqual(
      paths(`resources: ["\${{ has(env.GONE) ? env.GONE : 'default' }}", "$\${{ x }}"]`),
      ["default", "${{ x }}"],
    );
  });

  const wrong: [text: string, code: string, expected: RegExp][] = [
    [
      "'${{ env.MISSING }}'",
      "ERR_REFERENCE_UNRESOLVED",
      /^2:22\+7 \$\.resources\[0\] The environment variable MISSING is not set/,
    ],
    ["'${{ env.GONE }}'", "ERR_REFERENCE_UNRESOLVED", /GONE is not set/],
    ["'x/${{ Http.Server.x }}'", "ERR_REFERENCE_UNRESOLVED", /Unknown name "Http"/],
    ["'${{ env. }}'", "ERR_COMPILATION_FAILED", /\$\.resources\[0\]/],
    ["'${{ env.NAME '", "ERR_COMPILATION_FAILED", /no closing/],
    ["'${{ env.NAME + 1 }}'", "ERR_EXPRESSION_TYPE", /"\+" does not take a string/],
    ["'${{ 1 + 1 }}'", "ERR_MODULE_INVALID", /`resources\[0\]` does not give a string/],
    ["'${{ env.EMPTY }}'", "ERR_MODULE_INVALID", /`resources\[0\]` is empty/],
    ["'${env.NAME}'", "ERR_MODULE_INVALID", /cannot contain a compile-time expression/],
  ];
  for (const [text, code, expected] of wrong) {
    test(`${text} is an error, and the other entries are kept`, () => {
      const { manifest, errors } = read(`name: a\nresources: [${text}, b.yaml]\n`);
      assert.deepEqual(errors.map((error) => error.code), [code]);
      assert.match(summary(errors[0]!), expected);
      assert.deepEqual(manifest.resources.map(({ path }) => path), ["b.yaml"]);
    });
  }

  test("is never shown by value", () => {
    const { errors } = read(
      "name: a\nresources: ['${{ env.HOME.size }}', '${{ int(env.HOME) }}']\n",
    );
    assert.equal(errors.length, 2);
    for (const { message, help } of errors) assert.doesNotMatch(`${message} ${help}`, /ada/);
  });
});

const CASES: [text: string, expected: string, help: RegExp][] = [
  ["version: '1'", "1:1+7 $ The manifest has no `name`", /name: app/],
  ["name: 5", "1:7+1 $.name `name` must be a string, and it is the number 5", /Quote it: "5"/],
  ["name: hello-api", '1:7+9 $.name "hello-api" cannot name a module', /write hello_api/],
  ["name: Self", '1:7+4 $.name "Self" is reserved and cannot name a module', /another/],
  [
    "name: TemplateDefinition",
    '1:7+18 $.name "TemplateDefinition" is reserved and cannot name a module',
    /another/,
  ],
  ["name: a\nimport: [x]", '2:1+6 $.import Unknown key "import" in the manifest', /"imports"/],
  ["name: a\nzzz: 1", '2:1+3 $.zzz Unknown key "zzz" in the manifest', /name, version/],
  [
    "name: a\nversion: 1.0",
    "2:10+3 $.version `version` must be a string, and it is the number 1",
    /Quote it/,
  ],
  [
    "name: a\nimports: ./x",
    "2:10+3 $.imports `imports` must be a list of strings, and it is a string",
    /- …/,
  ],
  [
    "name: a\nresources:\n  a: b",
    "3:3+1 $.resources `resources` must be a list of strings, and it is a map",
    /- …/,
  ],
  [
    "name: a\nimports: [5]",
    "2:11+1 $.imports[0] `imports[0]` must be a string, and it is the number 5",
    /"5"/,
  ],
  [
    "name: a\nimports:\n  -\n",
    "3:3+1 $.imports[0] `imports[0]` must be a string, and it is null",
    /string/,
  ],
  ["name: a\nresources: ['']", "2:13+2 $.resources[0] `resources[0]` is empty", /string/],
  [
    "name: a\ndefinitions: [{pth: x}]",
    '2:16+3 $.definitions[0].pth Unknown key "pth" in a definition',
    /"path"/,
  ],
  [
    "name: a\ndefinitions: ['${{ env.NAME }}']",
    "2:15+17 $.definitions[0] `definitions[0]` cannot contain an expression",
    /imports/,
  ],
  [
    "name: a\nentrypoints: [1]",
    "2:15+1 $.entrypoints[0] `entrypoints[0]` must be a path, or a map with `entrypoint`, and it is the number 1",
    /path of the controller/,
  ],
  [
    "name: a\nentrypoints: [{runtime: node}]",
    "2:15+1 $.entrypoints[0].entrypoint `entrypoints[0].entrypoint` is missing",
    /Add/,
  ],
  [
    "name: a\nentrypoints: [{runtime: 20, entrypoint: x}]",
    "2:25+2 $.entrypoints[0].runtime `entrypoints[0].runtime` must be a string, and it is the number 20",
    /Quote/,
  ],
  [
    "name: a\nentrypoints: [{ runtime: [], entrypoint: x }]",
    "2:26+1 $.entrypoints[0].runtime `entrypoints[0].runtime` is empty",
    /remove it for any/,
  ],
  [
    'name: a\nrequires: { digly: ">=0.2<1" }',
    '2:20+9 $.requires.digly ">=0.2<1" is not a valid version range',
    /space/,
  ],
  [
    'name: a\nrequires: { dgly: ">=0.2" }',
    '2:13+4 $.requires.dgly Unknown key "dgly" in `requires`',
    /"digly"/,
  ],
  [
    "name: a\nimports: [{ from: ./b, sa: C }]",
    '2:24+2 $.imports[0].sa Unknown key "sa" in an import',
    /as/,
  ],
  [
    "name: a\nimportEntrypoints: [x]",
    "2:20+1 $.importEntrypoints `importEntrypoints` must be a map from an import to its entrypoints, and it is a list",
    /key/,
  ],
];
describe("required versions of Digly", () => {
  test("that fit are accepted", () => {
    for (const range of [">=0.2", "^0.3.0", "*", ">=0.2 <1"]) {
      assert.deepEqual(read(`name: a\nrequires: { digly: "${range}" }\n`).errors, []);
    }
  });

  test("that do not fit are one error, also beside keys of another version", () => {
    const { errors } = read('name: a\nrequires: { digly: ">=0.4" }\nfuture: true\n');
    assert.deepEqual(errors.map(({ code }) => code), ["ERR_RUNTIME_MISMATCH"]);
    assert.deepEqual(errors.map(summary), [
      "2:20+7 $.requires.digly The module a requires Digly >=0.4, and this is Digly 0.3.1",
    ]);
    assert.match(errors[0]?.help ?? "", /a version of the module that works with 0\.3\.1/);
  });
});

describe("a field that is wrong", () => {
  for (const [text, expected, help] of CASES) {
    test(JSON.stringify(text), () => {
      const { errors } = read(text);
      assert.deepEqual(errors.map(summary), [expected]);
      assert.equal(errors[0]?.code, "ERR_MODULE_INVALID");
      assert.match(errors[0]?.help ?? "", help);
    });
  }

  test("costs what is right nothing", () => {
    const { manifest, errors } = read("nme: a\nimports: [1, ./b]\nresources: x\ndescription: []\n");
    assert.deepEqual(errors.map(({ origin }) => origin?.path), [
      "$.nme",
      "$.description",
      "$.imports[0]",
      "$.resources",
    ]);
    assert.deepEqual(manifest.imports.map(({ path }) => path), ["./b"]);
    assert.equal(manifest.name, "app");
  });
});

describe("a file that is not a manifest", () => {
  const cases: [text: string, expected: string, help: RegExp][] = [
    ["", "1:1+0 $ The file /app/runtime.yaml is empty", /name: my_app/],
    ["# only this\n", "1:1+0 $ The file /app/runtime.yaml is empty", /name: my_app/],
    ["- a", "1:1+1 $ A manifest must be a map, and this is a list", /name: my_app/],
    ["just text", "1:1+9 $ A manifest must be a map, and this is a string", /name: my_app/],
    [
      "kind: A\nmetadata: {name: a}\n---\nname: a\n",
      "1:1+4 $.kind The file /app/runtime.yaml begins with a resource, and not with a manifest",
      /---/,
    ],
    ["name: [\n---\nkind: A\nmetadata: {name: a}\n", "1:7+1 $ The [ is not closed", /closing/],
  ];
  for (const [text, expected, help] of cases) {
    test(`${JSON.stringify(text)} is one error`, () => {
      const { errors } = read(text, "runtime.yaml");
      assert.deepEqual(errors.map(summary), [expected]);
      assert.equal(errors[0]?.code, "ERR_MANIFEST_INVALID");
      assert.match(errors[0]?.help ?? "", help);
    });
  }

  test("keeps its resources", () => {
    assert.equal(read("kind: A\nmetadata: {name: a}\n---\nkind: B\n").manifest.documents.length, 2);
    assert.equal(read("name: [\n---\nkind: B\n").manifest.documents.length, 1);
    assert.equal(read("[]\n---\nkind: B\n").manifest.documents.length, 1);
  });

  test("an empty document before the manifest is skipped", () => {
    assert.equal(valid("---\n---\nname: a\n").name, "a");
  });
});

test("controllers of a definition are read the same way", () => {
  const diagnostics = collect();
  const [document] =
    parse("controllers:\n  - { runtime: node, entrypoint: ./a.ts, x: 1 }\n").documents;
  const entries = readControllerEntries(
    (document!.value as ValueMap)["controllers"]!,
    document!,
    ["controllers"],
    diagnostics,
  );
  assert.deepEqual(
    entries.map((
      { runtimes, entrypoint, base, origin },
    ) => [runtimes, entrypoint, base, origin.line]),
    [[["node"], "./a.ts", "file:///app/app.yaml", 2]],
  );
  assert.deepEqual(diagnostics.errors.map(summary), [
    '2:42+1 $.controllers[0].x Unknown key "x" in a controller',
  ]);
});
