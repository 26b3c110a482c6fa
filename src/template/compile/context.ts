/** The state of compiling one document, and its error reporting and limits. */
import type { SchemaCheck } from "../../contract/schema.ts";
import type { Diagnostics } from "../../contract/diagnostics.ts";
import { type DiglyError, fail, formatPath, type Origin } from "../../contract/errors.ts";
import { type Limits, raiseLimit } from "../../contract/limits.ts";
import type { ValidatorOptions } from "../../contract/validator.ts";
import type { Pattern } from "../../contract/path_pattern.ts";
import {
  isDeferred,
  type PathSegment,
  type Value,
  type ValueMap,
} from "../../contract/resource.ts";
import type { Anchor, Located, ParsedDocument } from "../../contract/source.ts";
import { type OnEvaluated, reportEvaluated } from "../expr/evaluated.ts";
import { ErrorValueRead } from "../deferred/error_value.ts";
import { ExpressionError } from "../expr/expression_error.ts";
import type { Scope } from "../expr/scope.ts";
import { COMPILE_TIME, type Reporter } from "../form.ts";
import { weigh } from "../expr/weigh.ts";
import type { Branches, BranchKey, SkippedBranch } from "./branches.ts";
import type { SourceLocation, SourceMap } from "./source_map.ts";

/** Options of {@link compileDocument}. */
export interface CompileOptions {
  /** `env` and the caller's names. */
  readonly context: Readonly<Record<string, unknown>>;
  readonly diagnostics: Diagnostics;
  readonly limits: Limits;
  /** Warn about probable mistakes that do not stop a boot. */
  readonly checking?: boolean;
  /** Takes every expression that is evaluated. */
  readonly onEvaluated?: OnEvaluated | undefined;
  /** Collects the branches of directives, to check those that are never taken. */
  readonly branches?: Branches | undefined;
  /** Dotted paths with `*` that a kind's definition declares opaque. */
  readonly opaque?: (kind: string) => readonly string[] | undefined;
  /** Compiles a schema for `$schema`; without it the directive is an error. */
  readonly validator?: (schema: unknown, options: ValidatorOptions) => SchemaCheck;
  /**
   * Reads the documents of a file for `$include`; without it the directive is an error.
   * It judges whether `from` may include `file`, and throws a `DiglyError` when it may not.
   */
  readonly include?: (file: string, from: Located["source"]) => readonly ParsedDocument[];
}

/** The scope and the opaque paths at the current path. */
export interface Frame {
  readonly scope: Scope;
  /** The remaining steps of opaque paths below this node. */
  readonly opaque: readonly Pattern[] | undefined;
  /** The mapping is merged into one that has a `kind`. */
  readonly hasKind: boolean;
}

/** The result of a directive that produces no value. */
export const OMITTED: unique symbol = Symbol("omitted");

/** The result of compiling a node. */
export type Result = Value | typeof OMITTED;

/** Receives the results of a node that may produce none or several. */
export type Sink = (value: Value, place: SourceLocation) => void;

/** A mapping whose directives decide what becomes of it. */
export interface Mapping {
  readonly node: ValueMap;
  readonly frame: Frame;
  /** The mapping has other keys besides the directives. */
  readonly hasEntries: boolean;
}

/** The walk over values, which directives call for their contents. */
export interface Walk {
  /** Compiles a node to one value. */
  value(context: CompileContext, node: Value, frame: Frame): Result;
  /** Compiles a node whose results are spliced into what surrounds it. */
  into(context: CompileContext, node: Value, frame: Frame, sink: Sink): void;
  /** Compiles the entries of a mapping that are no directives. */
  entries(context: CompileContext, node: ValueMap, frame: Frame): ValueMap;
}

/** What is counted over a document and all that it includes. */
export interface Counters {
  nodes: number;
  text: number;
}

/** Compiling one document of one file. */
export interface CompileContext {
  readonly document: Located;
  readonly options: CompileOptions;
  readonly walk: Walk;
  readonly sourceMap: SourceMap;
  readonly counters: Counters;
  /** Includes that led here, outermost first. */
  readonly chain: readonly string[];
  /** The path of the current node in the source. */
  readonly path: PathSegment[];
  /** The location of the last result, when it differs from the current path. */
  moved: SourceLocation | undefined;
  /** The number of failures so far, including silent consequences. */
  failures: number;
  /** Reports where the walk is, for what both forms of templates evaluate. */
  reporter: Reporter;
  /** What was reported, so that a loop reports a mistake once. */
  readonly reported: Set<string>;
}

/** Aborts the compilation of a document after an error without recovery. */
export class CompilationAborted extends Error {}

/** Begins to compile a document, on its own or as a part of another. */
export function createCompileContext(
  document: Located,
  options: CompileOptions,
  walk: Walk,
  outer?: CompileContext,
): CompileContext {
  const context: Omit<CompileContext, "reporter"> & { reporter?: Reporter } = {
    document,
    options,
    walk,
    sourceMap: outer?.sourceMap ?? new WeakMap(),
    counters: outer?.counters ?? { nodes: 0, text: 0 },
    chain: outer === undefined ? [] : [...outer.chain, outer.document.source.url],
    path: [],
    moved: undefined,
    failures: 0,
    reported: outer?.reported ?? new Set(),
  };
  return Object.assign(context, { reporter: createReporter(context as CompileContext) });
}

