/**
 * The type checker: finds what is wrong with an expression whatever the values are. It reports
 * an error only for what fails whenever it is evaluated, and a warning for what may fail or is
 * hardly meant; where nothing is known, everything is allowed.
 */
import type { Binary, Call, Conditional, Logical, Node, Unary } from "../ast.ts";
import { CelError } from "../cel_error.ts";
import { literalHelp, notBoolean, operatorMismatch } from "../failures.ts";
import { argumentMismatch } from "../function_failures.ts";
import { isTypeName, typeNameOf } from "../names.ts";
import { operatorOverloads, type Overloads, overloadsOf, type Signature } from "../signatures.ts";
import {
  BOOL,
  canMeet,
  DYN,
  membersOf,
  NULL,
  scalarOf,
  type Type,
  typeWithArticle,
  unionOf,
} from "../types.ts";
import { constantOf } from "./constant.ts";
import type { Checker } from "./checker.ts";
import { Environment, type VariableTypes } from "./environment.ts";
import { hasType, indexType, selectType } from "./fields.ts";
import { literalError } from "./literal_calls.ts";
import { listType, mapType } from "./literals.ts";
import { bindType, comprehensionType, optionalMapType } from "./loops.ts";
import { resultOf } from "./match.ts";
import { factsOf } from "./narrow.ts";
import { Problems, type TypeProblem } from "./problems.ts";

/** What the checker says about an expression. */
export interface CheckedExpression {
  readonly type: Type;
  readonly problems: readonly TypeProblem[];
}

/** The signatures of a function or method; `undefined` for one that does not exist. */
export type FunctionTypes = (name: string) => Overloads | undefined;

/** Checks an expression; variables without a type are `dyn`. */
export function checkTypes(
  tree: Node,
  source: string,
  variables: VariableTypes,
  functions: FunctionTypes = overloadsOf,
): CheckedExpression {
  return checkTypesIn(new Environment(variables), tree, source, functions);
}

/** Checks an expression where conditions around it say something about the values that it reads. */
export function checkTypesIn(
  environment: Environment,
  tree: Node,
  source: string,
  functions: FunctionTypes = overloadsOf,
): CheckedExpression {
  const checker = new TypeChecker(source, functions);
  const type = checker.infer(tree, environment);
  return { type, problems: checker.problems.reported };
}

/** The environment of what is evaluated only if a condition is `outcome`. */
export function environmentWhere(
  condition: Node,
  outcome: boolean,
  environment: Environment,
): Environment {
  return new TypeChecker("", overloadsOf).where(condition, outcome, environment);
}

/** Checks that an expression is a condition as well. */
export function checkCondition(
  tree: Node,
  source: string,
  variables: VariableTypes,
): CheckedExpression {
  const checker = new TypeChecker(source, overloadsOf);
  const type = checker.condition(tree, new Environment(variables)) ?? BOOL;
  return { type, problems: checker.problems.reported };
}

/** Infers the types of the nodes of one expression. */
class TypeChecker implements Checker {
  readonly problems: Problems;
  readonly #functions: FunctionTypes;

  constructor(source: string, functions: FunctionTypes) {
    this.problems = new Problems(source);
    this.#functions = functions;
  }

  /** The type of a node. */
  infer(node: Node, environment: Environment): Type {
    return environment.factAbout(node) ?? this.#inferNode(node, environment);
  }

