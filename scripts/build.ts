/**
 * Builds `dist/`: the program and the library as one JavaScript file each, for Node, Deno
 * and Bun, and the program as an executable that needs nothing installed.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { build, type BuildOptions, type Plugin } from "esbuild";

const root = fileURLToPath(new URL("../", import.meta.url));

/** In one file all modules are the main module, or none: none, and the program starts itself. */
const neverMain: Plugin = {
  name: "never-main",
  setup(build) {
    build.onLoad({ filter: /platform\/main_module\.ts$/ }, () => ({
      contents: "export const isMainModule = () => false;",
    }));
  },
};

/** What is required at run time otherwise is a part of the one file. */
const bundledLibrary: Plugin = {
  name: "bundled-library",
  setup(build) {
    build.onLoad({ filter: /platform\/schema_library\.ts$/ }, () => ({
      contents: `export const requireSchemaLibrary = () => ({
        Ajv: require("ajv").Ajv,
        Ajv2020: require("ajv/dist/2020.js").Ajv2020,
        formats: require("ajv-formats").default,
        _: require("ajv")._,
      });`,
      resolveDir: root,
    }));
  },
};

/** In one file every import of a runtime's module is made at the start: not those few need. */
const lateBuiltins: Plugin = {
  name: "late-builtins",
  setup(build) {
    build.onResolve(
      { filter: /^(fs|http|https|path|stream|util|zlib)$/ },
      ({ path, importer }) =>
        importer.includes("/@opentelemetry/") ? { path, namespace: "late" } : undefined,
    );
    build.onLoad({ filter: /./, namespace: "late" }, ({ path }) => ({
      contents: `module.exports = require("node:${path}");`,
    }));
  },
};

const shared: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  // Of modules only what is used gets in; of CommonJS everything.
  mainFields: ["module", "main"],
  external: ["esbuild"],
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: true,
  legalComments: "none",
  plugins: [neverMain, bundledLibrary, lateBuiltins],
  // Dependencies written as CommonJS ask for Node's modules by `require`.
  banner: {
    js: 'import { createRequire as $createRequire } from "node:module";\n' +
      "const require = $createRequire(import.meta.url);",
  },
  logLevel: "warning",
};

const LOCAL_IMPORT = /(from |import\()"(\.[^"]+)\.ts"/g;

rmSync(root + "dist", { recursive: true, force: true });
mkdirSync(root + "dist");
await Promise.all([
  build({
    ...shared,
    stdin: {
      contents: 'import { runCli } from "./cli.ts";\nvoid runCli();\n',
      resolveDir: root,
      sourcefile: "digly.ts",
    },
    outfile: "dist/digly.mjs",
    banner: { js: "#!/usr/bin/env node\n" + shared.banner!["js"] },
  }),
  // The entries of the library share what they have in common.
  build({
    ...shared,
    entryPoints: {
      mod: "mod.ts",
      module: "src/contract/author.ts",
      testing: "testing.ts",
    },
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    outdir: "dist",
    outExtension: { ".js": ".mjs" },
  }),
]);
writeTypes();
compile("dist/digly");
for (const file of ["dist/digly.mjs", "dist/mod.mjs", "dist/digly"]) {
  console.log(`${file}  ${(statSync(root + file).size / 1e6).toFixed(2)} MB`);
}

/** Writes the declarations of the library's entries, and of what they name. */
function writeTypes(): void {
  const all = mkdtempSync(tmpdir() + "/digly-types-");
  try {
    const { status } = spawnSync(root + "node_modules/.bin/tsc", [
      "-p",
      "tsconfig.types.json",
      "--outDir",
      all,
    ], { cwd: root, stdio: "inherit" });
    if (status !== 0) process.exit(1);
    const entries = ["mod.d.ts", "testing.d.ts", "src/contract/author.d.ts"];
    for (const path of reachable(all, entries)) {
      const text = readFileSync(`${all}/${path}`, "utf8");
      mkdirSync(`${root}dist/types/${dirname(path)}`, { recursive: true });
      writeFileSync(`${root}dist/types/${path}`, text.replaceAll(LOCAL_IMPORT, '$1"$2.js"'));
    }
  } finally {
    rmSync(all, { recursive: true });
  }
}

/** The declarations that `paths` lead to, themselves included. */
function reachable(folder: string, paths: readonly string[]): Set<string> {
  const found = new Set(paths);
  for (const path of found) {
    const text = readFileSync(`${folder}/${path}`, "utf8");
    for (const [, , specifier] of text.matchAll(LOCAL_IMPORT)) {
      found.add(join(dirname(path), `${specifier}.d.ts`));
    }
  }
  return found;
}

/** Compiles the executable with Bun; why these flags, see ARCHITECTURE.md. */
function compile(outfile: string): void {
  const { status } = spawnSync(root + "node_modules/.bin/bun", [
    "build",
    "cli.ts",
    "--compile",
    "--splitting",
    "--minify",
    "--bytecode",
    "--format=esm",
    "--compile-autoload-package-json",
    "--no-compile-autoload-dotenv",
    "--no-compile-autoload-bunfig",
    "--no-compile-autoload-tsconfig",
    `--outfile=${outfile}`,
  ], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) process.exit(1);
}
