/** Strings whose expressions must not become a part of the text: a controller's `parts(value)`. */
import { type Deferred, isDeferred } from "../../contract/resource.ts";
import type { Late, Template, TextParts } from "../../contract/templates.ts";
import { type Around, compileTemplate, type Observe } from "./compile_template.ts";
import { codesOf, textParts } from "./deferred.ts";
import type { Explain } from "./hot_template.ts";

/** What follows an expression: a space and two braces, as it is usually written. */
const AFTER_EXPRESSION = " }}".length;

/** What {@link compileParts} does beside compiling. */
export interface PartsOptions {
  readonly observe?: Observe | undefined;
  /** What is around the expressions of a string. */
  readonly around?: ((whole: Deferred) => Around) | undefined;
}

/** The texts and the expressions of a string; the expressions are compiled once. */
export function compileParts(
  value: string | Deferred,
  explain: Explain,
  options: PartsOptions = {},
): TextParts {
  const values = isDeferred(value)
    ? textParts(value).values.map((part) => compilePart(part, value, explain, options))
    : [];
  return { ...textsOf(value), values };
}

/** The texts of a string, between its expressions. */
export function textsOf(value: string | Deferred | Late<string>): Omit<TextParts, "values"> {
  if (!isDeferred(value)) return { texts: [String(value)], offsets: [0] };
  const offsets = codesOf(value).map(({ program, offset }) =>
    offset + program.text.length + AFTER_EXPRESSION
  );
  return { texts: textParts(value).texts, offsets: [0, ...offsets] };
}

/** An expression whose result may also be a BigInt. */
function compilePart(
  part: Deferred,
  whole: Deferred,
  explain: Explain,
  { observe, around }: PartsOptions,
): Template {
  const evaluate = compileTemplate(part, (error) => {
    if (error.integer !== undefined) return new WholeInteger(error.integer);
    // The message is about the string that the part is written in.
    return explain(error, whole);
  }, { observe: observe && ((deferred) => observe(deferred, whole)), around: around?.(whole) });
  return (scope) => {
    try {
      return evaluate(scope);
    } catch (error) {
      if (error instanceof WholeInteger) return error.value;
      throw error;
    }
  };
}

/** Brings an integer beyond 2^53 past those who can only keep a number. */
class WholeInteger extends Error {
  readonly value: bigint;

  constructor(value: bigint) {
    super();
    this.value = value;
  }
}
