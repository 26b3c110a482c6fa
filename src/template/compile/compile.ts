/**
 * The compile stage: runs the directives of a document and evaluates its `${ }`; its `${{ }}`
 * become deferred values.
 */
import { type DiglyError, fail, type Origin } from "../../contract/errors.ts";
import { formatPath } from "../../contract/field_path.ts";
import { DEFAULT_LIMITS, type Limits } from "../../contract/limits.ts";
import { isDeferred, isMap, type Path, type Value } from "../../contract/resource.ts";
import type {
  CompiledDocument,
  Located,
  ParsedDocument,
  SourceText,
} from "../../contract/source.ts";
import { rootScope } from "../expr/scope.ts";
import { setOwn } from "../../contract/own_key.ts";
import { originOf, type SourceMap } from "./source_map.ts";
import { CompilationAborted, type CompileOptions, type Sink } from "./context.ts";
import { createCompileContext } from "./create_context.ts";
import { walk } from "./walk.ts";

export type { CompileOptions } from "./context.ts";

/**
 * Compiles a document, which is left as it is. A `$for` at its root gives several documents,
 * an `$if` may give none. Where there is nothing to compile, the document itself comes back.
 */
export function compileDocument(
  document: ParsedDocument,
  options: CompileOptions,
): CompiledDocument[] {
  if (document.isPlain || !hasAnyToCompile(document.source)) return [document];
  const documents: CompiledDocument[] = [];
  const sourceMap = compileInto(document, document.value, options, (value, location) => {
    documents.push({
      source: document.source,
      value,
      originAt: (path, anchor) => originOf(value, location, sourceMap, path, anchor),
    });
  });
  return documents;
}

function compileInto(
  document: Located,
  value: Value,
  options: CompileOptions,
  sink: Sink,
): SourceMap {
  const context = createCompileContext(document, options, walk);
  const scope = rootScope(options.context, options.limits);
  try {
    walk.into(context, value, { scope, opaque: undefined, hasKind: false }, sink);
  } catch (error) {
    if (!(error instanceof CompilationAborted)) throw error;
  }
  return context.sourceMap;
}

const known = new WeakMap<SourceText, boolean>();

/** False for a source that holds no dollar sign, not even as a YAML escape, and no `!raw`. */
function hasAnyToCompile(source: SourceText): boolean {
  let has = known.get(source);
  if (has === undefined) {
    has = /\$|!raw|\\x24|\\u0024|\\U00000024/.test(source.text);
    known.set(source, has);
  }
  return has;
}

/** Options of {@link compileData}. */
export interface DataOptions {
  /** Variables that every expression sees. */
  readonly context?: Readonly<Record<string, unknown>>;
  /** Limits that differ from the defaults. */
  readonly limits?: Partial<Limits>;
}

/** Where plain data is from, and what reads the files that it includes. */
export interface DataPlace {
  readonly source: SourceText;
  readonly include: NonNullable<CompileOptions["include"]>;
}

const NOWHERE: SourceText = { url: "", text: "", module: "", root: "" };

/** Compiles plain data, in and out; see `compile` of the public API. */
export function compileData(
  value: unknown,
  options: DataOptions & Pick<CompileOptions, "validator"> = {},
  place?: DataPlace,
): unknown {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const context = options.context ?? {};
  const document: Located = {
    source: place?.source ?? NOWHERE,
    originAt: pathOnly,
  };
  const diagnostics = {
    error(error: DiglyError): never {
      throw unplaced(error);
    },
    warning: () => {},
  };
  const results: unknown[] = [];
  const include = place === undefined ? {} : { include: place.include };
  const { validator } = options;
  const schemas = validator === undefined ? {} : { validator };
  const settings = { context, diagnostics, limits, ...include, ...schemas };
  compileInto(document, value as Value, settings, (result) => results.push(showDeferred(result)));
  const isLoop = isMap(value) && Object.hasOwn(value, "$for");
  return isLoop || results.length > 1 ? results : results[0];
}

/** Data has no lines: an error has only a path. */
function pathOnly(path: Path): Origin {
  return { file: "", line: 0, column: 0, length: 0, path: formatPath(path) };
}

function unplaced({ code, details, help, cause, origin }: DiglyError): DiglyError {
  const problem = (details as { problem?: string }).problem;
  const at = origin === undefined ? "" : ` (at ${origin.path})`;
  const [first, ...rest] = (problem ?? "").split("\n");
  const placed = { ...details, problem: [first + at, ...rest].join("\n") };
  return fail(code, placed as typeof details, { help, cause });
}

function showDeferred(value: Value): unknown {
  if (isDeferred(value)) return value.toString();
  if (Array.isArray(value)) {
    const items = value.map(showDeferred);
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  if (typeof value !== "object" || value === null) return value;
  let copy: Record<string, unknown> | undefined;
  for (const [key, item] of Object.entries(value)) {
    const shown = showDeferred(item);
    if (shown !== item) setOwn(copy ??= { ...value }, key, shown);
  }
  return copy ?? value;
}
