/** What templates may produce: documents, the resources of templates, and all of these together. */
import type { Limits } from "../contract/limits.ts";

/** A limit that was exceeded, and the sentence that says so. */
export interface Excess {
  readonly limit: keyof Limits;
  readonly problem: string;
}

/** The limits that apply, by what they count. */
export interface BudgetLimits {
  readonly nodes?: keyof Limits;
  readonly text?: keyof Limits;
}

/** Counts nodes and characters against limits. */
export class Budget {
  readonly #what: string;
  readonly #limits: Limits;
  readonly #counted: BudgetLimits;
  readonly #mostNodes: number;
  readonly #mostText: number;
  #nodes = 0;
  #text = 0;

  /** `what` begins the sentence about an excess, such as "The document". */
  constructor(what: string, limits: Limits, counted: BudgetLimits) {
    this.#what = what;
    this.#limits = limits;
    this.#counted = counted;
    this.#mostNodes = counted.nodes === undefined ? Infinity : limits[counted.nodes];
    this.#mostText = counted.text === undefined ? Infinity : limits[counted.text];
  }

  /** Adds what was produced; gives the limit that it exceeds. */
  spend(nodes: number, text: number): Excess | undefined {
    this.#nodes += nodes;
    this.#text += text;
    if (this.#nodes <= this.#mostNodes && this.#text <= this.#mostText) return undefined;
    return this.#excess(this.#counted.nodes, this.#nodes, "nodes") ??
      this.#excess(this.#counted.text, this.#text, "characters");
  }

  /** Begins again, for the next resource. */
  reset(): void {
    this.#nodes = 0;
    this.#text = 0;
  }

  #excess(limit: keyof Limits | undefined, produced: number, unit: string): Excess | undefined {
    if (limit === undefined || produced <= this.#limits[limit]) return undefined;
    return { limit, problem: `${this.#what} exceeds ${this.#limits[limit]} ${unit}` };
  }
}
