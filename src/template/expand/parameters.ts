/** Evaluates the parameters of an instance, fills in defaults, and validates them. */
import { type DiglyError, fail, isDiglyError } from "../../contract/errors.ts";
import { formatField } from "../../contract/field_path.ts";
import { withOrigin } from "../../diagnostics/with_origin.ts";
import { violationError } from "../../contract/input_schema.ts";
import type { Violation } from "../../contract/violation.ts";
import { schemaError } from "../../diagnostics/schema_error.ts";
import { nearest } from "../../diagnostics/nearest.ts";
import type { Path, Value, ValueMap } from "../../contract/resource.ts";
import { formatUrn } from "../../contract/urn.ts";
import { ERROR_VALUE } from "../deferred/error_value.ts";
import type { SchemaCheck, SchemaCompiler } from "../../contract/schema.ts";
import { childScopeOf, lookUp, rootScope, type Scope, visibleNames } from "../expr/scope.ts";
import { setOwn } from "../../contract/own_key.ts";
import { helpForViolation } from "../../schema/violation_help.ts";
import { mistakes } from "../../schema/violations.ts";
import { build } from "./build.ts";
import type { Link } from "./lineage.ts";
import type { Reporter } from "../form.ts";
import { namesIn } from "./names.ts";
import type { WrittenParameter } from "./nodes.ts";
import type { Template } from "./templates.ts";
import type { ExpansionContext } from "./context.ts";
import { findUnknownParameters } from "./unknown_parameters.ts";

/** True for a field of an instance that is a parameter. */
export function isParameter(field: string): boolean {
  return field !== "kind" && field !== "metadata";
}

/**
 * The scope of an instance's body: `outside` with its parameters, which are evaluated in
 * `scope`. Those that do not fit are reported, and read as `ERROR_VALUE`.
 */
export type ReadParameters = (
  link: Link,
  given: readonly WrittenParameter[],
  scope: Scope,
  reporter: Reporter,
  outside: Scope,
) => Scope;

/** Makes a reader of parameters; without a `compiler` they are not checked. */
export function createParameterReader(
  compiler: SchemaCompiler | undefined,
  { limits, report, warn }: ExpansionContext,
): ReadParameters {
  const validators = new Map<Template, SchemaCheck | undefined>();

  function validatorOf(template: Template): SchemaCheck | undefined {
    if (template.schema === undefined || compiler === undefined) return undefined;
    if (!validators.has(template)) validators.set(template, compile(template, compiler));
    return validators.get(template);
  }

  function compile(
    { name, schema, document }: Template,
    compiler: SchemaCompiler,
  ): SchemaCheck | undefined {
    try {
      return compiler.compile(schema, {}, limits);
    } catch (error) {
      report(
        schemaError(
          error,
          `the template "${name}"`,
          document.originAt(["schema"]),
          "ERR_TEMPLATE_INVALID",
        ),
      );
      return undefined;
    }
  }

  function fillDefaults({ template, located }: Link, written: ValueMap): ValueMap {
    try {
      return (template.fill?.(written) ?? written) as ValueMap;
    } catch (error) {
      if (!isDiglyError(error)) throw error;
      report(withOrigin(error, located.originAt([])));
      return written;
    }
  }

  /** Reports parameters that have no effect; returns those that were probably meant. */
  function reportUnknown(
    link: Link,
    given: readonly WrittenParameter[],
    written: ValueMap,
    violations: readonly Violation[],
  ): string[] {
    const { template, kind, name: instance, located } = link;
    const meant: string[] = [];
    for (const { name, nearest: near, known } of findUnknownParameters(template, given, written)) {
      // The errors about these parameters name this one.
      if (violations.some(({ path: [at] }) => at === name || at === near)) continue;
      if (violations.some((violation) => isWrittenAs(name, violation))) continue;
      const problem =
        `${formatUrn(kind, instance)}: \`${name}\` is not a parameter of the template ` +
        `"${template.name}"`;
      const origin = located.originAt([name], "key");
      if (near !== undefined) {
        meant.push(near);
        const help = `Did you mean "${near}"?`;
        report(fail("ERR_TEMPLATE_INVALID", { problem }, { origin, help }));
        continue;
      }
      warn({
        code: "WARN_UNKNOWN_FIELD",
        message: `${problem}, and nothing in it reads it`,
        origin,
        help: known.length === 0 ? "Remove it" : `Its parameters are ${known.join(", ")}`,
      });
    }
    return meant;
  }

  return (link, given, scope, reporter, outside) => {
    const { template } = link;
    const written = evaluateParameters(given, scope, reporter);
    const values = fillDefaults(link, written);
    const violations = validatorOf(template)?.(values) ?? [];
    for (const violation of mistakes(violations)) report(parameterError(link, violation, written));
    const misspelt = reportUnknown(link, given, written, violations);
    const names = new Map<string, unknown>();
    for (const name of template.parameters) names.set(name, null);
    for (const [name, value] of Object.entries(values)) names.set(name, value);
    // Expressions that read them do not report a second error.
    for (const { path: [name] } of violations) {
      if (name !== undefined) names.set(String(name), ERROR_VALUE);
    }
    for (const name of misspelt) names.set(name, ERROR_VALUE);
    return childScopeOf(outside, names);
  };
}

