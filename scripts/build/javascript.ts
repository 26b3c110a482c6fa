/** Makes the program and the library as JavaScript, for Node, Deno and Bun. */
import { basename } from "node:path";
import { build, type BuildOptions, type Plugin } from "esbuild";
import { root } from "./command.ts";

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

/** The entries of the library, each an entry of the package. */
const LIBRARY = { mod: "mod.ts", module: "src/contract/author.ts", testing: "testing.ts" };

/**
 * The program as a module that starts itself. It gives controllers what they import from
 * `digly/module` where both are made into one executable.
 */
const PROGRAM = `import { runCli } from "./cli.ts";
export * from "./src/contract/author.ts";
void runCli();
`;

/** What was made. */
export interface JavaScript {
  /** Paths below `dist/`. */
  readonly files: readonly string[];
  /** Paths of every source file that went into them. */
  readonly inputs: readonly string[];
}

/** How everything is built. */
function options(commit: string): BuildOptions & { readonly metafile: true } {
  return {
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
    define: { DIGLY_COMMIT: JSON.stringify(commit) },
    metafile: true,
    plugins: [neverMain, bundledLibrary, lateBuiltins],
    // Dependencies written as CommonJS ask for Node's modules by `require`.
    banner: {
      js: 'import { createRequire as $createRequire } from "node:module";\n' +
        "const require = $createRequire(import.meta.url);",
    },
    logLevel: "warning",
  };
}

/** Writes `dist/digly.mjs` and the library. */
export async function writeJavaScript(commit: string): Promise<JavaScript> {
  const shared = options(commit);
  const results = await Promise.all([
    build({
      ...shared,
      stdin: { contents: PROGRAM, resolveDir: root, sourcefile: "digly.ts" },
      outfile: "dist/digly.mjs",
      banner: { js: "#!/usr/bin/env node\n" + shared.banner!["js"] },
    }),
    // The entries of the library share what they have in common.
    build({
      ...shared,
      entryPoints: LIBRARY,
      splitting: true,
      chunkNames: "chunks/[name]-[hash]",
      outdir: "dist",
      outExtension: { ".js": ".mjs" },
    }),
  ]);
  const inputs = results.flatMap(({ metafile }) => Object.keys(metafile.inputs));
  const files = results.flatMap(({ metafile }) => Object.keys(metafile.outputs));
  return {
    inputs: [...new Set(inputs)],
    files: files.map((path) => path.replace(/^dist\//, "")).sort(),
  };
}

/**
 * The program in chunks, text by name; `program.mjs` starts it. Only the chunks that are used
 * are loaded, in an executable too.
 */
export async function programChunks(commit: string): Promise<Record<string, string>> {
  const { outputFiles } = await build({
    ...options(commit),
    stdin: { contents: PROGRAM, resolveDir: root, sourcefile: "program.ts" },
    entryNames: "program",
    chunkNames: "[name]-[hash]",
    outExtension: { ".js": ".mjs" },
    outdir: "program",
    splitting: true,
    write: false,
  });
  return Object.fromEntries(outputFiles.map(({ path, text }) => [basename(path), text]));
}
