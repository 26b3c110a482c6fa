/** Compiled expressions, before anyone gives them scopes and documents. */
import type { Node } from "./ast.ts";
import { compile } from "./compile.ts";
import type { OnBranch, Run } from "./compiler.ts";
import type { Context } from "./context.ts";
import { generate } from "./generate/generate.ts";
import { Names } from "./names.ts";
import { toPlain } from "./output.ts";
import { parse } from "./parse.ts";

/** How often an expression runs before generating code for it pays. */
export const HOT = 100;
/** How often generated code may give up before it is dropped. */
export const MAX_BAILS = 20;

/** An expression that can be evaluated. */
export class Compiled {
  readonly node: Node;
  readonly source: string;
  /** Free names, and the slot of a context that has the value of each. */
  readonly variables: readonly { readonly name: string; readonly slot: number }[];
  /** Gives the value that the expression computes with. */
  readonly run: Run;
  readonly #names: Names;
  #runs = 0;
  #bails = 0;
  #generated: Run | undefined;
  readonly #onBranch: OnBranch | undefined;

  /** `onBranch` takes the outcomes of the conditions of `?:`, which generated code does not report. */
  constructor(node: Node, source: string, onBranch?: OnBranch) {
    this.#onBranch = onBranch;
    this.node = node;
    this.source = source;
    this.#names = new Names();
    this.run = compile(node, { source, names: this.#names, compile, onBranch });
    this.variables = Array.from(this.#names.table.byName, ([name, slot]) => ({ name, slot }));
  }

  /** How many slots a context needs. */
  get slots(): number {
    return this.#names.table.size;
  }

  /** Evaluates to plain data: by closures, and once it has run often by generated code. */
  evaluate(context: Context): unknown {
    if (this.#generated !== undefined) {
      try {
        return this.#generated(context);
      } catch {
        // The closures word the error, or know what to do.
        if (++this.#bails > MAX_BAILS) this.#generated = undefined;
        context.restart();
      }
    } else if (++this.#runs === HOT && this.#onBranch === undefined) {
      this.#generated = this.generate();
    }
    return toPlain(context, this.run(context));
  }

  /** The generated code; `undefined` if the host refuses code made of text. */
  generate(): Run | undefined {
    return generate(this.node, this.source, this.#names);
  }
}

/**
 * Compiles the text of an expression.
 *
 * @throws CelError if it is not an expression
 */
export function compileText(source: string): Compiled {
  return new Compiled(parse(source), source);
}
