/** What the directives share while one document is compiled. */
import type { Diagnostics } from "../../contract/diagnostics.ts";
import { type DiglyError, fail, formatPath, type Origin } from "../../contract/errors.ts";
import { type Limits, raiseLimit } from "../../contract/limits.ts";
import type { Validator, ValidatorOptions } from "../../contract/module.ts";
import {
  isDeferred,
  type PathSegment,
  type Value,
  type ValueMap,
} from "../../contract/resource.ts";
import type { Anchor, Located, ParsedDocument } from "../../contract/source.ts";
import { ErrorValueRead } from "../expr/evaluate.ts";
import { ExpressionError } from "../expr/expression_error.ts";
import type { Scope } from "../expr/scope.ts";
import { weigh } from "../expr/weigh.ts";
import type { Place, Places } from "./source_map.ts";

/** What {@link compileDocument} needs to know. */
export interface CompileOptions {
  /** `env` and the caller's names. */
  readonly context: Readonly<Record<string, unknown>>;
  readonly diagnostics: Diagnostics;
  readonly limits: Limits;
  /** Warn of what stops no boot, but is hardly meant. */
  readonly checking?: boolean;
  /** Dotted paths with `*` that a kind's definition declares opaque. */
  readonly opaque?: (kind: string) => readonly string[] | undefined;
  /** Compiles a schema for `$schema`; without it the directive is an error. */
  readonly validator?: (schema: unknown, options: ValidatorOptions) => Validator;
  /**
   * Reads the documents of a file for `$include`; without it the directive is an error.
   * It judges whether `from` may include `file`, and throws a `DiglyError` when it may not.
   */
  readonly include?: (file: string, from: Located["source"]) => readonly ParsedDocument[];
}

/** What is visible where the walk stands. */
export interface Frame {
  readonly scope: Scope;
  /** Rests of opaque paths that lead on from here. */
  readonly opaque: readonly (readonly string[])[] | undefined;
  /** The mapping is merged into one that has a `kind`. */
  readonly hasKind: boolean;
}

/** Stands for a value that is left out: no null, no hole. */
export const OMITTED: unique symbol = Symbol("omitted");

/** What compiling a node gives. */
export type Result = Value | typeof OMITTED;

/** Takes the results of a node that may give none or several. */
export type Sink = (value: Value, place: Place) => void;

/** A mapping whose directives decide what becomes of it. */
export interface Mapping {
  readonly node: ValueMap;
  readonly frame: Frame;
  /** Other keys stand beside the directives. */
  readonly hasEntries: boolean;
}

/** The walk over values, which directives call for what they hold. */
export interface Walk {
  /** Compiles a node to one value. */
  value(task: Task, node: Value, frame: Frame): Result;
  /** Compiles a node whose results are spliced into what surrounds it. */
  into(task: Task, node: Value, frame: Frame, sink: Sink): void;
  /** Compiles the entries of a mapping that are no directives. */
  entries(task: Task, node: ValueMap, frame: Frame): ValueMap;
}

/** What is counted over a document and all that it includes. */
export interface Counters {
  nodes: number;
  text: number;
}

/** Compiling one document of one file. */
export interface Task {
  readonly document: Located;
  readonly options: CompileOptions;
  readonly walk: Walk;
  readonly places: Places;
  readonly counters: Counters;
  /** Includes that led here, outermost first. */
  readonly chain: readonly string[];
  /** Where the walk stands in the source. */
  readonly path: PathSegment[];
  /** Where the value just made stands, when that is not where the walk stands. */
  moved: Place | undefined;
  /** How much has failed so far, silent consequences included. */
  failures: number;
  /** What was reported, so that a loop reports a mistake once. */
  readonly reported: Set<string>;
}

/** Ends the compiling of a document after an error that cannot be gone on from. */
export class Stopped extends Error {}