function parameterError(
  { kind, name, located, template }: Link,
  violation: Violation,
  given: ValueMap,
): DiglyError {
  const { path, keyword } = violation;
  const field = path.length === 0 ? "" : ` \`${formatField(path)}\``;
  const anchor = keyword === "additionalProperties" ? "key" : "value";
  const origin = located.originAt(path, anchor);
  const help = (keyword === "required" ? writtenInstead(path, template, given) : undefined) ??
    helpForViolation(violation, given, origin);
  return violationError(`${formatUrn(kind, name)}:${field}`, violation, { origin, help });
}

/** True if the parameter that `violation` misses is probably written as `name`. */
function isWrittenAs(name: string, { keyword, path: [missing] }: Violation): boolean {
  return keyword === "required" && nearest(String(missing), [name]) !== undefined;
}

/** For a missing parameter, the unknown field that was probably meant to be it. */
function writtenInstead(
  [missing]: Path,
  { parameters }: Template,
  given: ValueMap,
): string | undefined {
  const unknown = Object.keys(given).filter((field) => !parameters.includes(field));
  const near = nearest(String(missing), unknown);
  return near === undefined ? undefined : `Rename "${near}" to "${missing}"`;
}

/** The values of parameters, which may read each other as far as `scope` leaves a name free. */
function evaluateParameters(
  given: readonly WrittenParameter[],
  scope: Scope,
  reporter: Reporter,
): ValueMap {
  const byName = new Map(given.map((parameter) => [parameter.name, parameter]));
  const values = new Map<string, Value>();
  const running: string[] = [];

  function evaluate({ name, node }: WrittenParameter): Value {
    const known = values.get(name);
    if (known !== undefined) return known;
    if (running.includes(name)) {
      const circle = [...running.slice(running.indexOf(name)), name].join(" → ");
      const help = "Give one of them a value of its own";
      reporter.reportDirectiveError(
        `Parameters depend on each other: ${circle}`,
        node.path,
        help,
      );
      return ERROR_VALUE;
    }
    running.push(name);
    const others = new Map<string, Value>();
    for (const other of namesIn(node)) {
      const parameter = byName.get(other);
      // A parameter that reads its own name means what a later stage calls so.
      if (other === name || parameter === undefined || lookUp(scope, other) !== undefined) continue;
      others.set(other, evaluate(parameter));
    }
    running.pop();
    const value = build(node, others.size === 0 ? scope : around(scope, others), reporter);
    values.set(name, value);
    return value;
  }

  const result: ValueMap = {};
  for (const parameter of given) setOwn(result, parameter.name, evaluate(parameter));
  return result;
}

/** `scope` with names that it shadows. */
function around(scope: Scope, names: ReadonlyMap<string, unknown>): Scope {
  const all = new Map(names);
  for (const name of visibleNames(scope)) all.set(name, lookUp(scope, name));
  return rootScope(all, scope.limits);
}
