/** Validators for authors: checks that leave the value they are given as it is. */
import type { Validator, ValidatorOptions } from "../contract/validator.ts";
import type { SchemaCheck } from "../contract/schema.ts";
import type { ValidationBounds } from "../contract/validation_budget.ts";
import { isCertainlyValid, loadSchemaCompiler } from "./schema.ts";

/** The validators by their check, so that one schema has one of them. */
const validators = new WeakMap<SchemaCheck, Validator>();

/** The validator of a schema. Throws `ERR_SCHEMA_VALIDATION` for one that is invalid. */
export async function createValidator(
  schema: unknown,
  options: ValidatorOptions | undefined,
  bounds: ValidationBounds,
): Promise<Validator> {
  const check = (await loadSchemaCompiler()).compile(schema, options, bounds);
  let validator = validators.get(check);
  if (validator === undefined) {
    validators.set(check, validator = toValidator(check, schema, options));
  }
  return validator;
}

/**
 * The validator of a schema that is only checked: one that is certainly valid is compiled when the
 * validator is called, if ever. Throws `ERR_SCHEMA_VALIDATION` for one that is invalid.
 */
export async function createLazyValidator(
  schema: unknown,
  options: ValidatorOptions | undefined,
  bounds: ValidationBounds,
): Promise<Validator> {
  if (!isCertainlyValid(schema, bounds)) return await createValidator(schema, options, bounds);
  const compiler = await loadSchemaCompiler();
  let validator: Validator | undefined;
  return (value) => {
    validator ??= toValidator(compiler.compile(schema, options, bounds), schema, options);
    return validator(value);
  };
}

function toValidator(
  check: SchemaCheck,
  schema: unknown,
  { coerce = false, defaults = false }: ValidatorOptions = {},
): Validator {
  const changes = coerce || (defaults && JSON.stringify(schema)?.includes('"default"') === true);
  return (given) => {
    const value = changes ? copyOf(given, new Map()) : given;
    return { violations: check(value), value };
  };
}

/** A copy of the lists and plain maps in a value; it may contain itself. */
function copyOf(value: unknown, copies: Map<object, unknown>): unknown {
  if (typeof value !== "object" || value === null) return value;
  const known = copies.get(value);
  if (known !== undefined) return known;
  if (Array.isArray(value)) {
    const list: unknown[] = [];
    copies.set(value, list);
    for (const item of value) list.push(copyOf(item, copies));
    return list;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  const map: Record<string, unknown> = Object.create(prototype);
  copies.set(value, map);
  for (const [key, item] of Object.entries(value)) {
    // A plain assignment of `__proto__` would change the prototype.
    Object.defineProperty(map, key, {
      value: copyOf(item, copies),
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return map;
}
