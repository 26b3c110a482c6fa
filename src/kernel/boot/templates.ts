/** The templates of controllers: expressions of resources that are evaluated while the app runs. */
import { type DiglyError, fail } from "../../contract/errors.ts";
import { formatField } from "../../contract/field_path.ts";
import type { Violation } from "../../contract/violation.ts";
import type { Late, Template, TextParts } from "../../contract/templates.ts";
import { type Deferred, isDeferred, type Path } from "../../contract/resource.ts";
import { createFieldCheck } from "../../schema/field_check.ts";
import { loadedSchemaCompiler } from "../../schema/schema.ts";
import { compileParts } from "../../template/deferred/compile_parts.ts";
import { compileTemplate } from "../../template/deferred/compile_template.ts";
import { codesOf, isExact } from "../../template/deferred/deferred.ts";
import { fieldsRead } from "../../template/deferred/fields_read.ts";
import { placeOfPart } from "../../template/expr/expression_error.ts";
import { describe } from "../../template/expr/values.ts";
import { templateExplainer } from "./explain_template.ts";
import { conditionalsObserver } from "./observe_conditionals.ts";
import { probeAround } from "./probed_expressions.ts";
import type { Services } from "./services.ts";

/** Why a result does not fit, and what was there instead. */
interface Misfit extends Violation {
  readonly gave: unknown;
}

/** The functions of a context that compile expressions. */
export interface Templates {
  template<T>(value: T | Late<T>): Template<T>;
  parts(value: string | Late<string>): TextParts;
  fieldsRead(value: unknown, variable: string): ReadonlySet<string> | undefined;
}

/** Creates the functions of one owner, a resource or a module. */
export function createTemplates(owner: string, services: Services): Templates {
  const { places, kinds, limits } = services.expressions;
  const explain = templateExplainer(owner, services);
  const observe = conditionalsObserver((deferred) => {
    const place = places.find(deferred, owner);
    return place && services.originAt(place.urn, place.path);
  }, services.onCondition);

  /** What the schema of the kind asks of the value of a field. */
  function checkOf(deferred: Deferred): ((value: unknown) => void) | undefined {
    const place = places.find(deferred, owner);
    const schema = place && kinds.get(place.resource.kind)?.schema;
    if (place === undefined || schema === undefined) return undefined;
    const { resource: { kind: _kind, metadata: _metadata, ...fields }, path, urn } = place;
    const check = createFieldCheck(
      { schema, fields, path },
      (part) => loadedSchemaCompiler().compile(part, {}, limits),
    );
    return check && ((value) => {
      const violation = check(value);
      if (violation === undefined) return;
      throw misfit(deferred, urn, path, { ...violation, gave: valueAt(value, violation.path) });
    });
  }

  function misfit(deferred: Deferred, urn: string, path: Path, found: Misfit): DiglyError {
    const [code] = codesOf(deferred);
    const origin = services.originAt(urn, path);
    const place = origin && code && isExact(deferred)
      ? placeOfPart(origin, {
        offset: code.offset,
        start: 0,
        end: code.program.text.length,
        expression: code.program.text,
      })
      : undefined;
    return fail("ERR_EXECUTION_FAILED", {
      urn,
      problem: problemOf(path, found),
      chain: [owner],
    }, { origin: place ?? origin });
  }

  const around = probeAround(owner, services);
  return {
    template: <T>(value: T | Late<T>) =>
      compileTemplate(value, explain, {
        checkOf,
        observe: observe && ((deferred) => observe(deferred, deferred)),
        around: around?.(),
      }) as Template<T>,
    parts(value) {
      if (typeof value !== "string" && !isDeferred(value)) {
        const problem = `ctx.parts() takes a string, and it was given ${describe(value)}`;
        throw fail("ERR_EXECUTION_FAILED", { urn: owner, problem, chain: [owner] });
      }
      return compileParts(value, explain, { observe, around });
    },
    fieldsRead,
  };
}

/** What is wrong with a result; the value itself is not shown. */
function problemOf(path: Path, { path: inside, keyword, message, gave }: Misfit): string {
  const field = `\`${formatField([...path, ...inside])}\` ${message}`;
  const result = "the result of its expression";
  if (keyword === "required") return `${field} in ${result}`;
  return keyword === "type"
    ? `${field}, and ${result} is ${describe(gave)}`
    : `${field}, and ${result} is not`;
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const step of path) at = (at as Readonly<Record<string, unknown>> | undefined)?.[step];
  return at;
}
