/** Conditions whose value does not depend on any variable. */
import type { Binary, Literal, Node } from "../ast.ts";

/** The value of a condition made of constants only. */
export function constantOf(node: Node): boolean | undefined {
  switch (node.kind) {
    case "literal":
      return node.type === "bool" ? node.value : undefined;
    case "unary": {
      const value = node.operator === "!" ? constantOf(node.operand) : undefined;
      return value === undefined ? undefined : !value;
    }
    case "binary":
      return constantComparison(node);
    case "logical": {
      const deciding = node.operator === "||";
      const [left, right] = [constantOf(node.left), constantOf(node.right)];
      if (left === deciding || right === deciding) return deciding;
      return left === undefined || right === undefined ? undefined : !deciding;
    }
    default:
      return undefined;
  }
}

function constantComparison({ operator, left, right }: Binary): boolean | undefined {
  if (operator !== "==" && operator !== "!=") return undefined;
  if (left.kind !== "literal" || right.kind !== "literal" || !isSimple(left)) return undefined;
  return left.type === right.type
    ? (left.value === right.value) === (operator === "==")
    : undefined;
}

function isSimple({ type }: Literal): boolean {
  return type === "string" || type === "bool" || type === "int" || type === "null";
}
