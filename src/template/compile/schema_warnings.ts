/** Expressions in schemas, which nothing evaluates. Rules: templating, "Opaque subtrees". */
import { isMap, type Value } from "../../contract/resource.ts";
import { ExpressionError } from "../expr/expression_error.ts";
import { hasExpression, scan } from "../expr/interpolate.ts";
import { at, originHere, type Task } from "./context.ts";

/** Warns of every expression in a schema; what `!raw` wraps is meant as it is. */
export function warnOfExpressions(task: Task, node: Value): void {
  if (typeof node === "string") {
    if (isExpression(node)) warn(task);
  } else if (Array.isArray(node)) {
    node.forEach((item, index) => at(task, index, () => warnOfExpressions(task, item)));
  } else if (isMap(node)) {
    for (const [key, item] of Object.entries(node)) {
      at(task, key, () => warnOfExpressions(task, item));
    }
  }
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

function warn(task: Task): void {
  task.options.diagnostics.warning({
    code: "WARN_EXPRESSION_IN_SCHEMA",
    message: "Schemas hold no expressions: this one is text",
    origin: originHere(task),
    help: "Tag it `!raw` where the text is meant",
  });
}
