/** What the checks of kinds say about the types of single resources, beyond their definitions. */
import type { Deferred, Path, Value } from "../../contract/resource.ts";
import type { ScopeRule } from "../registry/scopes.ts";

/** A field that is an expression without `${{ }}`. */
export interface BareExpression {
  readonly at: Path;
  readonly deferred: Deferred;
  /** The type that it must have; any without it. */
  readonly type: Value | undefined;
}

/** The hints for one resource. */
export interface ResourceHints {
  readonly scopes: readonly ScopeRule[];
  readonly expressions: readonly BareExpression[];
}

/** Collects hints, by the URN of the resource. */
export class TypeHints {
  readonly #hints = new Map<string, {
    readonly scopes: ScopeRule[];
    readonly expressions: BareExpression[];
  }>();

  of(urn: string): ResourceHints | undefined {
    return this.#hints.get(urn);
  }

  add(urn: string, at: Path, variables: Readonly<Record<string, unknown>>): void {
    const types = new Map(Object.entries(variables as Readonly<Record<string, Value>>));
    this.#hintsOf(urn).scopes.push({ path: at.map(String), variables: types });
  }

  addExpression(urn: string, expression: BareExpression): void {
    this.#hintsOf(urn).expressions.push(expression);
  }

  #hintsOf(urn: string) {
    let hints = this.#hints.get(urn);
    if (hints === undefined) {
      this.#hints.set(urn, hints = { scopes: [], expressions: [] });
    }
    return hints;
  }
}
