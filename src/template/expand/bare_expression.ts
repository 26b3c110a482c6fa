/** Warns about `${ }` in the body of a template, where it is plain text: only `${{ }}` is evaluated. */
import type { Warning } from "../../contract/diagnostics.ts";
import type { Origin } from "../../contract/errors.ts";
import { nearest } from "../../diagnostics/nearest.ts";
import { isKind } from "../../contract/urn.ts";
import { placeOfPart } from "../expr/expression_error.ts";

/** The warning about the `${` at `offset` of the text at `origin`, which is hardly meant as text. */
export function bareExpression(
  text: string,
  offset: number,
  origin: Origin,
  parameters: readonly string[],
): Warning {
  // Text that nothing evaluates is not scanned either: this only serves to show it.
  const [part, inner] = /^\$\{([^{}\n]{1,80})\}/.exec(text.slice(offset)) ?? ["${", "…"];
  const source = (inner ?? "").trim();
  const isName = isKind(source) && !parameters.includes(source);
  const meant = (isName ? nearest(source, parameters) : undefined) ?? source;
  const place = { expression: text, offset: 0, start: offset, end: offset + part.length };
  return {
    code: "WARN_TEMPLATE_EXPRESSION",
    message: `${part} is text in the body of a template`,
    origin: placeOfPart(origin, place) ?? origin,
    help: `Write \${{ ${meant} }} for an expression, or $${part} for the text`,
  };
}
