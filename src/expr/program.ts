/** Expressions, compiled once per text. */
import { analyse, type Use, variableOf } from "./analyse.ts";
import { type Node, treeOf } from "./ast.ts";
import { environment } from "./environment.ts";
import { parseFailure } from "./failures.ts";

/** A compiled expression. */
export interface Program {
  /** The expression's text, without spaces around it. */
  readonly text: string;
  /** Names that come from outside, each once. */
  readonly free: readonly string[];
  /** Names of types in it, each once: variables may have them too. */
  readonly types: readonly string[];
  /** Every use of a free name. */
  readonly uses: readonly Use[];
  /** Set when the expression only follows a path: it is read without evaluating anything. */
  readonly chain: Use | undefined;
  /** How deep brackets nest in it. */
  readonly nesting: number;
  /** Evaluates it with CEL values by name. */
  run(variables: Record<string, unknown>): unknown;
}

const programs = new Map<string, Program>();

/** More texts than that are no app's; a generated manifest must not fill the memory. */
const MAX_PROGRAMS = 20_000;

/**
 * Compiles an expression, or finds it compiled.
 *
 * @throws ExpressionError when the text is no expression
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
    const run = environment.parse(text);
    const tree = treeOf(run.ast);
    const uses = analyse(tree);
    const [free, types] = [false, true].map((isType) => {
      const names = uses.filter((use) => use.isType === isType).map(({ root }) => root);
      return [...new Set(names)];
    }) as [string[], string[]];
    for (const name of [...free, ...types].map(variableOf)) {
      if (!environment.hasVariable(name)) environment.registerVariable(name, "dyn");
    }
    const chain = chainOf(tree, uses);
    return { text, free, types, uses, chain, nesting: nestingOf(text), run };
  } catch (error) {
    throw parseFailure(error, text);
  }
}

function chainOf(tree: Node, uses: readonly Use[]): Use | undefined {
  const use = uses[0];
  if (use === undefined || uses.length > 1 || use.optional) return undefined;
  let at = tree;
  while (at.op === "." || at.op === "[]") at = at.args[0];
  return at.op === "id" && at.start === use.start && use.end === tree.end ? use : undefined;
}

/** The deepest nesting of brackets, those in strings included: it only serves as a bound. */
function nestingOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const char of text) {
    if (char === "(" || char === "[" || char === "{") deepest = Math.max(deepest, ++depth);
    else if (char === ")" || char === "]" || char === "}") depth--;
  }
  return deepest;
}
