/** Documents and diagnostics for unit tests of the later stages. */
import type { Diagnostics, Warning } from "../../src/contract/diagnostics.ts";
import { type DiglyError } from "../../src/contract/errors.ts";
import { formatPath } from "../../src/contract/field_path.ts";
import type { Value } from "../../src/contract/resource.ts";
import type { CompiledDocument, ExpandedManifest } from "../../src/contract/source.ts";

/** A compiled document of `file:///app/<file>` whose places show their path. */
export function document(value: Value, file = "app.yaml"): CompiledDocument {
  const source = { url: `file:///app/${file}`, text: "", module: "app", root: "file:///app/" };
  return {
    source,
    value,
    originAt: (path) => ({
      file: `/app/${file}`,
      line: 1,
      column: 1,
      length: 0,
      path: formatPath(path),
    }),
  };
}

/** A manifest as the expand stage makes it. */
export function manifest(
  kind: string,
  name: string,
  fields: Record<string, Value> = {},
  file?: string,
): ExpandedManifest {
  const { source, value, originAt } = document({ kind, metadata: { name }, ...fields }, file);
  return {
    kind,
    name,
    value,
    source,
    originAt,
    uri: `${source.url}#${kind}.${name}`,
    generationDepth: 0,
  };
}

/** Diagnostics that collect. */
export function collect(): Diagnostics & { errors: DiglyError[]; warnings: Warning[] } {
  const errors: DiglyError[] = [];
  const warnings: Warning[] = [];
  return {
    errors,
    warnings,
    error: (error) => void errors.push(error),
    warning: (warning) => void warnings.push(warning),
  };
}
