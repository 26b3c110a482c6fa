/**
 * Gives `await import("package")` the same names in the build as Node gives it. Where the output
 * is split into chunks, esbuild exports a CommonJS package as `default` alone, so that
 * `const { parse } = await import("package")` is `undefined` in the built program only.
 */
import { build, type Plugin } from "esbuild";
import { pathToFileURL } from "node:url";
import { root } from "./command.ts";

const NAMESPACE = "dynamic-commonjs";

/** Set on resolutions that this plugin asks for itself. */
const RESOLVING = Symbol();

/** Replaces a dynamic import of CommonJS by one of a module that exports its names. */
export const dynamicCommonJs: Plugin = {
  name: NAMESPACE,
  setup(host) {
    host.onResolve({ filter: /./ }, async ({ path, kind, pluginData, resolveDir, importer }) => {
      if (kind !== "dynamic-import" || pluginData === RESOLVING) return undefined;
      const found = await host.resolve(path, { kind, resolveDir, importer, pluginData: RESOLVING });
      if (found.external || found.errors.length > 0 || found.namespace !== "file") return found;
      return await isCommonJs(found.path) ? { path: found.path, namespace: NAMESPACE } : found;
    });
    host.onLoad({ filter: /./, namespace: NAMESPACE }, async ({ path }) => {
      const names = Object.keys(await import(pathToFileURL(path).href))
        .filter((name) => /^[A-Za-z_$][\w$]*$/.test(name));
      const from = JSON.stringify(path);
      return {
        contents: `export { ${names.join(", ")} } from ${from};`,
        resolveDir: root,
      };
    });
  },
};

/** True if esbuild reads the file as CommonJS. */
async function isCommonJs(path: string): Promise<boolean> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [path],
    format: "esm",
    bundle: true,
    write: false,
    metafile: true,
    logLevel: "silent",
    // Only the file itself is of interest.
    plugins: [{
      name: "no-imports",
      setup: (inner) =>
        inner.onResolve({ filter: /./ }, ({ kind }) => ({ external: kind !== "entry-point" })),
    }],
  });
  return Object.values(metafile.inputs)[0]?.format === "cjs";
}
