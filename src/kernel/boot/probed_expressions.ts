/** Reports the values of expressions that controllers evaluate to an inspector. */
import { messageOf, type Origin } from "../../contract/errors.ts";
import type { Deferred } from "../../contract/resource.ts";
import type { Around } from "../../template/deferred/compile_template.ts";
import { codesOf, evaluateDeferred } from "../../template/deferred/deferred.ts";
import type { DeferredCode } from "../../template/deferred/deferred_expression.ts";
import { placeOfPart } from "../../template/expr/expression_error.ts";
import { rootScope, withNulls } from "../../template/expr/scope.ts";
import type { Services } from "./services.ts";

interface Field {
  readonly urn: string;
  readonly origin: Origin | undefined;
}

type Variables = Readonly<Record<string, unknown>>;

/**
 * Puts a report around the expressions of `owner`; `undefined` without a probe. Expressions are
 * taken to be in the field of the whole value that they are a part of.
 */
export function probeAround(
  owner: string,
  { expressions, originAt, expressionProbe }:
    & Pick<Services, "expressions" | "originAt">
    & Partial<Pick<Services, "expressionProbe">>,
  fieldOf?: () => Origin | undefined,
): ((whole?: Deferred) => Around) | undefined {
  if (expressionProbe === undefined) return undefined;
  const probe = expressionProbe;

  /** The field that an expression is in, and the resource that has it. */
  function fieldWith(deferred: Deferred): Field {
    if (fieldOf !== undefined) return { urn: owner, origin: fieldOf() };
    const place = expressions.places.find(deferred, owner);
    if (place === undefined) return { urn: owner, origin: undefined };
    return { urn: place.urn, origin: originAt(place.urn, place.path) };
  }

  return (whole) => (deferred, build) => {
    const fields = new Map<DeferredCode, Field>();

    function fieldOfCode(code: DeferredCode): Field {
      let field = fields.get(code);
      if (field === undefined) {
        const { urn, origin } = fieldWith(whole ?? deferred);
        const { offset, program: { text } } = code;
        const part = { expression: text, offset, start: 0, end: text.length };
        fields.set(
          code,
          field = { urn, origin: origin && (placeOfPart(origin, part) ?? origin) },
        );
      }
      return field;
    }

    function report(code: DeferredCode, variables: Variables, value: unknown, error?: string) {
      const { urn, origin } = fieldOfCode(code);
      probe.record({
        urn,
        source: code.program.text,
        place: origin,
        value,
        error,
        read: valuesRead(code, variables),
      });
    }

    return (variables) => {
      if (!probe.isRecording()) return build(variables);
      const noted: DeferredCode[] = [];
      try {
        return evaluateDeferred(deferred, rootScope(withNulls(variables)), (code, value) => {
          noted.push(code);
          report(code, variables, value);
        });
      } catch (error) {
        const failed = codesOf(deferred).find((code) => !noted.includes(code));
        if (failed !== undefined) report(failed, variables, undefined, messageOf(error));
      }
      // The error of an ordinary evaluation says where it is and what to do.
      return build(variables);
    };
  };
}

/** The values that the names of an expression lead to, as far as their paths are plain. */
function valuesRead({ program, bound }: DeferredCode, variables: Variables): unknown[] {
  return program.uses.filter(({ isType }) => !isType).map(({ root, path }) => {
    let value: unknown = bound?.has(root) ? bound.get(root) : variables[root];
    for (const step of path) {
      if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) break;
      value = (value as Readonly<Record<string, unknown>>)[step];
    }
    return value;
  });
}
