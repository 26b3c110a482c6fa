/**
 * Schemas of the document. Those with a name, and those that refer to parts of themselves, become
 * components, since a reference such as `#/$defs/Item` means a part of the whole document there.
 */

/** Converts schemas, and collects those that are components. */
export interface SchemaWriter {
  /** The schema at its place in the document: itself, or a reference to a component. */
  write(schema: unknown): unknown;
  readonly components: Readonly<Record<string, unknown>>;
}

type SchemaMap = Readonly<Record<string, unknown>>;

const POINTER = "#/components/schemas/";

/** Makes a writer. `names` has the schemas that have a name, `reserved` the names in use. */
export function createSchemaWriter(
  names: ReadonlyMap<unknown, string>,
  reserved: readonly string[],
): SchemaWriter {
  const components: Record<string, unknown> = {};
  const taken = new Set(reserved);
  const known = new Map<unknown, string>();

  function write(schema: unknown): unknown {
    if (Array.isArray(schema)) return schema.map(write);
    if (!isMap(schema)) return schema;
    const named = known.get(schema);
    if (named !== undefined) return { $ref: POINTER + named };
    const name = names.get(schema);
    const isBase = refersToItself(schema);
    if (name === undefined && !isBase) return mapValues(schema, write);
    const component = freeName(name ?? nameOf(schema));
    known.set(schema, component);
    // The parts of a schema that refers to itself stay where its references expect them.
    components[component] = isBase ? rebase(schema, schema, component) : mapValues(schema, write);
    return { $ref: POINTER + component };
  }

  function freeName(wanted: string): string {
    const clean = wanted.replaceAll(/[^\w.-]/g, "_") || "Schema";
    let name = clean;
    for (let count = 2; taken.has(name); count++) name = `${clean}${count}`;
    taken.add(name);
    return name;
  }

  return { write, components };
}

/** `digly:Data.Type.Tree/1` is a copy of a `Data.Type` that refers to itself. */
function nameOf({ $id, title }: SchemaMap): string {
  const [, name] = /^digly:(?:.*\.)?([\w-]+)\/\d+$/.exec(String($id)) ?? [];
  return name ?? (typeof title === "string" ? title : "Schema");
}

/** True for a schema with references to parts of itself. */
function refersToItself(schema: SchemaMap): boolean {
  return Object.entries(schema).some(([key, value]) =>
    key === "$ref" || key === "$dynamicRef"
      ? typeof value === "string" && value.startsWith("#")
      : containsReference(value)
  );
}

function containsReference(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(containsReference);
  // References below another base belong to that.
  return isMap(value) && value["$id"] === undefined && refersToItself(value);
}

/** A copy whose references lead into the component. */
function rebase(node: unknown, root: SchemaMap, component: string): unknown {
  if (Array.isArray(node)) return node.map((item) => rebase(item, root, component));
  if (!isMap(node)) return node;
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(node)) {
    // The document has no other base than itself.
    if (key === "$id" && node === root) continue;
    const isReference = (key === "$ref" || key === "$dynamicRef") && typeof value === "string" &&
      value.startsWith("#");
    if (isReference) copy["$ref"] = POINTER + component + pointerOf(value.slice(1), root);
    else setOwn(copy, key, rebase(value, root, component));
  }
  return copy;
}

/** The JSON pointer of a fragment, which may be an anchor. */
function pointerOf(fragment: string, root: SchemaMap): string {
  if (fragment === "" || fragment.startsWith("/")) return fragment;
  return pathOfAnchor(fragment, root, "") ?? "";
}

function pathOfAnchor(anchor: string, node: unknown, path: string): string | undefined {
  if (typeof node !== "object" || node === null) return undefined;
  const { $anchor, $dynamicAnchor } = node as SchemaMap;
  if ($anchor === anchor || $dynamicAnchor === anchor) return path;
  for (const [key, value] of Object.entries(node)) {
    const step = encodeURIComponent(key.replaceAll("~", "~0").replaceAll("/", "~1"));
    const found = pathOfAnchor(anchor, value, `${path}/${step}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function mapValues(map: SchemaMap, convert: (value: unknown) => unknown): SchemaMap {
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(map)) setOwn(copy, key, convert(value));
  return copy;
}

/** Sets an own property, even if its name is `__proto__`. */
function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(target, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

function isMap(value: unknown): value is SchemaMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
