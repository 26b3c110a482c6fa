/**
 * A template that controllers evaluate again and again, such as the body of a response: one that
 * ran often is compiled to JavaScript as a whole.
 */
import { Context } from "../cel/context.ts";
import { HOT, MAX_BAILS } from "../cel/evaluate.ts";
import { type GeneratedTemplate, generateTemplate } from "../cel/generate/generate.ts";
import { DEFAULT_LIMITS } from "../contract/limits.ts";
import { type Deferred, isDeferred } from "../contract/resource.ts";
import { evaluateDeferred } from "./deferred.ts";
import type { DeferredExpression } from "./deferred_expression.ts";
import { rootScope } from "./scope.ts";

/** Evaluates one deferred value. */
export class HotTemplate {
  readonly #deferred: DeferredExpression;
  #generated: GeneratedTemplate | undefined;
  #context: Context | undefined;
  #runs = 0;
  #bails = 0;
  #isRunning = false;

  constructor(deferred: Deferred) {
    this.#deferred = deferred as DeferredExpression;
  }

  evaluate(variables: Readonly<Record<string, unknown>>): unknown {
    if (this.#generated !== undefined && !this.#isRunning) {
      const value = this.#run(this.#generated, variables);
      if (value !== undefined) return value;
    } else if (++this.#runs === HOT) this.#generate();
    return evaluateDeferred(this.#deferred, rootScope(variables));
  }

  /** `undefined` if the expressions have to be evaluated one by one, which words errors too. */
  #run(generated: GeneratedTemplate, variables: Readonly<Record<string, unknown>>): unknown {
    const context = this.#context!;
    context.restart();
    this.#isRunning = true;
    try {
      const value = generated.build(context, variables);
      const isTooLong = typeof value === "string" &&
        value.length > context.limits.expressionText;
      if (!isTooLong) return value;
    } catch {
      if (++this.#bails > MAX_BAILS) this.#generated = undefined;
    } finally {
      this.#isRunning = false;
    }
    return undefined;
  }

  #generate(): void {
    const { parts, exact } = this.#deferred;
    for (const part of parts) {
      // A value that waits may be anywhere in them.
      if (typeof part !== "string" && !isKnown(part.bound)) return;
    }
    const generated = generateTemplate(
      parts.map((part) =>
        typeof part === "string"
          ? part
          : { node: part.program.tree, source: part.program.text, bound: part.bound }
      ),
      exact,
    );
    if (generated === undefined) return;
    this.#generated = generated;
    this.#context = new Context(new Array<unknown>(generated.slots), DEFAULT_LIMITS);
  }
}

function isKnown(bound: ReadonlyMap<string, unknown> | undefined): boolean {
  return bound === undefined || [...bound.values()].every(holdsNothingDeferred);
}

function holdsNothingDeferred(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  return !isDeferred(value) && Object.values(value).every(holdsNothingDeferred);
}
