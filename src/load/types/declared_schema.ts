/**
 * What a resource takes and gives when it is executed, as JSON Schemas, for tools and documentation.
 * `declared_types.ts` makes types of the same declarations, for expressions.
 */
import { toInputSchema } from "../../contract/input_schema.ts";
import { fillStars, type Stars } from "../../contract/path_pattern.ts";
import {
  isDeferred,
  isMap,
  type Path,
  type Value,
  type ValueMap,
} from "../../contract/resource.ts";
import { formatUrn, parseUrn } from "../../contract/urn.ts";
import type { KindTable } from "../registry/kinds.ts";
import type { Registry, RegistryEntry } from "../registry/registry.ts";
import { PATH_DIRECTIVES } from "../registry/scopes.ts";

/** The sides of an execution. */
export type ExecutionSide = "input" | "output";

/** Resources may name each other. */
const MAX_DEPTH = 20;

/** Where declarations are looked up. */
interface Tables {
  readonly registry: Registry;
  readonly kinds: KindTable;
}

/** The schema of one side of the execution of a resource; `undefined` if nothing is known of it. */
export function executionSchema(
  entry: RegistryEntry,
  side: ExecutionSide,
  registry: Registry,
  kinds: KindTable,
): unknown {
  const declaration = kinds.get(entry.kind)?.execution[side];
  return declaration === undefined
    ? undefined
    : declaredSchema(declaration, entry, NO_STARS, { registry, kinds });
}

/** The schema that a declaration of `entry`'s kind is; `undefined` if nothing is known of it. */
export function declaredSchema(
  declaration: unknown,
  entry: RegistryEntry,
  stars: Stars,
  { registry, kinds }: Tables,
): unknown {
  return toSchema(declaration, entry, 0);

  function ofExecution(target: RegistryEntry, of: ExecutionSide, depth: number): unknown {
    if (depth > MAX_DEPTH) return undefined;
    const declaration = kinds.get(target.kind)?.execution[of];
    return declaration === undefined ? undefined : toSchema(declaration, target, depth);
  }

  function toSchema(node: unknown, owner: RegistryEntry, depth: number): unknown {
    if (Array.isArray(node)) return node.map((item) => toSchema(item, owner, depth));
    if (!isMap(node)) return node;
    const directive = PATH_DIRECTIVES.find((name) => node[name] !== undefined);
    if (directive !== undefined) {
      for (const path of [node[directive]].flat()) {
        const found = typeof path === "string"
          ? follow(directive, path, node, owner, depth)
          : undefined;
        if (found !== undefined) return found;
      }
      return node["$else"] === undefined ? undefined : toSchema(node["$else"], owner, depth);
    }
    const copy: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(node)) {
      // What is not known may be anything.
      copy[key] = toSchema(value, owner, depth) ?? true;
    }
    return copy;
  }

  function follow(
    directive: typeof PATH_DIRECTIVES[number],
    path: string,
    node: ValueMap,
    owner: RegistryEntry,
    depth: number,
  ): unknown {
    const value = path === ""
      ? owner.resource
      : valueAt(owner.resource, fillStars(path, owner === entry ? stars : NO_STARS));
    if (value === undefined || isDeferred(value) || directive === "$paramsOf") return undefined;
    if (directive === "$field") return INPUT_FIELD.test(path) ? inputSchemaOf(value) : value;
    if (directive === "$case") return toSchema(caseOf(node, value), owner, depth);
    const target = path === "" ? owner : named(value);
    const of = directive === "$inputOf" ? "input" : "output";
    return target && ofExecution(target, of, depth + 1);
  }

  /** The resource that a field names: by its URN, or by kind and name. */
  function named(value: unknown): RegistryEntry | undefined {
    const { kind, name } = typeof value === "string"
      ? { kind: undefined, name: value }
      : (value ?? {}) as { kind?: unknown; name?: unknown };
    if (typeof name !== "string") return undefined;
    const urn = parseUrn(typeof kind === "string" ? formatUrn(kind, name) : name);
    return urn && registry.get(urn.kind, urn.name);
  }
}

const NO_STARS: Stars = [];

/** Fields in which a schema may be written as a map of properties. */
export const INPUT_FIELD: RegExp = /(?:^|\.)(?:inputSchema|outputSchema)$/;

/** The schemas that maps of properties are short for. Those of an unchanged file stay the same. */
const inputSchemas = new WeakMap<object, unknown>();

/** The schema in a field in which it may be written as a map of properties. */
export function inputSchemaOf(written: unknown): unknown {
  if (!isMap(written)) return written;
  let schema = inputSchemas.get(written);
  if (schema === undefined) inputSchemas.set(written, schema = toInputSchema(written));
  return schema;
}

/** The declaration that `$case` chooses for the value of its field; `undefined` if there is none. */
export function caseOf({ of }: ValueMap, value: unknown): Value | undefined {
  const name = String(value);
  return isMap(of) && Object.hasOwn(of, name) ? of[name] : undefined;
}

/** The value at a path; `undefined` where there is none. */
export function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const step of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as Readonly<Record<PropertyKey, unknown>>)[step];
  }
  return at;
}
