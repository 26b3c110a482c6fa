/** What the checks of kinds say about the types of single resources, beyond their definitions. */
import type { ProvideOptions } from "../../contract/check.ts";
import type { Deferred, Path, PathSegment, Value } from "../../contract/resource.ts";
import type { ScopeRule } from "../registry/scopes.ts";

/** A field that is an expression without `${{ }}`. */
export interface BareExpression {
  readonly at: Path;
  readonly deferred: Deferred;
  /** The type that it must have; any without it. */
  readonly type: Value | undefined;
}

/** The resources that provide values of a contract to expressions at one place. */
export interface ProviderHint {
  /** The ways in which the expressions are reached; the last URN of each wins. */
  readonly lists: readonly (readonly string[])[];
  /** What to do about a value that nothing provides, by its name. */
  readonly help: Readonly<Record<string, string>>;
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

  readonly #providers = new Map<
    string,
    Map<string, { lists: string[][]; help: Record<string, string> }>
  >();

  readonly #outputs = new Map<string, Value>();

  /** What executions of a resource give, as a JSON Schema. */
  outputOf(urn: string): Value | undefined {
    return this.#outputs.get(urn);
  }

  setOutput(urn: string, schema: Value): void {
    this.#outputs.set(urn, schema);
  }

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

  addProviders(
    urn: string,
    contract: string,
    providers: readonly string[],
    { stars = [], help = {} }: ProvideOptions,
  ): void {
    let ofUrn = this.#providers.get(urn);
    if (ofUrn === undefined) this.#providers.set(urn, ofUrn = new Map());
    const key = placeKey(contract, stars);
    let hint = ofUrn.get(key);
    if (hint === undefined) ofUrn.set(key, hint = { lists: [], help: {} });
    Object.assign(hint.help, help);
    // Many routes have the same middleware around them.
    if (hint.lists.some((list) => list.join() === providers.join())) return;
    hint.lists.push([...providers]);
  }

  providersOf(
    urn: string,
    contract: string,
    stars: readonly PathSegment[],
  ): ProviderHint | undefined {
    return this.#providers.get(urn)?.get(placeKey(contract, stars));
  }

  #hintsOf(urn: string) {
    let hints = this.#hints.get(urn);
    if (hints === undefined) {
      this.#hints.set(urn, hints = { scopes: [], expressions: [] });
    }
    return hints;
  }
}

function placeKey(contract: string, stars: readonly PathSegment[]): string {
  return JSON.stringify([contract, ...stars.map(String)]);
}
