/** The state of compiling one document. */
import type { SchemaCheck } from "../../contract/schema.ts";
import type { OnCondition } from "../../contract/coverage.ts";
import type { Diagnostics } from "../../contract/diagnostics.ts";
import type { Origin } from "../../contract/errors.ts";
import type { Limits } from "../../contract/limits.ts";
import type { ValidatorOptions } from "../../contract/validator.ts";
import type { PatternSet } from "../../contract/pattern_set.ts";
import type { PathSegment, Value, ValueMap } from "../../contract/resource.ts";
import type { Anchor, Located, ParsedDocument } from "../../contract/source.ts";
import { type OnEvaluated, reportEvaluated } from "../expr/evaluated.ts";
import type { Scope } from "../expr/scope.ts";
import type { Budget } from "../budget.ts";
import type { Reporter } from "../form.ts";
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
  /** Takes the outcome of every `$if`. */
  readonly onCondition?: OnCondition | undefined;
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
  readonly opaque: PatternSet | undefined;
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

/** Compiling one document of one file. */
export interface CompileContext {
  readonly document: Located;
  readonly options: CompileOptions;
  readonly walk: Walk;
  readonly sourceMap: SourceMap;
  /** What the document and all that it includes may produce. */
  readonly budget: Budget;
  /** Includes that led here, outermost first. */
  readonly chain: readonly string[];
  /** The path of the current node in the source. */
  readonly path: PathSegment[];
  /** The location of the last result, when it differs from the current path. */
  moved: SourceLocation | undefined;
  /** The number of failures so far, including silent consequences. */
  failures: number;
  /** Reports where the walk is, for what both forms of templates evaluate. */
  readonly reporter: Reporter;
  /** What was reported, so that a loop reports a mistake once. */
  readonly reported: Set<string>;
}

/** Aborts the compilation of a document after an error without recovery. */
export class CompilationAborted extends Error {}

/** The location of the current node. */
export function currentLocation(context: CompileContext): SourceLocation {
  return { document: context.document, path: [...context.path] };
}

/** Notes the expressions in `text`, at the current path, if something collects evaluated ones. */
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
