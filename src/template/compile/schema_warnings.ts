/** Warns about expressions in schemas, which are not evaluated. */
import { isMap, type PathSegment, type Value } from "../../contract/resource.ts";
import { ExpressionError } from "../expr/expression_error.ts";
import { hasExpression, scan } from "../expr/interpolate.ts";
import { type CompileContext, currentOrigin } from "./context.ts";

/** Warns of every expression in a schema; what `!raw` wraps is meant as it is. */
export function warnOfExpressions(context: CompileContext, node: Value): void {
  if (typeof node === "string") {
    if (isExpression(node)) warn(context);
  } else if (Array.isArray(node)) {
    for (let index = 0; index < node.length; index++) warnBelow(context, index, node[index]);
  } else if (isMap(node)) {
    for (const key of Object.keys(node)) warnBelow(context, key, node[key]);
  }
}

/** Every schema of an app is walked here, so nothing is made for each of its nodes. */
function warnBelow(context: CompileContext, step: PathSegment, node: Value | undefined): void {
  if (node === undefined || (typeof node === "string" && !hasExpression(node))) return;
  context.path.push(step);
  warnOfExpressions(context, node);
  context.path.pop();
}

function isExpression(text: string): boolean {
  if (!hasExpression(text)) return false;
  try {
    return scan(text, "both").some((part) => typeof part === "object");
  } catch (error) {
    // In a schema it may as well be a pattern.
    if (error instanceof ExpressionError) return false;
    throw error;
  }
}

function warn(context: CompileContext): void {
  context.options.diagnostics.warning({
    code: "WARN_EXPRESSION_IN_SCHEMA",
    message: "Expressions in schemas are not evaluated",
    origin: currentOrigin(context),
    help: "Tag it `!raw` if the text is intended",
  });
}
