/**
 * Finds fields that a schema does not name. JSON Schema accepts them without
 * `additionalProperties: false`; a kind with `unknownFields: warn` reports them.
 */
import type { Pattern } from "../contract/path_pattern.ts";
import { isMap, type Path, type PathSegment } from "../contract/resource.ts";
import { nearestField } from "../diagnostics/nearest.ts";
import { isSchemaMap, type SchemaMap, schemaTarget } from "../contract/schema_map.ts";

/** The point at which a path leaves a schema. */
export interface LostPath {
  /** Index of the step that the schema does not have. */
  readonly step: number;
  /** The fields that the schema names there. */
  readonly known: readonly string[];
  /** True where the schema has a list: its items are reached by `*`. */
  readonly isList: boolean;
}

/**
 * Where a pattern leaves what a schema describes; `undefined` for a pattern that leads somewhere,
 * and where the schema takes any field.
 */
export function findLostPath(schema: unknown, path: Pattern): LostPath | undefined {
  let shape = shapeOf([schema], schema);
  for (let step = 0; step < path.length && shape !== undefined; step++) {
    const name = path[step] ?? "";
    if (name === "**") {
      const below = shape.anyDepth(path[++step] ?? "");
      if (below.found === undefined && below.known.length > 0) {
        return { step, known: below.known, isList: false };
      }
      shape = below.found;
      continue;
    }
    const { known, isList } = shape;
    const next = name === "*"
      ? shape.any()
      : /^\d+$/.test(name) && isList
      ? shape.item(Number(name))
      : shape.field(name);
    const isThere = name === "*" ? isList || known.length > 0 : known.includes(name);
    const isDenied = !isThere && (shape.isScalar || (isList && name !== "*" && known.length === 0));
    if (isDenied && next === undefined) return { step, known, isList };
    if (!isThere && shape.namesAll) return { step, known, isList };
    shape = next;
  }
  return undefined;
}

/** True if a schema names the field at a path of a value. */
export function namesField(schema: unknown, path: Path): boolean {
  let shape = shapeOf([schema], schema);
  for (const step of path.slice(0, -1)) {
    shape = typeof step === "number" ? shape?.item(step) : shape?.field(step);
  }
  return shape?.known.includes(String(path.at(-1))) ?? false;
}

/** A field that the schema does not name. */
export interface UnknownField {
  readonly path: Path;
  /** The field that was probably meant. */
  readonly nearest: string | undefined;
  /** The fields that the schema names in its place. */
  readonly known: readonly string[];
}

/** The combined fields and items of all schemas that apply to one value. */
interface Shape {
  /** False if a schema decides about other fields itself, or names none. */
  readonly reportsUnknown: boolean;
  /** True if only the known fields are allowed or mentioned. */
  readonly namesAll: boolean;
  readonly known: readonly string[];
  readonly isList: boolean;
  /** True where neither lists nor mappings are allowed. */
  readonly isScalar: boolean;
  field(name: string): Shape | undefined;
  item(index: number): Shape | undefined;
  /** The combined schema of all fields and items. */
  any(): Shape | undefined;
  /** The combined schema of the fields with this name at any depth, and the names of all fields. */
  anyDepth(name: string): { readonly found: Shape | undefined; readonly known: readonly string[] };
}

/** Creates a function that finds the unknown fields of a value, in the order written. */
export function compileUnknownFields(schema: unknown): (value: unknown) => UnknownField[] {
  const shape = shapeOf([schema], schema);
  return (value) => {
    const found: UnknownField[] = [];
    collect(value, shape, [], found);
    return found;
  };
}

function collect(
  value: unknown,
  shape: Shape | undefined,
  path: PathSegment[],
  found: UnknownField[],
): void {
  if (shape === undefined) return;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      path.push(index);
      collect(value[index], shape.item(index), path, found);
      path.pop();
    }
    return;
  }
  if (!isMap(value)) return;
  for (const name of Object.keys(value)) {
    const child = value[name];
    if (shape.reportsUnknown && !shape.known.includes(name)) {
      const { known } = shape;
      found.push({ path: [...path, name], nearest: nearestField(name, known), known });
    } else if (typeof child === "object" && child !== null) {
      path.push(name);
      collect(child, shape.field(name), path, found);
      path.pop();
    }
  }
}

