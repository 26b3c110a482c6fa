/** Finds in code what it cannot use in isolation, without running it. */
import type { Node } from "acorn";
import type { TextPart } from "../../../contract/author.ts";
import { AVAILABLE, isOfRuntime } from "../isolation/names.ts";

/** A place of code that fails in isolation. */
export interface Unavailable extends TextPart {
  readonly message: string;
  readonly help: string;
}

type AnyNode = Node & Readonly<Record<string, unknown>>;

/**
 * The first use of each name that isolated scripts do not have, and imports. Code that tries whether
 * there is such a name, by `try` or `typeof`, may use it.
 */
export async function findUnavailable(code: string): Promise<readonly Unavailable[]> {
  const { parse } = await import("acorn");
  let program: Node;
  try {
    program = parse(code, { ecmaVersion: "latest", allowReturnOutsideFunction: true });
  } catch {
    return []; // Its syntax is checked elsewhere.
  }
  const used = new Map<string, TextPart>();
  const declared = new Set<string>();
  const problems: Unavailable[] = [];
  visit(program as AnyNode, undefined, "", false);

  function visit(
    node: AnyNode,
    parent: AnyNode | undefined,
    key: string,
    isTried: boolean,
  ): void {
    const { type, start, end } = node;
    if (type === "ImportExpression" && !isTried) {
      problems.push({
        message: "nothing can be imported in isolation",
        help: AVAILABLE,
        start,
        end,
      });
    }
    if (type === "ObjectPattern") {
      for (const { value } of node["properties"] as readonly { readonly value?: AnyNode }[]) {
        if (value?.type === "Identifier") declared.add(value["name"] as string);
      }
    }
    if (type === "Identifier") {
      const name = node["name"] as string;
      if (isDeclaration(parent, key) || isTypeOf(parent)) declared.add(name);
      else if (isRead(parent, key) && !isTried && !used.has(name)) used.set(name, { start, end });
    }
    for (const [name, value] of Object.entries(node)) {
      const isTriedThere = isTried ||
        (type === "TryStatement" && name === "block" && node["handler"] !== null);
      for (const item of Array.isArray(value) ? value : [value]) {
        if (typeof item?.type === "string") visit(item as AnyNode, node, name, isTriedThere);
      }
    }
  }

  for (const [name, part] of used) {
    if (!isOfRuntime(name) || declared.has(name)) continue;
    problems.push({ message: `\`${name}\` does not exist in isolation`, help: AVAILABLE, ...part });
  }
  return problems.sort((one, other) => one.start - other.start);
}

/** True for the name of a variable, function, class or parameter, and for what is assigned to. */
function isDeclaration(parent: AnyNode | undefined, key: string): boolean {
  switch (parent?.type) {
    case "VariableDeclarator":
    case "FunctionDeclaration":
    case "FunctionExpression":
    case "ClassDeclaration":
      return key === "id" || key === "params";
    case "ArrowFunctionExpression":
      return key === "params";
    case "AssignmentExpression":
    case "AssignmentPattern":
      return key === "left";
    case "ArrayPattern":
    case "RestElement":
    case "CatchClause":
      return true;
    default:
      return false;
  }
}

/** True for the operand of `typeof`, which does not fail for a name that does not exist. */
function isTypeOf(parent: AnyNode | undefined): boolean {
  return parent?.type === "UnaryExpression" && parent["operator"] === "typeof";
}

/** True for a name that is looked up. */
function isRead(parent: AnyNode | undefined, key: string): boolean {
  switch (parent?.type) {
    case "MemberExpression":
      return key === "object" || parent["computed"] === true;
    case "Property":
    case "PropertyDefinition":
    case "MethodDefinition":
      return key === "value" || parent["computed"] === true;
    case "LabeledStatement":
    case "BreakStatement":
    case "ContinueStatement":
      return false;
    default:
      return true;
  }
}
