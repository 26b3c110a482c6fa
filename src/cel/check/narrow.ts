/** What a condition says about paths: `has(x.y)` that the field is there, `x != null` its type. */
import type { Binary, Has, Node } from "../ast.ts";
import { isTypeName } from "../names.ts";
import { DYN, membersOf, NULL, type Scalar, type Type, unionOf, withoutNull } from "../types.ts";
import { commonFacts, type Environment, type Facts, keyOf, NO_FACTS } from "./environment.ts";
import { fieldIfPresent } from "./fields.ts";

/** Gives the type of a node without reporting anything. */
export type Infer = (node: Node, environment: Environment) => Type;

/** Conditions that nest deeper are generated: following them would take long, for little. */
const MAX_DEPTH = 100;

/** The facts that hold where a condition is `outcome`. */
export function factsOf(
  condition: Node,
  outcome: boolean,
  environment: Environment,
  infer: Infer,
): Facts {
  if (condition.depth > MAX_DEPTH) return NO_FACTS;
  switch (condition.kind) {
    case "unary":
      return condition.operator === "!"
        ? factsOf(condition.operand, !outcome, environment, infer)
        : NO_FACTS;
    case "logical": {
      const { operator, left, right } = condition;
      const first = factsOf(left, outcome, environment, infer);
      const isBoth = outcome === (operator === "&&");
      const second = factsOf(
        right,
        outcome,
        isBoth ? environment.given(first) : environment,
        infer,
      );
      return isBoth ? new Map([...first, ...second]) : commonFacts(first, second);
    }
    case "has":
      return outcome ? presence(condition, environment, infer) : NO_FACTS;
    case "binary":
      return comparison(condition, outcome, environment, infer);
    default:
      return NO_FACTS;
  }
}

/** The field that is asked for is there, and so is everything that leads to it. */
function presence({ select }: Has, environment: Environment, infer: Infer): Facts {
  const facts = new Map<string, Type>();
  let at: Node = select;
  while (at.kind === "select") {
    const key = keyOf(at);
    if (key === undefined) break;
    facts.set(key, fieldIfPresent(infer(at.operand, environment), at.field));
    at = at.operand;
  }
  return facts;
}

function comparison(node: Binary, outcome: boolean, environment: Environment, infer: Infer): Facts {
  const { operator, left, right } = node;
  if (operator === "in") {
    const root = keyOf(right);
    if (!outcome || root === undefined || left.kind !== "literal" || left.type !== "string") {
      return NO_FACTS;
    }
    const key = JSON.stringify([...JSON.parse(root) as string[], left.value]);
    return new Map([[key, fieldIfPresent(infer(right, environment), left.value)]]);
  }
  if (operator !== "==" && operator !== "!=") return NO_FACTS;
  const isEqual = outcome === (operator === "==");
  for (const [one, other] of [[left, right], [right, left]] as const) {
    if (other.kind === "literal" && other.type === "null") {
      const key = keyOf(one);
      if (key === undefined) return NO_FACTS;
      return new Map([[key, isEqual ? NULL : withoutNull(infer(one, environment))]]);
    }
    const subject = subjectOfType(one);
    if (subject === undefined || other.kind !== "identifier") continue;
    const key = keyOf(subject);
    if (key === undefined || !isTypeName(other.name) || environment.isBound(other.name)) continue;
    const type = infer(subject, environment);
    const { name } = other;
    return new Map([[key, isEqual ? membersNamed(type, name) : withoutNamed(type, name)]]);
  }
  return NO_FACTS;
}

/** `x` of `type(x)`. */
function subjectOfType(node: Node): Node | undefined {
  return node.kind === "call" && node.name === "type" && node.target === undefined
    ? node.args[0]
    : undefined;
}

/** What of a type has the type of this name; a part of which nothing is known may have it. */
function membersNamed(type: Type, name: string): Type {
  const members = membersOf(type).flatMap((member) =>
    member.kind === kindNamed(name) ? [member] : member.kind === "dyn" ? [typeNamed(name)] : []
  );
  return members.length === 0 ? typeNamed(name) : unionOf(members);
}

/** A type without what has the type of this name; the type itself if nothing else is in it. */
function withoutNamed(type: Type, name: string): Type {
  const members = membersOf(type).filter(({ kind }) => kind !== kindNamed(name));
  return members.length === 0 ? type : unionOf(members);
}

function kindNamed(name: string): string {
  return name.replace(/_type$/, "");
}

/** What is known of a value by the name of its type. */
function typeNamed(name: string): Type {
  if (name === "null_type") return NULL;
  const scalars: readonly string[] = ["bool", "bytes", "double", "int", "string", "uint", "type"];
  return scalars.includes(name) ? { kind: name as Scalar } : DYN;
}
