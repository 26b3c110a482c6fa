/**
 * What `import … from "digly/module"` gives in a controller: the program's own copy, wherever
 * the controller is.
 */
import * as author from "../contract/author.ts";

/** The name that controllers import. */
export const AUTHOR_MODULE = "digly/module";

/** Where the source of the module below finds the program's own copy. */
const KEY = "digly.module";

/** Everything the module exports. */
export const authorExports: Readonly<Record<string, unknown>> = { ...author };

/** The module as source, for runtimes that import text: its exports are the program's own. */
export function authorSource(): string {
  (globalThis as Record<symbol, unknown>)[Symbol.for(KEY)] = authorExports;
  const names = Object.keys(authorExports).join(", ");
  return `export const { ${names} } = globalThis[Symbol.for(${JSON.stringify(KEY)})];\n`;
}
