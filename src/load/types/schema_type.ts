/**
 * The type of the values that a JSON Schema accepts, as expressions see them. What a type cannot
 * say (ranges, patterns, `not`) is left out, so the type accepts everything the schema does.
 */
import { typeOfValue } from "../../cel/check/value_type.ts";
import {
  BOOL,
  DYN,
  type Field,
  fieldsOf,
  INT,
  isNumeric,
  listOf,
  mapOf,
  type MapType,
  membersOf,
  NULL,
  NUMBER,
  STRING,
  type Type,
  unionOf,
} from "../../cel/types.ts";
import { isMap, type ValueMap } from "../../contract/resource.ts";

/** How the values come about. */
export interface SchemaTypeOptions {
  /**
   * `read` for values that were checked, and got their defaults; `written` for values that are
   * about to be: a field with a default need not be written.
   */
  readonly side: "read" | "written";
  /** The type of a part that is not a schema but says where there is one; `undefined` for others. */
  readonly directive?: (schema: ValueMap) => Type | undefined;
}

/** Schemas that refer to themselves end here. */
const MAX_DEPTH = 12;

/** Types of schemas, which all resources of a kind share. A schema is never changed. */
const known = { read: new WeakMap<ValueMap, Type>(), written: new WeakMap<ValueMap, Type>() };

/** The type of a schema; `dyn` for what is not one. */
export function typeOfSchema(schema: unknown, options: SchemaTypeOptions): Type {
  if (!isMap(schema)) return DYN;
  // What a directive gives depends on the resource.
  if (options.directive !== undefined) return translate(schema, options);
  const types = known[options.side];
  let type = types.get(schema);
  if (type === undefined) types.set(schema, type = translate(schema, options));
  return type;
}

/** Parts of declarations, and whether they have the same type for every resource. */
const alike = new WeakMap<object, boolean>();

/** True for a part without directives, and without references to others. */
export function isAlike(node: object): boolean {
  let result = alike.get(node);
  if (result === undefined) {
    // One that contains itself ends here.
    alike.set(node, false);
    result = Object.entries(node).every(([key, value]) =>
      !key.startsWith("$") && (typeof value !== "object" || value === null || isAlike(value))
    );
    alike.set(node, result);
  }
  return result;
}

function translate(schema: ValueMap, options: SchemaTypeOptions): Type {
  return new Translation(schema, options).typeOf(schema, MAX_DEPTH);
}

class Translation {
  readonly #root: unknown;
  readonly #options: SchemaTypeOptions;
  /** Types of parts that are referred to: each is translated once. */
  readonly #referred = new Map<string, Type>();

  constructor(root: unknown, options: SchemaTypeOptions) {
    this.#root = root;
    this.#options = options;
  }

