/** What a program loads that imports the library: no part of the command line. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { root, run, runtime, tempApp } from "./forms.ts";

const library = root + "mod.ts";
const builtLibrary = root + "dist/mod.mjs";

/** Prints the path of every module of this project as Node loads it. */
const NODE_SPY = `import { registerHooks } from "node:module";
registerHooks({ load(url, context, next) {
  if (url.startsWith("file:")) console.log(decodeURI(new URL(url).pathname));
  return next(url, context);
} });
`;

/** The same for Bun, whose plugins may not touch packages written as CommonJS. */
const BUN_SPY = `import { readFileSync } from "node:fs";
Bun.plugin({ name: "spy", setup: (build) => build.onLoad(
  { filter: /^(?!.*node_modules).*\\.m?[jt]s$/ },
  ({ path }) => {
    console.log(path);
    const loader = path.endsWith("ts") ? "ts" : "js";
    return { contents: readFileSync(path, "utf8"), loader };
  },
) });
`;

const spies = tempApp({ "node.mjs": NODE_SPY, "bun.mjs": BUN_SPY });

/** Runtime → the paths of the modules that importing the one at `path` loads. */
const modulesLoadedBy: Readonly<Record<string, (path: string) => Promise<string[]>>> = {
  node: (path) => loadWithSpy(["node", "--import", join(spies, "node.mjs")], path),
  bun: (path) => loadWithSpy(["bun", "--preload", join(spies, "bun.mjs")], path),
  async deno(path) {
    const form = { name: "deno", command: [runtime("deno"), "info", "--json", path] };
    const { stdout, stderr, code } = await run(form, [], { cwd: root });
    assert.equal(code, 0, stderr);
    const { modules } = JSON.parse(stdout) as { modules: DenoModule[] };
    const byUrl = new Map(modules.map((module) => [module.specifier, module]));
    const urls = new Set([pathToFileURL(path).href]);
    for (const url of urls) {
      for (const { code, isDynamic } of byUrl.get(url)?.dependencies ?? []) {
        if (!isDynamic && code?.specifier !== undefined) urls.add(code.specifier);
      }
    }
    return [...urls].map((url) => decodeURI(url.replace(/^file:\/\//, "")));
  },
};

interface DenoModule {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly code?: { readonly specifier?: string };
    readonly isDynamic?: boolean;
  }[];
}

async function loadWithSpy(
  [name, ...options]: ["node" | "bun", ...string[]],
  path: string,
): Promise<string[]> {
  const user = join(
    tempApp({ "user.mjs": `await import(${JSON.stringify(path)});\n` }),
    "user.mjs",
  );
  const form = { name, command: [runtime(name), ...options, user] };
  const { stdout, stderr, code } = await run(form, []);
  assert.equal(code, 0, stderr);
  return stdout.trim().split("\n");
}

describe("importing the library does not load the command line", () => {
  for (const [name, modulesLoaded] of Object.entries(modulesLoadedBy)) {
    test(`mod.ts on ${name}`, async () => {
      const paths = await modulesLoaded(library);
      const layers = paths.flatMap((path) =>
        path.startsWith(root) ? /^(?:src\/)?([^/]+)/.exec(path.slice(root.length))![1]! : []
      );
      assert.deepEqual([...new Set(layers)].filter((layer) => layer !== "node_modules").sort(), [
        "bundle",
        "cel",
        "contract",
        "diagnostics",
        "generated",
        "kernel",
        "load",
        "mod.ts",
        "observe",
        "platform",
        "schema",
        "template",
        "version.ts",
      ]);
      assert.deepEqual(paths.filter((path) => /commander/.test(path)), []);
    });

    test(`dist/mod.mjs on ${name}`, async () => {
      const paths = (await modulesLoaded(builtLibrary)).filter((path) => path.startsWith(root));
      assert.ok(paths.includes(builtLibrary), paths.join("\n"));
      const commandLine = paths.filter((path) =>
        readFileSync(path, "utf8").includes("commander.unknownOption")
      );
      assert.deepEqual(commandLine, []);
    });
  }
});

/** Mistakes of a program that embeds Digly; each prints the code of its error. */
const MISTAKES = `
const { Kernel, compile } = await import(process.argv.at(-1));
const kernel = () => new Kernel({ env: {} });
const calls = [
  () => kernel().load(undefined),
  () => kernel().load(new URL("nowhere/runtime.yaml", import.meta.url).href),
  () => kernel().enableEventStream(),
  () => compile({}, { base: "config.yaml" }),
  () => compile("\${1}", { context: { f: () => 1 } }),
];
for (const call of calls) {
  try {
    await call();
    console.log("no error");
  } catch (error) {
    console.log(error.code ?? error.stack);
  }
}
const loaded = kernel();
await loaded.load(new URL("runtime.yaml", import.meta.url).href);
console.log([...loaded.registry.keys()].join());
`;

describe("wrong arguments are errors with a code, and an app loads by its URL", () => {
  const cwd = tempApp({
    "mistakes.mjs": `import process from "node:process";${MISTAKES}`,
    "runtime.yaml": "name: App\nimports: [digly:core]\n---\nkind: Variable\n" +
      "metadata: { name: A }\nvalue: 1\n",
  });
  for (const name of ["node", "deno", "bun"] as const) {
    for (const path of [library, builtLibrary]) {
      test(`${path.slice(root.length)} on ${name}`, async () => {
        // Deno looks for packages from the folder of the program, not of the library.
        const config = path === library ? ["--config", `${root}deno.json`] : [];
        const options = name === "deno" ? ["run", "-A", ...config] : [];
        const form = { name, command: [runtime(name), ...options, "mistakes.mjs", path] };
        const { stdout, stderr } = await run(form, [], { cwd });
        assert.deepEqual(stdout.trim().split("\n"), [
          "ERR_USAGE",
          "ERR_MANIFEST_NOT_FOUND",
          "ERR_USAGE",
          "ERR_USAGE",
          "ERR_USAGE",
          "Variable",
        ], stderr);
      });
    }
  }
});
