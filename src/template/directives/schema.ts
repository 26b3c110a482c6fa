/** `$schema`: validates the variables in scope. */
import type { SchemaCheck } from "../../contract/schema.ts";
import { fail, isDiglyError } from "../../contract/errors.ts";
import { formatField } from "../../contract/field_path.ts";
import { violationError } from "../../contract/input_schema.ts";
import type { Violation } from "../../contract/violation.ts";
import { isMap, type Value, type ValueMap } from "../../contract/resource.ts";
import { withOrigin } from "../../diagnostics/with_origin.ts";
import { ERROR_VALUE } from "../deferred/error_value.ts";
import { childScopeOf, lookUp } from "../expr/scope.ts";
import { describe } from "../expr/values.ts";
import { setOwn } from "../../contract/own_key.ts";
import { unwrapRaw } from "../opaque.ts";
import { checkProperties, checkSchema } from "../../schema/check/schema_check.ts";
import { type CompileContext, currentOrigin, type Frame, withPath } from "../compile/context.ts";
import { reportDirectiveError, reportError } from "../compile/report.ts";

/** The frame with missing variables filled by their defaults. */
export function applySchema(context: CompileContext, node: Value, frame: Frame): Frame {
  // A string is a hint for editors.
  if (typeof node === "string") return frame;
  return withPath(context, "$schema", () => {
    if (!isMap(node)) {
      reportDirectiveError(
        context,
        `"$schema" must be a mapping of variables to schemas, not ${describe(node)}`,
      );
      return frame;
    }
    const written = unwrapRaw(node) as ValueMap;
    const schema = toObjectSchema(written);
    const validate = validatorOf(context, written, schema);
    if (validate === undefined) return frame;
    return check(context, validate, schema, frame);
  });
}

function validatorOf(
  context: CompileContext,
  written: ValueMap,
  schema: ValueMap,
): SchemaCheck | undefined {
  const { validator } = context.options;
  if (validator === undefined) {
    reportDirectiveError(
      context,
      '"$schema" is not available here',
      "Leave it out, or check the result",
    );
    return undefined;
  }
  if (!isSound(context, written)) return undefined;
  try {
    return validator(schema, {});
  } catch (error) {
    if (!isDiglyError(error)) throw error;
    reportError(context, withOrigin(error, currentOrigin(context)));
    return undefined;
  }
}

function check(
  context: CompileContext,
  validate: SchemaCheck,
  schema: ValueMap,
  frame: Frame,
): Frame {
  const properties = isMap(schema["properties"]) ? schema["properties"] : {};
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  const variables: Record<string, unknown> = {};
  const added = new Map<string, unknown>();
  for (const name of new Set([...Object.keys(properties), ...required.map(String)])) {
    const value = lookUp(frame.scope, name);
    const own = properties[name];
    if (value === ERROR_VALUE) return frame;
    if (value !== undefined) setOwn(variables, name, value);
    else if (isMap(own) && Object.hasOwn(own, "default")) {
      added.set(name, own["default"]);
      setOwn(variables, name, own["default"]);
    }
  }
  for (const violation of validate(variables)) {
    reportViolation(context, violation);
    const [name] = violation.path;
    // Its absence is reported; expressions that use it are silent consequences.
    if (typeof name === "string" && !Object.hasOwn(variables, name)) added.set(name, ERROR_VALUE);
  }
  return added.size === 0 ? frame : { ...frame, scope: childScopeOf(frame.scope, added) };
}

function reportViolation(context: CompileContext, violation: Violation): void {
  const { path } = violation;
  const subject = path.length === 0
    ? "The variables in scope"
    : `The variable "${formatField(path)}"`;
  const [name] = path;
  const origin = name === undefined
    ? currentOrigin(context)
    : withPath(context, name, () => currentOrigin(context));
  reportError(context, violationError(subject, violation, { origin }));
}

/** A map from variables to schemas, or to the names of types, as one schema. */
function toObjectSchema(node: ValueMap): ValueMap {
  if (node["type"] === "object") return node;
  const properties: ValueMap = {};
  const required: string[] = [];
  for (const [name, schema] of Object.entries(node)) {
    setOwn(properties, name, typeof schema === "string" ? { type: schema } : schema);
    if (!isMap(schema) || !Object.hasOwn(schema, "default")) required.push(name);
  }
  return { type: "object", properties, required };
}

/** False for an invalid schema, which is reported. */
function isSound(context: CompileContext, written: ValueMap): boolean {
  const isWhole = written["type"] === "object";
  const problems = isWhole ? checkSchema(written) : checkProperties(written);
  const mistakes = problems.filter(({ isWarning }) => !isWarning);
  for (const { path, problem, help } of mistakes) {
    const origin = context.document.originAt([...context.path, ...path]);
    reportError(context, fail("ERR_SCHEMA_VALIDATION", { problem }, { origin, help }));
  }
  return mistakes.length === 0;
}