/** Makes the reporter of a context: whatever path it is told, it reports where the walk is. */
export function createReporter(context: CompileContext): Reporter {
  return {
    form: COMPILE_TIME,
    reportDirectiveError: (problem, _path, help, anchor) =>
      reportDirectiveError(context, problem, help, anchor),
    reportExpressionError: (error, _path, anchor) => reportExpressionError(context, error, anchor),
    charge: (nodes, text) => charge(context, nodes, text),
  };
}

/** The location of the current node. */
export function currentLocation(context: CompileContext): SourceLocation {
  return { document: context.document, path: [...context.path] };
}

/** Tells who asks for evaluated expressions of those in `text`, which is where the walk stands. */
export function noteEvaluated(context: CompileContext, text: string, scope: Scope): void {
  const { options: { onEvaluated }, document } = context;
  if (onEvaluated === undefined) return;
  const path = [...context.path];
  reportEvaluated(text, scope, () => document.originAt(path), onEvaluated);
}

/** Notes whether a branch of the mapping at the current path is taken. */
export function noteBranch(
  context: CompileContext,
  { node, frame }: { readonly node: ValueMap; readonly frame: Frame },
  key: BranchKey,
  isTaken: boolean,
  more: Partial<Pick<SkippedBranch, "condition" | "loopNames">> = {},
): void {
  const { document, path, options: { branches, include } } = context;
  if (branches === undefined || !Object.hasOwn(node, key)) return;
  if (isTaken) return branches.take(node, key);
  branches.skip({
    condition: undefined,
    loopNames: [],
    ...more,
    mapping: node,
    key,
    document,
    path: [...path, key],
    frame,
    include,
  });
}

/** Takes the location of the last result. */
export function takeLocation(context: CompileContext): SourceLocation {
  const place = context.moved ?? currentLocation(context);
  context.moved = undefined;
  return place;
}

/** Runs `work` with `step` added to the current path. */
export function withPath<Outcome>(
  context: CompileContext,
  step: PathSegment,
  work: () => Outcome,
): Outcome {
  context.path.push(step);
  try {
    return work();
  } finally {
    context.path.pop();
  }
}

/** The origin of the current node, for errors. */
export function currentOrigin(context: CompileContext, anchor?: Anchor): Origin {
  return context.document.originAt([...context.path], anchor);
}

/** Reports a misused directive at the current path. */
export function reportDirectiveError(
  context: CompileContext,
  problem: string,
  help?: string,
  anchor?: Anchor,
): void {
  reportError(
    context,
    fail("ERR_COMPILATION_FAILED", { problem }, {
      origin: currentOrigin(context, anchor),
      help,
    }),
  );
}

/** Reports an error, unless the same error was reported at the same path. */
export function reportError(context: CompileContext, error: DiglyError): void {
  context.failures++;
  const key = `${context.document.source.url}#${formatPath(context.path)} ${error.message}`;
  if (context.reported.has(key)) return;
  context.reported.add(key);
  context.options.diagnostics.error(error);
}

/** Reports what an expression at the current path threw. */
export function reportExpressionError(
  context: CompileContext,
  error: unknown,
  anchor?: Anchor,
): void {
  if (error instanceof ErrorValueRead) {
    context.failures++;
    return;
  }
  if (!(error instanceof ExpressionError)) throw error;
  const isHelped = error.unknown === undefined ||
    /^Did you mean|^Write|For text/.test(error.help ?? "");
  const shown = isHelped ? error : error.with({ help: joinHelp(error.help, whatElse(context)) });
  reportError(
    context,
    shown.toDiglyError("ERR_COMPILATION_FAILED", currentOrigin(context, anchor)),
  );
}

/** Help for a name that is not defined. */
function whatElse(context: CompileContext): string {
  return context.chain.length === 0
    ? "Use ${{ … }} for values that are known only later"
    : "An included file sees the variables of `$with`, not those around the directive";
}

/** Two sentences of help, or the one there is. */
export function joinHelp(first: string | undefined, second: string): string {
  return first === undefined ? second : `${first}. ${second}`;
}

/** Counts nodes and text that were produced; stops at the document's limits. */
export function charge(context: CompileContext, nodes: number, text: number): void {
  const { counters, options: { limits } } = context;
  counters.nodes += nodes;
  counters.text += text;
  if (counters.nodes > limits.nodes) {
    throw exceeded(context, "nodes", `The document exceeds ${limits.nodes} nodes`);
  }
  if (counters.text > limits.documentText) {
    throw exceeded(
      context,
      "documentText",
      `The document exceeds ${limits.documentText} characters`,
    );
  }
}

/** Stops where a value that was computed nests deeper than a document may. */
export function checkNesting(context: CompileContext, value: Value): void {
  const depth = isDeferred(value) ? 0 : weigh(value).depth;
  if (context.path.length + depth > context.options.limits.nesting) throw nestsTooDeeply(context);
}

/** Reports that the document nests too deeply; the caller throws what it returns. */
export function nestsTooDeeply(context: CompileContext): CompilationAborted {
  return exceeded(context, "nesting", "The document nests too deeply");
}

/** Reports a limit that was reached; the caller throws what it returns. */
export function exceeded(
  context: CompileContext,
  limit: keyof Limits,
  problem: string,
): CompilationAborted {
  reportError(
    context,
    fail("ERR_LIMIT_EXCEEDED", { problem, limit }, {
      origin: currentOrigin(context),
      help: raiseLimit(limit, context.options.limits[limit]),
    }),
  );
  return new CompilationAborted();
}
