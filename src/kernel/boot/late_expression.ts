/** Fields that are expressions without `${{ }}`: `if: steps.a.output > 3`. */
import { fail } from "../../contract/errors.ts";
import { formatField } from "../../contract/field_path.ts";
import { type Deferred, isDeferred, type Path } from "../../contract/resource.ts";
import type { Explanation, Expression } from "../../contract/templates.ts";
import { namesAt } from "../../load/registry/scopes.ts";
import { compileTemplate } from "../../template/deferred/compile_template.ts";
import { codesOf, referencesOf } from "../../template/deferred/deferred.ts";
import { defer } from "../../template/deferred/deferred_expression.ts";
import { engine } from "../../template/expr/engine.ts";
import { ExpressionError, placeOfPart } from "../../template/expr/expression_error.ts";
import { childScopeOf, rootScope, withNulls } from "../../template/expr/scope.ts";
import { describe } from "../../template/expr/values.ts";
import { conditionalsObserver } from "./observe_conditionals.ts";
import { probeAround } from "./probed_expressions.ts";
import type { Services } from "./services.ts";

/**
 * Compiles an expression that `owner` has at a path of its fields.
 *
 * @throws DiglyError for what is not an expression, and for a name that nothing provides there
 */
export function compileLate(
  text: unknown,
  at: Path,
  owner: string,
  services:
    & Pick<Services, "expressions" | "originAt">
    & Partial<Pick<Services, "expressionProbe" | "onCondition">>,
): { readonly deferred: Deferred; readonly evaluate: Expression } {
  const deferred = lateExpression(text, at, owner, services);
  const observe = conditionalsObserver(() => services.originAt(owner, at), services.onCondition);
  const evaluate = compileTemplate(deferred, (error) => {
    const whole = services.originAt(owner, at);
    const narrowed = whole === undefined ? undefined : placeOfPart(whole, error);
    const problem = narrowed === undefined ? error.message : error.problem;
    return fail("ERR_EXECUTION_FAILED", { urn: owner, problem, chain: [owner] }, {
      origin: narrowed ?? whole,
      help: error.help,
      cause: error,
    });
  }, {
    observe: observe && ((deferred) => observe(deferred, deferred)),
    around: probeAround(owner, services, () => services.originAt(owner, at))?.(),
  });
  return { deferred, evaluate: Object.assign(evaluate, { explain }) };

  function explain(variables: Readonly<Record<string, unknown>>): Explanation {
    const scope = rootScope(withNulls(variables));
    const all = codesOf(deferred).map(({ program, bound }) =>
      engine().explainExpression(
        program,
        bound === undefined ? scope : childScopeOf(scope, bound),
      )
    );
    return {
      parts: all.flatMap(({ parts }) => parts),
      unequal: all.flatMap(({ unequal }) => unequal),
    };
  }
}

/**
 * The expression in a field, whose names are known there.
 *
 * @throws DiglyError as {@link compileLate} does
 */
export function lateExpression(
  text: unknown,
  at: Path,
  owner: string,
  { expressions, originAt }: Pick<Services, "expressions" | "originAt">,
): Deferred {
  const origin = () => originAt(owner, at);
  if (typeof text !== "string" && !isDeferred(text)) {
    const problem = `${owner}: \`${formatField(at)}\` must be an expression, and it is ${
      describe(text)
    }`;
    throw fail("ERR_REFERENCE_UNRESOLVED", { problem, expression: "" }, {
      origin: origin(),
      help: "Write it as a string",
    });
  }
  const environment = expressions.environmentOf(owner);
  const deferred = isDeferred(text) ? text : compileText(text);
  checkNames(deferred);
  return deferred;

  function compileText(source: string): Deferred {
    const trimmed = source.trim();
    const offset = source.indexOf(trimmed);
    try {
      const program = engine().compileExpression(trimmed);
      const bound = program.free.includes("env") ? new Map([["env", environment]]) : undefined;
      return defer([{ program, offset, bound }], true);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      throw error.at(offset).toDiglyError("ERR_COMPILATION_FAILED", origin());
    }
  }

  function checkNames(deferred: Deferred): void {
    const scopes = expressions.scopesOf(owner);
    if (scopes === "*") return;
    const names = namesAt(scopes, at);
    for (const { root, path, expression, offset, start } of referencesOf(deferred)) {
      if (names.has(root)) continue;
      const known = [...names, "env"].sort();
      const whole = origin();
      const part = { expression, offset, start, end: start + root.length };
      throw fail("ERR_REFERENCE_UNRESOLVED", {
        problem: `Unknown name "${root}" in ${expression}`,
        expression,
      }, {
        origin: whole && (placeOfPart(whole, part) ?? whole),
        help: engine().unknownNameHelp({
          name: root,
          path,
          names: known,
          env: environment,
          expression,
          start,
        }) ?? `Known here: ${known.join(", ")}`,
      });
    }
  }
}
