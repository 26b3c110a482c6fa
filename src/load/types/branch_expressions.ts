/** The expressions of a branch that was not taken: checks them, and collects what is found. */
import { checkTypesIn, environmentWhere } from "../../cel/check/check.ts";
import type { Environment } from "../../cel/check/environment.ts";
import type { TypeProblem } from "../../cel/check/problems.ts";
import { isTypeName } from "../../cel/names.ts";
import { BOOL, canMeet, DYN, STRING, type Type, typeWithArticle } from "../../cel/types.ts";
import type { Diagnostics } from "../../contract/diagnostics.ts";
import type { PatternSet } from "../../contract/pattern_set.ts";
import type { Path } from "../../contract/resource.ts";
import type { Located } from "../../contract/source.ts";
import { ERROR_VALUE } from "../../template/deferred/error_value.ts";
import { compileSource } from "../../template/evaluation.ts";
import { unknownVariable } from "../../template/expr/evaluate.ts";
import { ExpressionError } from "../../template/expr/expression_error.ts";
import { exactCode, hasExpression, scan } from "../../template/expr/interpolate.ts";
import type { Program } from "../../template/expr/program.ts";
import { childScope, type Scope } from "../../template/expr/scope.ts";
import { type Findings, findingsOf, keyOfFinding } from "./findings.ts";

/** What is known at a node of the branch. */
export interface Place {
  readonly environment: Environment;
  /** For the names that messages list. */
  readonly scope: Scope;
  readonly opaque: PatternSet | undefined;
  readonly hasKind: boolean;
  /** It is in an entry of a mapping, which may be a resource. */
  readonly isInside: boolean;
}

/** The place with a variable more. */
export function bind(place: Place, name: string, type: Type): Place {
  return {
    ...place,
    environment: place.environment.bind([[name, type]]),
    scope: childScope(place.scope, name, ERROR_VALUE),
  };
}

/** The place where a condition is `outcome`; a wrong condition says nothing. */
export function where(text: string, outcome: boolean, place: Place): Place {
  try {
    const exact = hasExpression(text) ? exactCode(scan(text, "both")) : compileSource(text);
    if (exact === undefined) return place;
    const environment = environmentWhere(exact.program.tree, outcome, place.environment);
    return { ...place, environment };
  } catch (error) {
    if (error instanceof ExpressionError) return place;
    throw error;
  }
}

/** The checker of the expressions of one document. */
export class BranchExpressions {
  readonly findings: Findings = new Map();
  /** Collects what else is found in the branch; warnings are about resources that exist. */
  readonly diagnostics: Diagnostics = {
    error: (error) => void this.findings.set(keyOfFinding(error), error),
    warning: () => {},
  };
  readonly #document: Located;

  constructor(document: Located) {
    this.#document = document;
  }

  /** Checks a string; gives the type of its value. */
  text(text: string, path: Path, place: Place): Type {
    if (!hasExpression(text)) return STRING;
    return this.#attempt(path, () => {
      const parts = scan(text, "both");
      const types = parts.map((part) => {
        if (typeof part === "string" || part.later) return DYN;
        return this.#program(part.program, part.offset, path, place);
      });
      const exact = exactCode(parts);
      return exact === undefined ? STRING : types[0] ?? DYN;
    });
  }

  /** Checks an expression that is written with or without `${ }`; gives its type. */
  source(text: string, path: Path, place: Place, offset = 0): Type {
    if (hasExpression(text)) return this.text(text, path, place);
    return this.#attempt(path, () => {
      const { program, offset: own } = compileSource(text);
      return this.#program(program, offset + own, path, place);
    });
  }

  /** Checks a condition, of the directive `name`. */
  condition(name: string, text: string, path: Path, place: Place): void {
    const type = this.source(text, path, place);
    if (canMeet(type, BOOL)) return;
    this.reportWhole(
      `"${name}" must evaluate to a boolean, not ${typeWithArticle(type)}`,
      text,
      path,
    );
  }

  #program(program: Program, offset: number, path: Path, place: Place): Type {
    const { environment, scope } = place;
    const { type, problems } = checkTypesIn(environment, program.tree, program.text);
    const unknown = program.free.filter((name) =>
      environment.typeOf(name) === undefined && !isTypeName(name)
    );
    for (const name of unknown) {
      const error = unknownVariable(name, program, scope).at(offset);
      // Where the branch is taken there may be other variables, but hardly one of such a name.
      if (/^Did you mean/.test(error.help ?? "")) this.#fail(error, path);
      else {
        const { problem, help, start, end } = error;
        this.#add([{ severity: "warning", problem, help, start, end }], { program, offset }, path);
      }
    }
    const certain = problems.filter(({ mayBeAbsent }) => !mayBeAbsent);
    this.#add(certain, { program, offset }, path);
    return unknown.length > 0 ? DYN : type;
  }

  #attempt(path: Path, check: () => Type): Type {
    try {
      return check();
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      this.#fail(error, path);
      return DYN;
    }
  }

  #fail(error: ExpressionError, path: Path): void {
    const origin = this.#document.originAt(path);
    this.diagnostics.error(error.toDiglyError("ERR_COMPILATION_FAILED", origin));
  }

  /** Reports what is wrong with an expression as a whole. */
  reportWhole(problem: string, text: string, path: Path): void {
    const span = { start: 0, end: text.length };
    const found = { severity: "error" as const, problem, help: undefined, ...span };
    this.#add([found], { program: { text }, offset: 0 }, path);
  }

  #add(
    problems: readonly TypeProblem[],
    code: { readonly program: Pick<Program, "text">; readonly offset: number },
    path: Path,
  ): void {
    if (problems.length === 0) return;
    const found = findingsOf(problems, code, this.#document.originAt(path));
    for (const [key, problem] of found) this.findings.set(key, problem);
  }
}
