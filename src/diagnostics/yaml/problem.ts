/** Mistakes in YAML text, before their places are lines and columns. */
import type { Limits } from "../../contract/limits.ts";
import type { Path } from "../../contract/resource.ts";
import type { TextPart } from "../../contract/source.ts";

/** A mistake in a document; ranges are relative to the text of its stream. */
export interface Problem {
  readonly problem: string;
  readonly help?: string | undefined;
  readonly range: TextPart;
  readonly path: Path;
  /** Set when a limit was reached. */
  readonly limit?: keyof Limits;
  readonly related?: { readonly message: string; readonly range: TextPart };
}

/** The explanation of a syntax error, with a range if the mistake is not where the parser stopped. */
export interface Explanation {
  readonly problem: string;
  readonly help?: string | undefined;
  readonly range?: TextPart | undefined;
}