/** Begins to compile a document, on its own or as a part of another. */
export function createTask(
  document: Located,
  options: CompileOptions,
  walk: Walk,
  outer?: Task,
): Task {
  return {
    document,
    options,
    walk,
    places: outer?.places ?? new WeakMap(),
    counters: outer?.counters ?? { nodes: 0, text: 0 },
    chain: outer === undefined ? [] : [...outer.chain, outer.document.source.url],
    path: [],
    moved: undefined,
    failures: 0,
    reported: outer?.reported ?? new Set(),
  };
}

/** The place where the walk stands. */
export function here(task: Task): Place {
  return { document: task.document, path: [...task.path] };
}

/** The place of the value just made. */
export function takePlace(task: Task): Place {
  const place = task.moved ?? here(task);
  task.moved = undefined;
  return place;
}

/** Runs `work` one step further into the source. */
export function at<Outcome>(task: Task, step: PathSegment, work: () => Outcome): Outcome {
  task.path.push(step);
  try {
    return work();
  } finally {
    task.path.pop();
  }
}

/** The place where the walk stands, for a report. */
export function originHere(task: Task, anchor?: Anchor): Origin {
  return task.document.originAt([...task.path], anchor);
}

/** Reports that a directive is used wrongly where the walk stands. */
export function misuse(task: Task, problem: string, help?: string, anchor?: Anchor): void {
  report(
    task,
    fail("ERR_COMPILATION_FAILED", { problem }, {
      origin: originHere(task, anchor),
      help,
    }),
  );
}

/** Reports an error, unless the same was reported for the same place. */
export function report(task: Task, error: DiglyError): void {
  task.failures++;
  const key = `${task.document.source.url}#${formatPath(task.path)} ${error.message}`;
  if (task.reported.has(key)) return;
  task.reported.add(key);
  task.options.diagnostics.error(error);
}

/** Reports what an expression where the walk stands threw. */
export function reportExpression(task: Task, error: unknown, anchor?: Anchor): void {
  if (error instanceof ErrorValueRead) {
    task.failures++;
    return;
  }
  if (!(error instanceof ExpressionError)) throw error;
  const isHelped = error.unknown === undefined || /^Did you mean|For text/.test(error.help ?? "");
  const shown = isHelped ? error : error.with({ help: joinHelp(error.help, whatElse(task)) });
  report(task, shown.toDiglyError("ERR_COMPILATION_FAILED", originHere(task, anchor)));
}

/** What may have been meant by a name that nothing provides. */
function whatElse(task: Task): string {
  return task.chain.length === 0
    ? "Write ${{ … }} for what is known only later"
    : "An included file sees what `$with` hands it, not the variables around it";
}

/** Two sentences of help, or the one there is. */
export function joinHelp(first: string | undefined, second: string): string {
  return first === undefined ? second : `${first}. ${second}`;
}

/** Counts nodes and text that were produced; stops at the document's limits. */
export function count(task: Task, nodes: number, text: number): void {
  const { counters, options: { limits } } = task;
  counters.nodes += nodes;
  counters.text += text;
  if (counters.nodes > limits.nodes) {
    throw exceeded(task, "nodes", `The document grows beyond ${limits.nodes} nodes`);
  }
  if (counters.text > limits.documentText) {
    throw exceeded(
      task,
      "documentText",
      `The document grows beyond ${limits.documentText} characters`,
    );
  }
}

/** Stops where a value that was computed nests deeper than a document may. */
export function checkNesting(task: Task, value: Value): void {
  const depth = isDeferred(value) ? 0 : weigh(value).depth;
  if (task.path.length + depth > task.options.limits.nesting) throw nestsTooDeeply(task);
}

/** Reports that the document nests too deeply; the caller throws what it returns. */
export function nestsTooDeeply(task: Task): Stopped {
  return exceeded(task, "nesting", "The document nests too deeply");
}

/** Reports a limit that was reached; the caller throws what it returns. */
export function exceeded(task: Task, limit: keyof Limits, problem: string): Stopped {
  report(
    task,
    fail("ERR_LIMIT_EXCEEDED", { problem, limit }, {
      origin: originHere(task),
      help: raiseLimit(limit, task.options.limits[limit]),
    }),
  );
  return new Stopped();
}