  typeOf(schema: unknown, depth: number): Type {
    if (!isMap(schema) || depth === 0) return DYN;
    if (this.#options.directive !== undefined && schema !== this.#root) {
      if (isAlike(schema)) return typeOfSchema(schema, { side: this.#options.side });
    }
    const directed = this.#options.directive?.(schema);
    if (directed !== undefined) return directed;
    const own = this.#ownType(schema, depth);
    const { $ref, allOf, anyOf, oneOf } = schema;
    // Most schemas say what they accept by themselves.
    if ($ref === undefined && (allOf ?? anyOf ?? oneOf) === undefined) return own;
    return this.#combined(own, schema, depth);
  }

  /** The type of values that a schema accepts, with those that it refers to or consists of. */
  #combined(own: Type, { $ref, allOf, anyOf, oneOf }: ValueMap, depth: number): Type {
    let type = own;
    if (typeof $ref === "string") type = intersect(type, this.#referredTo($ref, depth));
    for (const part of listOfSchemas(allOf)) type = intersect(type, this.typeOf(part, depth - 1));
    for (const alternatives of [anyOf, oneOf]) {
      const parts = listOfSchemas(alternatives);
      if (parts.length === 0) continue;
      const whole = type;
      type = unionOf(parts.map((part) => intersect(whole, this.typeOf(part, depth - 1))));
    }
    return type;
  }

  #ownType(schema: ValueMap, depth: number): Type {
    if (Array.isArray(schema["enum"])) return unionOf(schema["enum"].map(constantType));
    if (schema["const"] !== undefined) return constantType(schema["const"]);
    const { type } = schema;
    if (typeof type === "string") return this.#named(type, schema, depth);
    if (Array.isArray(type)) {
      return unionOf(type.map((name) => this.#named(String(name), schema, depth)));
    }
    // Other values would be accepted too, but whoever names properties means a map.
    return isMap(schema["properties"]) ? this.#mapType(schema, depth) : DYN;
  }

  #named(name: string, schema: ValueMap, depth: number): Type {
    switch (name) {
      case "string":
        return STRING;
      case "integer":
        return INT;
      case "number":
        return NUMBER;
      case "boolean":
        return BOOL;
      case "null":
        return NULL;
      case "array":
        return listOf(
          schema["prefixItems"] === undefined ? this.typeOf(schema["items"], depth - 1) : DYN,
        );
      case "object":
        return this.#mapType(schema, depth);
      default:
        return DYN;
    }
  }

  #mapType(schema: ValueMap, depth: number): MapType {
    const { properties, required, additionalProperties, patternProperties } = schema;
    const names: readonly unknown[] = Array.isArray(required) ? required : [];
    const fields = new Map<string, Field>();
    for (const [name, property] of Object.entries(isMap(properties) ? properties : {})) {
      if (property === false) continue;
      const hasDefault = isMap(property) && property["default"] !== undefined;
      fields.set(name, {
        type: this.typeOf(property, depth - 1),
        required: hasDefault ? this.#options.side === "read" : names.includes(name),
      });
    }
    for (const name of names) {
      if (typeof name === "string" && !fields.has(name) && additionalProperties !== false) {
        fields.set(name, { type: this.typeOf(additionalProperties, depth - 1), required: true });
      }
    }
    if (patternProperties !== undefined) return fieldsOf(fields, DYN);
    if (additionalProperties === false) return fieldsOf(fields);
    return fieldsOf(fields, this.typeOf(additionalProperties, depth - 1));
  }

  #referredTo(reference: string, depth: number): Type {
    if (!reference.startsWith("#")) return DYN;
    const known = this.#referred.get(reference);
    if (known !== undefined) return known;
    // While it is being translated it refers to itself.
    this.#referred.set(reference, DYN);
    let target: unknown = this.#root;
    for (const step of reference.slice(1).split("/").slice(1)) {
      const name = decodeStep(step);
      target = typeof target === "object" && target !== null && Object.hasOwn(target, name)
        ? (target as Record<string, unknown>)[name]
        : undefined;
    }
    const type = this.typeOf(target, depth - 1);
    this.#referred.set(reference, type);
    return type;
  }
}

function decodeStep(step: string): string {
  try {
    return decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
  } catch {
    return step;
  }
}

function listOfSchemas(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The type of a constant; what a map or list holds is left open. */
function constantType(value: unknown): Type {
  if (isMap(value)) return mapOf(DYN);
  return Array.isArray(value) ? listOf(DYN) : typeOfValue(value);
}

/** The type of values that have both types. */
export function intersect(a: Type, b: Type): Type {
  if (a.kind === "dyn") return b;
  if (b.kind === "dyn" || a === b) return a;
  if (a.kind !== "union" && b.kind !== "union") return intersectMembers(a, b) ?? unionOf([]);
  const types: Type[] = [];
  for (const one of membersOf(a)) {
    for (const other of membersOf(b)) {
      const both = intersectMembers(one, other);
      if (both !== undefined) types.push(both);
    }
  }
  return unionOf(types);
}

function intersectMembers(a: Type, b: Type): Type | undefined {
  if (a.kind === "map" && b.kind === "map") return intersectMaps(a, b);
  if (a.kind === "list" && b.kind === "list") return listOf(intersect(a.element, b.element));
  if (isNumeric(a) && isNumeric(b)) return a.kind === "number" ? b : a;
  return a.kind === b.kind ? a : undefined;
}

function intersectMaps(a: MapType, b: MapType): MapType {
  const fields = new Map<string, Field>();
  for (const name of new Set([...a.fields.keys(), ...b.fields.keys()])) {
    const [one, other] = [a.fields.get(name), b.fields.get(name)];
    fields.set(name, {
      type: intersect(one?.type ?? a.rest ?? DYN, other?.type ?? b.rest ?? DYN),
      required: (one?.required ?? false) || (other?.required ?? false),
    });
  }
  if (a.rest === undefined || b.rest === undefined) return fieldsOf(fields);
  return fieldsOf(fields, intersect(a.rest, b.rest));
}
