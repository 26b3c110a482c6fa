/** `$schema`: checks the variables in scope. Rules: templating §1. */
import { fail } from "../contract/errors.ts";
import type { Validator } from "../contract/module.ts";
import { isMap, type Value, type ValueMap } from "../contract/resource.ts";
import { POISON } from "../expr/cel.ts";
import { childScopeOf, findBinding } from "../expr/scope.ts";
import { describe, setOwn } from "../expr/values.ts";
import { unwrapRaw } from "../expr/opaque.ts";
import { at, type Frame, misuse, originHere, report, type Task } from "./task.ts";

/** The frame with missing variables filled by their defaults. */
export function applySchema(task: Task, node: Value, frame: Frame): Frame {
  // A string is a hint for editors.
  if (typeof node === "string") return frame;
  return at(task, "$schema", () => {
    const { validator } = task.options;
    if (!isMap(node)) {
      misuse(task, `"$schema" must map variables to schemas, and this is ${describe(node)}`);
      return frame;
    }
    if (validator === undefined) {
      misuse(task, '"$schema" cannot be checked here', "Pass a `validator`");
      return frame;
    }
    const schema = toObjectSchema(unwrapRaw(node) as ValueMap);
    return check(task, validator(schema, {}), schema, frame);
  });
}

function check(task: Task, validate: Validator, schema: ValueMap, frame: Frame): Frame {
  const properties = isMap(schema["properties"]) ? schema["properties"] : {};
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  const variables: Record<string, unknown> = {};
  const defaults = new Map<string, unknown>();
  for (const name of new Set([...Object.keys(properties), ...required.map(String)])) {
    const binding = findBinding(frame.scope, name);
    const own = properties[name];
    if (binding?.value === POISON) return frame;
    if (binding !== undefined) setOwn(variables, name, binding.value);
    else if (isMap(own) && Object.hasOwn(own, "default")) {
      defaults.set(name, own["default"]);
      setOwn(variables, name, own["default"]);
    }
  }
  for (const { path, message, keyword } of validate(variables)) {
    const subject = path.length === 0
      ? "The variables in scope"
      : `The variable "${path.join(".")}"`;
    report(
      task,
      fail("ERR_SCHEMA_VALIDATION", { problem: `${subject} ${message}`, keyword }, {
        origin: originHere(task),
      }),
    );
  }
  return defaults.size === 0 ? frame : { ...frame, scope: childScopeOf(frame.scope, defaults) };
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
