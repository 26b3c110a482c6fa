/** Why an expression has the result that it has: the values of its parts. */
import type { Node } from "../../cel/ast.ts";
import type { Explanation, ExpressionPart } from "../../contract/templates.ts";
import { evaluate } from "./evaluate.ts";
import { ErrorValueRead } from "../deferred/error_value.ts";
import { ExpressionError } from "./expression_error.ts";
import { compileExpression, type Program } from "./program.ts";
import { childScope, type Scope } from "./scope.ts";

/** The most parts that are evaluated. */
const MOST_PARTS = 20;

/**
 * Evaluates the parts of an expression that decide its result: the sides of comparisons, and the
 * values that they are computed from. Constants, and what `&&`, `||` and `?:` skip, are left out.
 */
export function explainExpression(program: Program, scope: Scope): Explanation {
  const parts = new Map<string, ExpressionPart>();
  const unequal: { readonly actual: unknown; readonly expected: unknown }[] = [];
  decide(program.tree);
  return { parts: [...parts.values()], unequal };

  /** Explains a condition. */
  function decide(node: Node): unknown {
    switch (node.kind) {
      case "logical": {
        const left = decide(node.left);
        const isDecided = left === (node.operator === "||");
        return isDecided ? left : decide(node.right);
      }
      case "unary":
        return node.operator === "!" ? negated(decide(node.operand)) : show(node);
      case "conditional":
        return decide(decide(node.condition) === true ? node.then : node.otherwise);
      case "binary": {
        const sides = [show(node.left), show(node.right)] as const;
        const result = valueOf(node);
        if (node.operator === "==" && result === false) {
          unequal.push({ actual: sides[0], expected: sides[1] });
        }
        return result;
      }
      case "comprehension":
        if (node.macro === "all") showFailing(node);
        return show(node);
      default:
        return show(node);
    }
  }

  /** Lists the first element for which the body of an `all` is not true, and why it is not. */
  function showFailing({ collection, variables, body }: Node & { kind: "comprehension" }): void {
    const elements = show(collection);
    const [{ name }, ...others] = variables;
    if (!Array.isArray(elements) || others.length > 0) return;
    const condition = compileExpression(textOf(body));
    for (const value of elements) {
      const inner = childScope(scope, name, value);
      if (evaluated(textOf(body), inner).value === true) continue;
      parts.set(name, { text: name, value });
      for (const part of explainExpression(condition, inner).parts) {
        if (parts.size < MOST_PARTS && !parts.has(part.text)) parts.set(part.text, part);
      }
      return;
    }
  }

  /** Lists a part and what it is computed from; returns its value. */
  function show(node: Node): unknown {
    if (node.kind === "literal") return valueOf(node);
    const isText = node.kind !== "list" && node.kind !== "map";
    const value = isText ? add(node) : valueOf(node);
    // A path that cannot be followed is explained by the value where it ends.
    if (value === undefined && (node.kind === "select" || node.kind === "index")) {
      show(node.operand);
    }
    for (const operand of operandsOf(node)) show(operand);
    return value;
  }

  function add(node: Node): unknown {
    const text = textOf(node);
    const known = parts.get(text);
    if (known !== undefined || parts.size >= MOST_PARTS) return known?.value;
    const part = evaluated(text);
    parts.set(text, part);
    return part.value;
  }

  function valueOf(node: Node): unknown {
    return evaluated(textOf(node)).value;
  }

  function evaluated(text: string, visible = scope): ExpressionPart {
    try {
      return { text, value: evaluate(compileExpression(text), visible) };
    } catch (error) {
      if (error instanceof ExpressionError) return { text, problem: error.problem };
      if (error instanceof ErrorValueRead) return { text, problem: "it has failed" };
      throw error;
    }
  }

  function textOf({ start, end }: Node): string {
    return program.text.slice(start, end);
  }
}

function negated(value: unknown): unknown {
  return typeof value === "boolean" ? !value : undefined;
}

/** What a part is computed from, as far as it has a value outside of it. */
function operandsOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case "literal":
    case "identifier":
    case "has":
      return [];
    // Of `a.b.c`, only the whole is of interest.
    case "select":
      return baseOf(node);
    case "index":
      return [...baseOf(node), node.index];
    case "call":
      return node.target === undefined ? node.args : [node.target, ...node.args];
    case "unary":
      return [node.operand];
    case "binary":
    case "logical":
      return [node.left, node.right];
    case "conditional":
      return [node.condition];
    case "list":
      return node.items.map(({ value }) => value);
    case "map":
      return node.entries.map(({ value }) => value);
    // The bodies of macros use names that exist only there.
    case "comprehension":
      return [node.collection];
    case "bind":
      return [node.value];
    case "optMap":
      return [node.operand];
  }
}

/** What a path begins with, if it is not a name. */
function baseOf(node: Node): readonly Node[] {
  let base = node;
  while (base.kind === "select" || base.kind === "index") base = base.operand;
  return base.kind === "identifier" ? [] : [base];
}