function shapeOf(schemas: readonly unknown[], root: unknown): Shape | undefined {
  const parts = new Set<SchemaMap>();
  let isOpen = false;
  for (const schema of schemas) if (!gather(schema, root, parts)) isOpen = true;
  if (parts.size === 0) return undefined;
  const known = [...new Set([...parts].flatMap((part) => Object.keys(mapOf(part["properties"]))))];
  const decides = ["additionalProperties", "unevaluatedProperties", "patternProperties"];
  const isDecided = [...parts].some((part) => decides.some((key) => part[key] !== undefined));
  const fields = new Map<string, Shape | undefined>();
  const items = new Map<number, Shape | undefined>();
  const below = (pick: (part: SchemaMap) => readonly unknown[]) =>
    shapeOf([...parts].flatMap(pick), root);
  const refuses = [...parts].some((part) => part["additionalProperties"] === false);
  return {
    reportsUnknown: known.length > 0 && !isOpen && !isDecided,
    namesAll: !isOpen && (refuses || (known.length > 0 && !isDecided)),
    known,
    isList: [...parts].some(({ items, prefixItems }) => (items ?? prefixItems) !== undefined),
    isScalar: [...parts].some(({ type }) => type !== undefined && ![type].flat().some(isContainer)),
    field(name) {
      if (!fields.has(name)) fields.set(name, below((part) => fieldSchemas(part, name)));
      return fields.get(name);
    },
    item(index) {
      // Items beyond those with a schema of their own all share one.
      const longest = Math.max(0, ...[...parts].map((part) => leadingItems(part).length));
      const at = Math.min(index, longest);
      if (!items.has(at)) items.set(at, below((part) => itemSchemas(part, at)));
      return items.get(at);
    },
    any: () => below(childSchemas),
    anyDepth(name) {
      // Each schema is visited once: it may refer to itself.
      const all = new Set(parts);
      for (const part of all) for (const child of childSchemas(part)) gather(child, root, all);
      const known = new Set([...all].flatMap((part) => Object.keys(mapOf(part["properties"]))));
      const named = [...all].flatMap((part) => {
        const properties = mapOf(part["properties"]);
        return Object.hasOwn(properties, name) ? [properties[name]] : [];
      });
      const found = known.has(name) ? shapeOf(named, root) ?? ANYTHING : undefined;
      return { found, known: [...known] };
    },
  };
}

/** The shape of a schema that accepts any value. */
const ANYTHING: Shape = {
  reportsUnknown: false,
  namesAll: false,
  known: [],
  isList: false,
  isScalar: false,
  field: () => undefined,
  item: () => undefined,
  any: () => undefined,
  anyDepth: () => ({ found: undefined, known: [] }),
};

/** The schemas of all fields and items. */
function childSchemas(part: SchemaMap): readonly unknown[] {
  return [
    ...Object.values(mapOf(part["properties"])),
    ...Object.values(mapOf(part["patternProperties"])),
    ...[part["additionalProperties"], part["items"]].filter(isSchemaMap),
    ...leadingItems(part),
  ];
}

function isContainer(type: unknown): boolean {
  return type === "object" || type === "array";
}

/** Adds the schemas that apply to the same value; returns false if one accepts anything. */
function gather(schema: unknown, root: unknown, parts: Set<SchemaMap>): boolean {
  if (!isSchemaMap(schema)) return schema !== true;
  if (parts.has(schema)) return true;
  parts.add(schema);
  const target = schemaTarget(schema, root);
  // An external schema may name further fields.
  let isWhole = target !== schema || typeof schema["$ref"] !== "string";
  const others = [
    ...(target === schema ? [] : [target]),
    ...["allOf", "anyOf", "oneOf"].flatMap((key) => listOf(schema[key])),
    ...["if", "then", "else"].flatMap((key) => schema[key] ?? []),
    ...Object.values(mapOf(schema["dependentSchemas"])),
  ];
  for (const other of others) if (!gather(other, root, parts)) isWhole = false;
  return isWhole;
}

function fieldSchemas(part: SchemaMap, name: string): readonly unknown[] {
  const properties = mapOf(part["properties"]);
  if (Object.hasOwn(properties, name)) return [properties[name]];
  return isSchemaMap(part["additionalProperties"]) ? [part["additionalProperties"]] : [];
}

/** The schemas of the first items of a list: `prefixItems`, or `items` as draft-07 has it. */
function leadingItems({ prefixItems, items }: SchemaMap): readonly unknown[] {
  return listOf(prefixItems ?? items);
}

function itemSchemas(part: SchemaMap, index: number): readonly unknown[] {
  const leading = leadingItems(part);
  if (index < leading.length) return [leading[index]];
  return isSchemaMap(part["items"]) ? [part["items"]] : [];
}

function mapOf(value: unknown): SchemaMap {
  return isSchemaMap(value) ? value : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
