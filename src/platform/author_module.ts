/**
 * What imports of `digly/module` give in a controller: the program's own copy, wherever the
 * controller is. Tests get further modules in the same way.
 */
import * as author from "../contract/author.ts";

/** The name that controllers import. */
export const AUTHOR_MODULE = "digly/module";

/** Where the sources of the modules below find what they export. */
const KEY = "digly.modules";

type Exports = Readonly<Record<string, unknown>>;

const provided = new Map<string, Exports>([[AUTHOR_MODULE, { ...author }]]);

/** Adds modules by name, before the first import. */
export function provideModules(modules: Readonly<Record<string, Exports>>): void {
  for (const [name, exports] of Object.entries(modules)) provided.set(name, exports);
}

/** The modules that imports are answered with, by name. */
export function providedModules(): ReadonlyMap<string, Exports> {
  return provided;
}

/** A module as source, for runtimes that import text: its exports are those of the program. */
export function sourceOf(name: string): string {
  const modules = (globalThis as { [key: symbol]: Record<string, Exports> })[Symbol.for(KEY)] ??=
    {};
  // Only names that were provided are asked for.
  const exports = modules[name] = provided.get(name)!;
  const place = `globalThis[Symbol.for(${JSON.stringify(KEY)})][${JSON.stringify(name)}]`;
  const names = Object.keys(exports).filter((key) => key !== "default");
  return `export const { ${names.join(", ")} } = ${place};\n` +
    ("default" in exports ? `export default ${place}.default;\n` : "");
}
