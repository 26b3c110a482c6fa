/** Short cuts for the tests of the compile stage. */
import type { DiglyError } from "../../../../src/contract/errors.ts";
import { formatPath } from "../../../../src/contract/field_path.ts";
import { DEFAULT_LIMITS, type Limits } from "../../../../src/contract/limits.ts";
import type { Value } from "../../../../src/contract/resource.ts";
import type { CompiledDocument, ParsedDocument } from "../../../../src/contract/source.ts";
import { compileDocument, type CompileOptions } from "../../../../src/template/compile/compile.ts";
import { collect } from "../../documents.ts";
import { loadEngine } from "../../../../src/template/expr/engine.ts";

await loadEngine();

/** A parsed document whose places show their path, `key` of an entry's key. */
export function parsed(value: unknown, file = "app.yaml"): ParsedDocument {
  const url = `file:///app/${file}`;
  return {
    value: value as Value,
    index: 0,
    isPlain: false,
    source: { url, text: JSON.stringify(value) ?? "", module: "app", root: "file:///app/" },
    originAt: (path, anchor) => ({
      file,
      line: 1,
      column: 1,
      length: 0,
      path: formatPath(path) + (anchor === "key" ? " key" : ""),
    }),
  };
}

/** What came of a document. */
export interface Outcome {
  readonly documents: readonly CompiledDocument[];
  readonly values: readonly Value[];
  readonly errors: readonly DiglyError[];
  /** Message and path of each error. */
  readonly problems: readonly (readonly [string, string])[];
}

/** Compiles a document as `check` does: to its end, with every error. */
export function check(
  value: unknown,
  options: Partial<Omit<CompileOptions, "limits">> & { limits?: Partial<Limits> } = {},
): Outcome {
  const diagnostics = collect();
  const documents = compileDocument(parsed(value), {
    context: { env: {} },
    diagnostics,
    ...options,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
  });
  return {
    documents,
    values: documents.map((document) => document.value),
    errors: diagnostics.errors,
    problems: diagnostics.errors.map((error) => [
      (error.details as { problem: string }).problem.split("\n")[0]!,
      error.origin!.path,
    ]),
  };
}
