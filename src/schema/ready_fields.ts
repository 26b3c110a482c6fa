/**
 * Finds the references of a resource that are `digly:ready` in the schema of its kind: what they
 * name must be initialised before the resource is created.
 */
import { urnIn } from "../contract/known_urns.ts";
import { isDeferred, isMap, type Path } from "../contract/resource.ts";
import { isSchemaMap, type SchemaMap, schemaTarget } from "../contract/schema_map.ts";

/** The value of a field that is `digly:ready`. */
export interface ReadyField {
  readonly path: Path;
  /** A URN, a map that names a resource, or a deferred value. */
  readonly value: unknown;
}

/** Finds the fields of one resource, in the order written. */
export type FindReadyFields = (fields: unknown) => readonly ReadyField[];

/** A field that means all resources of a kind when it is left out. */
export interface AllField {
  readonly name: string;
  readonly kind: string;
}

const KEYWORD = "digly:ready";

/** Makes a function that finds the fields; `undefined` for a schema without any. */
export function compileReadyFields(schema: unknown): FindReadyFields | undefined {
  const shape = new ReadyShape([schema], schema);
  if (shape.isEmpty) return undefined;
  return (fields) => {
    const found: ReadyField[] = [];
    collect(fields, shape, [], found);
    return found;
  };
}

function collect(value: unknown, shape: ReadyShape, path: Path, found: ReadyField[]): void {
  const deferred = isDeferred(value);
  if (shape.isReady && (deferred || urnIn(value) !== undefined)) found.push({ path, value });
  if (deferred) return;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const below = shape.item(index);
      if (!below.isEmpty) collect(value[index], below, [...path, index], found);
    }
  } else if (isMap(value)) {
    for (const name of Object.keys(value)) {
      const below = shape.field(name);
      if (!below.isEmpty) collect(value[name], below, [...path, name], found);
    }
  }
}

/** What the schemas of one value say about references, which all resources of a kind share. */
class ReadyShape {
  /** Only those schemas that lead to a reference: most fields are not looked through. */
  readonly #parts: readonly SchemaMap[];
  readonly #root: unknown;
  /** By name, of the fields that schemas name; all others share one. */
  readonly #fields = new Map<string | undefined, ReadyShape>();
  /** By index, of the items that schemas list; all after them share one. */
  readonly #items = new Map<number, ReadyShape>();
  readonly isReady: boolean;

  constructor(schemas: readonly unknown[], root: unknown) {
    this.#parts = partsOf(schemas, root).filter((part) => leadsToKeyword(part, root, new Set()));
    this.#root = root;
    this.isReady = this.#parts.some((part) => part[KEYWORD] === true);
  }

  get isEmpty(): boolean {
    return this.#parts.length === 0;
  }

  field(name: string): ReadyShape {
    const known = this.#fields.get(name);
    if (known !== undefined) return known;
    const isNamed = this.#parts.some((part) => Object.hasOwn(mapOf(part["properties"]), name));
    const key = isNamed ? name : undefined;
    let shape = this.#fields.get(key);
    if (shape === undefined) {
      shape = this.#below((part) => fieldSchemas(part, name));
      this.#fields.set(key, shape);
    }
    return shape;
  }

  item(index: number): ReadyShape {
    const listed = Math.max(0, ...this.#parts.map((part) => leadingItems(part).length));
    const at = Math.min(index, listed);
    let shape = this.#items.get(at);
    if (shape === undefined) {
      shape = this.#below((part) => itemSchemas(part, at));
      this.#items.set(at, shape);
    }
    return shape;
  }

  #below(pick: (part: SchemaMap) => readonly unknown[]): ReadyShape {
    return new ReadyShape(this.#parts.flatMap(pick), this.#root);
  }
}

/** True if the keyword is somewhere in a schema, or in one that it refers to. */
function leadsToKeyword(node: unknown, root: unknown, seen: Set<unknown>): boolean {
  if (typeof node !== "object" || node === null || seen.has(node)) return false;
  seen.add(node);
  return KEYWORD in node ||
    Object.values(node).some((child) => leadsToKeyword(child, root, seen)) ||
    leadsToKeyword(schemaTarget(node, root), root, seen);
}

/** Whether references may be at paths of a schema: the resources of a kind have them in the same fields. */
const references = new WeakMap<SchemaMap, Map<string, boolean>>();

/** More paths than that are not kept: each index of a list is one. */
const MAX_PATHS = 1_000;

/** True if a map at this path of a value may be a reference, `{ kind, name }`, by the schema. */
export function mayBeReference(schema: unknown, path: Path): boolean {
  if (!isSchemaMap(schema)) return false;
  let known = references.get(schema);
  if (known === undefined) references.set(schema, known = new Map());
  const key = JSON.stringify(path);
  let result = known.get(key);
  if (result === undefined) {
    result = namesReference(schema, path);
    if (known.size < MAX_PATHS) known.set(key, result);
  }
  return result;
}

function namesReference(schema: SchemaMap, path: Path): boolean {
  let schemas: readonly unknown[] = [schema];
  for (const step of path) {
    const parts = partsOf(schemas, schema);
    schemas = parts.flatMap((part) =>
      typeof step === "number" ? itemSchemas(part, step) : fieldSchemas(part, step)
    );
  }
  return partsOf(schemas, schema).some((part) => part["diglyUrn"] === true);
}

/** The fields of a schema that are `digly:all`. */
export function allFieldsOf(schema: unknown): readonly AllField[] {
  const properties = isSchemaMap(schema) ? mapOf(schema["properties"]) : {};
  return Object.entries(properties).flatMap(([name, field]) => {
    const kind = isSchemaMap(field) ? field["digly:all"] : undefined;
    return typeof kind === "string" ? [{ name, kind }] : [];
  });
}

/** The schemas that may apply to a value that `schemas` are for. */
function partsOf(schemas: readonly unknown[], root: unknown): SchemaMap[] {
  const parts = new Set<SchemaMap>();
  for (const one of schemas) gather(one, root, parts);
  return [...parts];
}

/** Adds the schemas that may apply to the same value. */
function gather(schema: unknown, root: unknown, parts: Set<SchemaMap>): void {
  if (!isSchemaMap(schema) || parts.has(schema)) return;
  parts.add(schema);
  const target = schemaTarget(schema, root);
  if (target !== schema) gather(target, root, parts);
  for (const key of ["allOf", "anyOf", "oneOf"]) {
    for (const other of listOf(schema[key])) gather(other, root, parts);
  }
  for (const key of ["then", "else"]) gather(schema[key], root, parts);
  for (const other of Object.values(mapOf(schema["dependentSchemas"]))) gather(other, root, parts);
}

/** The schemas of a field. Those of patterns count for every name, which is safe for references. */
function fieldSchemas(part: SchemaMap, name: string): readonly unknown[] {
  const properties = mapOf(part["properties"]);
  if (Object.hasOwn(properties, name)) return [properties[name]];
  const patterns = Object.values(mapOf(part["patternProperties"]));
  return [...patterns, part["additionalProperties"] ?? part["unevaluatedProperties"]]
    .filter(isSchemaMap);
}

function leadingItems(part: SchemaMap): readonly unknown[] {
  return listOf(part["prefixItems"] ?? part["items"]);
}

function itemSchemas(part: SchemaMap, index: number): readonly unknown[] {
  const leading = leadingItems(part);
  if (index < leading.length) return [leading[index]];
  return [part["items"] ?? part["additionalItems"]].filter(isSchemaMap);
}

function mapOf(value: unknown): SchemaMap {
  return isSchemaMap(value) ? value : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
