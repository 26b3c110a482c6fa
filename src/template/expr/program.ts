/** Expressions, compiled once per text. */
import { CelError } from "../../cel/cel_error.ts";
import type { Node } from "../../cel/ast.ts";
import { Compiled } from "../../cel/evaluate.ts";
import { unknownFunction } from "../../cel/function_failures.ts";
import { nestingError } from "../../cel/grammar.ts";
import { parseExpression } from "../../cel/parse.ts";
import { type Use, usesOf, visit } from "../../cel/uses.ts";
import { fromCelError } from "./expression_error.ts";

/** A compiled expression. */
export interface Program {
  /** The expression's text, without spaces around it. */
  readonly text: string;
  readonly tree: Node;
  /** Names that come from outside, each once. */
  readonly free: readonly string[];
  /** Names of types in it, each once: variables may have them too. */
  readonly types: readonly string[];
  /** Every use of a free name. */
  readonly uses: readonly Use[];
  /** Set if the expression only follows a path: it is read without evaluating anything. */
  readonly chain: Use | undefined;
  /** How deep brackets nest in it. */
  readonly nesting: number;
  /** What evaluates it. It is made when it is first needed. */
  compiled(): Compiled;
}

const programs = new Map<string, Program>();

/** More texts than that are no app's; a generated manifest must not fill the memory. */
const MAX_PROGRAMS = 20_000;

/**
 * Compiles an expression, or finds it compiled.
 *
 * @throws ExpressionError if the text is not an expression
 */
export function compileExpression(text: string): Program {
  let program = programs.get(text);
  if (program === undefined) {
    program = compile(text);
    if (programs.size >= MAX_PROGRAMS) programs.clear();
    programs.set(text, program);
  }
  return program;
}

function compile(text: string): Program {
  try {
    const { node: tree, nesting, hasCalls } = parseExpression(text);
    if (hasCalls) visit(tree, (node) => checkFunction(node, text));
    const uses = usesOf(tree);
    let compiled: Compiled | undefined;
    return {
      text,
      tree,
      uses,
      nesting,
      chain: chainOf(tree, uses),
      free: rootsOf(uses, false),
      types: rootsOf(uses, true),
      compiled: () => compiled ??= new Compiled(tree, text),
    };
  } catch (error) {
    if (error instanceof CelError) throw fromCelError(error, text);
    // The stack was nearly full already.
    if (!(error instanceof RangeError)) throw error;
    throw fromCelError(nestingError({ start: 0, end: text.length }), text);
  }
}

/** A misspelt function is a mistake wherever it is, also in a branch that is never taken. */
function checkFunction(node: Node, source: string): void {
  const unknown = node.kind === "call" ? unknownFunction(node, source) : undefined;
  if (unknown !== undefined) throw unknown;
}

function chainOf(tree: Node, uses: readonly Use[]): Use | undefined {
  const [use] = uses;
  if (use === undefined || uses.length > 1) return undefined;
  if (use.optional || use.isType || !use.complete) return undefined;
  let at = tree;
  while (at.kind === "select" || at.kind === "index") at = at.operand;
  return at.kind === "identifier" && tree.kind !== "has" ? use : undefined;
}

function rootsOf(uses: readonly Use[], isType: boolean): readonly string[] {
  const [first] = uses;
  if (first === undefined) return [];
  if (uses.length === 1) return first.isType === isType ? [first.root] : [];
  const names = new Set<string>();
  for (const use of uses) if (use.isType === isType) names.add(use.root);
  return [...names];
}
