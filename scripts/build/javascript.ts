/** Makes the program and the library as JavaScript, for Node, Deno and Bun. */
import { build, type BuildOptions, type Metafile, type Plugin } from "esbuild";
import { fileURLToPath } from "node:url";
import { root } from "./command.ts";
import { sharedChunks } from "./shared_chunks.ts";

/** The module that imports of the library of patterns lead to, so that it is bundled once. */
const patterns = JSON.stringify(fileURLToPath(import.meta.resolve("re2js")));

/** The libraries that are required at run time elsewhere are part of the single file. */
const bundledLibrary: Plugin = {
  name: "bundled-library",
  setup(build) {
    build.onLoad({ filter: /platform\/schema_library\.ts$/ }, () => ({
      contents: `export const requireSchemaLibrary = () => ({
        Ajv: require("ajv").Ajv,
        Ajv2020: require("ajv/dist/2020.js").Ajv2020,
        formats: require("ajv-formats").default,
        _: require("ajv")._,
      });
      export const requirePatternClass = () => require(${patterns}).RE2JS;`,
      resolveDir: root,
    }));
  },
};

/** In one file every static import of a runtime's module is made at the start: not those few need. */
const lateBuiltins: Plugin = {
  name: "late-builtins",
  setup(build) {
    build.onResolve(
      { filter: /^(fs|http|https|path|stream|util|zlib)$/ },
      ({ path, importer, kind }) =>
        importer.includes("/@opentelemetry/") && kind !== "dynamic-import"
          ? { path, namespace: "late" }
          : undefined,
    );
    build.onLoad({ filter: /./, namespace: "late" }, ({ path }) => ({
      contents: `module.exports = require("node:${path}");`,
    }));
  },
};

/** Whoever imports `node:process` makes Node create the standard streams; its global does not. */
const globalProcess: Plugin = {
  name: "global-process",
  setup(build) {
    build.onResolve({ filter: /^node:process$/ }, ({ path }) => ({ path, namespace: "global" }));
    build.onLoad({ filter: /./, namespace: "global" }, () => ({
      contents: "export default globalThis.process;",
    }));
  },
};

/** What the package consists of: the program, and the entries of the library. */
const PACKAGE = {
  program: "scripts/build/program.ts",
  mod: "mod.ts",
  module: "src/contract/author.ts",
  testing: "testing.ts",
};

/** What was made. */
export interface JavaScript {
  /** Paths below `dist/`. */
  readonly files: readonly string[];
  /** Those of the program, `program.mjs` and its chunks. */
  readonly program: readonly string[];
  /** Paths of every source file that went into them. */
  readonly inputs: readonly string[];
}

/** How everything is built. */
function options(
  commit: string,
): BuildOptions & { readonly metafile: true; readonly plugins: Plugin[] } {
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
    legalComments: "none",
    define: { DIGLY_COMMIT: JSON.stringify(commit) },
    metafile: true,
    plugins: [bundledLibrary, lateBuiltins, globalProcess],
    // Dependencies written as CommonJS ask for Node's modules by `require`.
    banner: {
      js: 'import { createRequire as $createRequire } from "node:module";\n' +
        "const require = $createRequire(import.meta.url);",
    },
    logLevel: "warning",
  };
}

/** Writes the program as one file, `dist/digly.mjs`. */
export async function writeProgram(commit: string): Promise<void> {
  const { program } = PACKAGE;
  await build({ ...options(commit), entryPoints: [program], outfile: "dist/digly.mjs" });
}

/** Writes what the package consists of; its entries share what they have in common. */
export async function writePackage(commit: string): Promise<JavaScript> {
  const split = {
    ...options(commit),
    entryPoints: PACKAGE,
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    outdir: "dist",
    outExtension: { ".js": ".mjs" },
  };
  const { metafile: { inputs: files } } = await build({ ...split, write: false });
  const shared = sharedChunks(files, Object.values(PACKAGE), [PACKAGE.module]);
  const { metafile } = await build({ ...split, plugins: [...split.plugins, shared] });
  refuseDynamicCommonJs(metafile);
  const { inputs, outputs } = metafile;
  const below = (path: string) => path.replace(/^dist\//, "");
  return {
    inputs: Object.keys(inputs),
    files: Object.keys(outputs).map(below).sort(),
    program: reachable("dist/program.mjs", outputs).map(below).sort(),
  };
}

/** An output, and the outputs that it leads to. */
function reachable(path: string, outputs: Metafile["outputs"]): string[] {
  const found = new Set([path]);
  for (const at of found) {
    for (const { path, external } of outputs[at]?.imports ?? []) if (!external) found.add(path);
  }
  return [...found];
}

/**
 * Ends the build where a CommonJS package is imported dynamically. Bundlers that split their output
 * do not agree on the names that this gives: in the chunks of esbuild it has `default` alone, and
 * Bun's minifier may call the module itself instead of its helper.
 */
function refuseDynamicCommonJs({ inputs }: Metafile): void {
  for (const [importer, { imports }] of Object.entries(inputs)) {
    for (const { path, kind, original } of imports) {
      if (kind !== "dynamic-import" || inputs[path]?.format !== "cjs") continue;
      throw new Error(
        `${importer} imports "${original}" dynamically, which is CommonJS: write a file with ` +
          `\`export { name } from "${original}"\`, and import that`,
      );
    }
  }
}