  #inferNode(node: Node, environment: Environment): Type {
    const { problems } = this;
    switch (node.kind) {
      case "literal":
        return scalarOf(node.type);
      case "identifier":
        return environment.typeOf(node.name) ?? (isTypeName(node.name) ? scalarOf("type") : DYN);
      case "select":
        return typeNameOf(node, environment) === undefined
          ? selectType(node, this.infer(node.operand, environment), problems)
          : scalarOf("type");
      case "index": {
        const operand = this.infer(node.operand, environment);
        return indexType(node, operand, this.infer(node.index, environment), problems);
      }
      case "has":
        return hasType(node, this.infer(node.operand, environment), problems);
      case "call":
        return this.#call(node, environment);
      case "unary":
        return this.#unary(node, environment);
      case "binary":
        return this.#binary(node, environment);
      case "logical":
        return this.#logical(node, environment);
      case "conditional":
        return this.#conditional(node, environment);
      case "list":
        return listType(node, environment, this);
      case "map":
        return mapType(node, environment, this);
      case "comprehension":
        return comprehensionType(node, environment, this);
      case "bind":
        return bindType(node, environment, this);
      case "optMap":
        return optionalMapType(node, environment, this);
    }
  }

  /**
   * The type of a condition, of `of`; `undefined` if it can never be a boolean, which is an error.
   */
  condition(node: Node, environment: Environment, of?: Node): Type | undefined {
    const type = this.infer(node, environment);
    if (canMeet(type, BOOL)) return type;
    this.problems.error(notBoolean(node, typeWithArticle(type), this.problems.source, of), node);
    return undefined;
  }

  /** The environment of what is evaluated only if a condition is `outcome`. */
  where(condition: Node, outcome: boolean, environment: Environment): Environment {
    const infer = (node: Node, at: Environment) =>
      this.problems.quietly(() => this.infer(node, at));
    return environment.given(factsOf(condition, outcome, environment, infer));
  }

  #call(call: Call, environment: Environment): Type {
    const { name, target } = call;
    const owner = target && this.infer(target, environment);
    const args = call.args.map((arg) => this.infer(arg, environment));
    const named = this.#functions(name);
    const signatures = (target === undefined ? named?.functions : named?.methods) ?? [];
    // A function that does not exist is an error of parsing.
    if (signatures.length === 0) return DYN;
    const nodes = target === undefined ? call.args : [target, ...call.args];
    const types = owner === undefined ? args : [owner, ...args];
    const result = resultOf(signatures, types);
    if (result !== undefined) {
      this.#warnAboutNull(nodes, types, signatures);
      const mistake = literalError(call);
      if (mistake !== undefined) this.problems.error(mistake.error, mistake.node);
      return result;
    }
    const words = args.map(typeWithArticle);
    this.problems.error(
      argumentMismatch(
        call,
        owner === undefined ? "" : typeWithArticle(owner),
        words,
        signatures,
        this.problems.source,
      ),
      call,
    );
    return DYN;
  }

  #unary(node: Unary, environment: Environment): Type {
    const operand = this.infer(node.operand, environment);
    const signatures = operatorOverloads(node.operator);
    return resultOf(signatures, [operand]) ?? this.#mismatch(node, [operand]);
  }

  #binary(node: Binary, environment: Environment): Type {
    const left = this.infer(node.left, environment);
    const right = this.infer(node.right, environment);
    const { operator } = node;
    if (operator === "==" || operator === "!=") {
      this.#checkEquality(node, left, right);
      return BOOL;
    }
    const signatures = operatorOverloads(operator);
    const result = resultOf(signatures, [left, right]);
    if (result === undefined) return this.#mismatch(node, [left, right]);
    this.#warnAboutNull([node.left, node.right], [left, right], signatures);
    if (operator === "in") this.#checkMembership(node, left, right);
    return result;
  }

  /** Warns about values that may be null where null is not taken. */
  #warnAboutNull(
    nodes: readonly Node[],
    types: readonly Type[],
    signatures: readonly Signature[],
  ): void {
    for (const [index, type] of types.entries()) {
      if (type.kind !== "union" || !type.members.some(({ kind }) => kind === "null")) continue;
      if (resultOf(signatures, types.with(index, NULL)) !== undefined) continue;
      // There is a type for each node.
      const node = nodes[index]!;
      const text = this.problems.textOf(node);
      this.problems.absence(`${text} may be null`, `Write ${text} != null ? … : …`, node);
    }
  }

  #mismatch(node: Unary | Binary, types: readonly Type[]): Type {
    const kinds = types.map((type) => membersOf(type)[0]?.kind ?? "dyn");
    const words = types.map(typeWithArticle);
    this.problems.error(operatorMismatch(node, kinds, words, this.problems.source), node);
    return DYN;
  }

  /** Values of different types are never equal, which is allowed and hardly meant. */
  #checkEquality(node: Binary, left: Type, right: Type): void {
    const isNull = (type: Type) => membersOf(type).some(({ kind }) => kind === "null");
    if (canMeet(left, right) || isNull(left) || isNull(right)) return;
    const always = node.operator === "==" ? "false" : "true";
    this.problems.warning(
      `This is always ${always}: ${typeWithArticle(left)} never equals ${typeWithArticle(right)}`,
      this.#equalityHelp(node, left, right),
      node,
    );
  }

  #equalityHelp(
    { left, right, operator }: Binary,
    ...types: readonly [Type, Type]
  ): string | undefined {
    const texts = [left, right].map((node) => this.problems.textOf(node));
    const kinds = types.map(({ kind }) => kind);
    const type = kinds.indexOf("type");
    const literal = type === 0 ? right : left;
    if (type !== -1 && literal.kind === "literal" && isTypeName(String(literal.value))) {
      return `Write ${texts[type]} ${operator} ${String(literal.value)}`;
    }
    const optional = kinds.indexOf("optional");
    if (optional !== -1) return `Write ${texts[optional]}.orValue(…) for its value`;
    const string = kinds.indexOf("string");
    const other = string === 0 ? 1 : 0;
    if (string === -1) return undefined;
    if (["int", "double", "number"].includes(kinds[other] ?? "")) {
      const written = string === 0 ? left : right;
      if (written.kind === "literal") return literalHelp(String(written.value));
      return `Write int(${texts[string]}) to compare numbers`;
    }
    return kinds[other] === "bool" ? `Write ${texts[string]} == 'true'` : undefined;
  }

  #checkMembership(node: Binary, left: Type, right: Type): void {
    if (right.kind !== "list" || canMeet(left, right.element)) return;
    const [item, element] = [left, right.element].map(typeWithArticle);
    this.problems.warning(
      `This is always false: ${item} is never in a list whose elements are ${element}`,
      undefined,
      node,
    );
  }

  #logical(node: Logical, environment: Environment): Type {
    const { operator, left, right } = node;
    const isSound = this.condition(left, environment, node) !== undefined;
    const constant = constantOf(left);
    if (constant === (operator === "||")) {
      this.problems.warning(
        `This is never evaluated: the left side of "${operator}" is always ${constant}`,
        undefined,
        right,
      );
    }
    const after = this.where(left, operator === "&&", environment);
    // `name || 'x'` is one mistake.
    if (isSound) this.condition(right, after, node);
    else this.infer(right, after);
    return BOOL;
  }

  #conditional({ condition, then, otherwise }: Conditional, environment: Environment): Type {
    this.condition(condition, environment);
    const constant = constantOf(condition);
    if (constant !== undefined) {
      this.problems.warning(
        `This is never evaluated: the condition is always ${constant}`,
        undefined,
        constant ? otherwise : then,
      );
    }
    return unionOf([
      this.infer(then, this.where(condition, true, environment)),
      this.infer(otherwise, this.where(condition, false, environment)),
    ]);
  }

  /** The type of the value in an entry marked by `?`. */
  optionalEntry(node: Node, environment: Environment): Type {
    const type = this.infer(node, environment);
    const values = membersOf(type).flatMap((member) =>
      member.kind === "optional" ? [member.value] : member.kind === "dyn" ? [DYN] : []
    );
    if (values.length > 0) return unionOf(values);
    this.problems.error(
      new CelError(
        `An entry marked by "?" must be an optional, and this is ${typeWithArticle(type)}`,
        {},
        node,
      ),
      node,
    );
    return DYN;
  }
}
