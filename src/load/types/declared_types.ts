/**
 * Types that definitions declare: a JSON Schema, in which any part may be `{ $field: path }` (the
 * schema in that field of the resource), `{ $inputOf: path }` or `{ $outputOf: path }` (of the
 * resource that the field names; of the resource itself for an empty path), or `{ $paramsOf: path }`
 * (the parameters of the path in that field). `{ $case: path, of }` is one of several types, by the
 * value of that field. `$else` is what it is without that field. The type
 * `{ $providedBy: contract, schema }` is a map with what the app's resources of a contract provide.
 */
import {
  DYN,
  type Field,
  fieldsOf,
  type MapType,
  STRING,
  type Type,
  unionOf,
} from "../../cel/types.ts";
import { urnIn } from "../../contract/known_urns.ts";
import { isDeferred, isMap, type Value, type ValueMap } from "../../contract/resource.ts";
import { fillStars, type Stars } from "../../contract/path_pattern.ts";
import { parseUrn } from "../../contract/urn.ts";
import { caseOf, INPUT_FIELD, inputSchemaOf, valueAt } from "./declared_schema.ts";
import { type Directive, directiveOf, LazyMaps } from "./lazy_map.ts";
import { intersect, isAlike, type SchemaTypeOptions, typeOfSchema } from "./schema_type.ts";
import type { ProviderHint, TypeHints } from "./type_hints.ts";
import type { KindTable } from "../registry/kinds.ts";
import type { Registry, RegistryEntry } from "../registry/registry.ts";

type Side = SchemaTypeOptions["side"];

/** Works out declared types, each once. */
export interface DeclaredTypes {
  /** The type of a declaration of `entry`'s kind. */
  typeOf(declaration: Value | undefined, entry: TypedEntry, stars: Stars, side: Side): Type;
}

/** What resources of a contract add to a map. */
interface Provided {
  readonly fields: ReadonlyMap<string, Field>;
  readonly helpFor: NonNullable<MapType["helpFor"]>;
}

/** What of a resource its types depend on; it need not be registered. */
export type TypedEntry = Pick<RegistryEntry, "urn" | "kind" | "resource">;

/** Makes the types of the resources in `registry`, with what the checks of kinds have said. */
export function createDeclaredTypes(
  registry: Registry,
  kinds: KindTable,
  hints?: TypeHints,
): DeclaredTypes {
  const providers = new Map<string, ReadonlyMap<string, RegistryEntry>>();
  const known = new WeakMap<TypedEntry, Map<string, Map<unknown, Type>>>();
  const lazyMaps = { read: new LazyMaps("read"), written: new LazyMaps("written") };
  const additions = new Map<string, Provided>();
  /** How often a type was asked for while it was being worked out. */
  let cycles = 0;

  function typeOf(
    declaration: Value | undefined,
    entry: TypedEntry,
    stars: Stars,
    side: Side,
  ): Type {
    if (!isMap(declaration)) return DYN;
    if (isAlike(declaration)) return typeOfSchema(declaration, { side });
    const key = stars.length === 0 ? side : `${side} ${JSON.stringify(stars)}`;
    let ofEntry = known.get(entry);
    if (ofEntry === undefined) known.set(entry, ofEntry = new Map());
    let ofPlace = ofEntry.get(key);
    if (ofPlace === undefined) ofEntry.set(key, ofPlace = new Map());
    let type = ofPlace.get(declaration);
    if (type === PENDING) {
      cycles++;
      return DYN;
    }
    if (type === undefined) {
      // A resource may name itself.
      ofPlace.set(declaration, PENDING);
      const typeOfDirective = (one: Directive) => directiveType(one, entry, stars, side);
      type = lazyMaps[side].typeOf(declaration, typeOfDirective) ?? typeOfSchema(declaration, {
        side,
        directive: (schema) => {
          const directive = directiveOf(schema);
          return directive && typeOfDirective(directive);
        },
      });
      ofPlace.set(declaration, type);
    }
    return type;
  }

  function directiveType(
    { name, schema }: Directive,
    entry: TypedEntry,
    stars: Stars,
    side: Side,
  ): Type {
    if (name === "$providedBy") return withProvided(schema, entry, stars, side);
    const written = schema[name];
    const paths = Array.isArray(written) ? written : [written];
    for (const path of paths) {
      if (typeof path !== "string") continue;
      const value = path === "" ? entry.resource : valueAt(entry.resource, fillStars(path, stars));
      if (value === undefined) continue;
      if (isDeferred(value)) return DYN;
      if (name === "$field") {
        return typeOfSchema(INPUT_FIELD.test(path) ? inputSchemaOf(value) : value, { side });
      }
      if (name === "$case") {
        const chosen = caseOf(schema, value);
        if (chosen === undefined) continue;
        return typeOf(chosen, entry, stars, side);
      }
      if (name === "$paramsOf") return paramsType(value, schema["schema"], entry, stars, side);
      return executionType(path === "" ? entry : targetOf(value), name, side);
    }
    const { $else } = schema;
    if ($else === undefined) return DYN;
    const type = typeOf($else, entry, stars, side);
    const missing = typeof paths[0] === "string" ? paths[0].split(".").at(-1) : undefined;
    return type.kind === "null" && name === "$outputOf" && missing !== undefined
      ? { ...type, help: `Add the \`${missing}\` whose result this is` }
      : type;
  }

  /**
   * The map `schema`, with the values that resources of a contract provide: those that a check has
   * named, or else all of the app.
   */
  function withProvided(
    { $providedBy, schema }: ValueMap,
    entry: TypedEntry,
    stars: Stars,
    side: Side,
  ): Type {
    const base = typeOf(schema, entry, stars, side);
    if (base.kind !== "map") return base;
    const contract = String($providedBy);
    const hint = hints?.providersOf(entry.urn, contract, stars.flat());
    // Most resources are reached in the same ways.
    const key = hint === undefined ? contract : JSON.stringify([contract, hint.lists, hint.help]);
    let provided = additions.get(key);
    if (provided === undefined) {
      const before = cycles;
      provided = providedTo(contract, hint);
      // What depends on a type that is being worked out is right only for this one.
      if (cycles === before) additions.set(key, provided);
    }
    const { helpFor } = provided;
    if (provided.fields.size === 0) return { ...base, helpFor };
    return { ...base, fields: new Map([...provided.fields, ...base.fields]), helpFor };
  }

  function providedTo(contract: string, hint: ProviderHint | undefined): Provided {
    const all = providersOf(contract);
    const lists = hint?.lists.map((urns) => urns.flatMap((urn) => all.get(urn) ?? []));
    return {
      fields: lists === undefined ? providedByAny([...all.values()]) : providedByAll(lists),
      helpFor: (name) => helpForProvider(name, [...all.values()], contract) ?? hint?.help[name],
    };
  }

  /** The resources of a contract that provide values, by URN. */
  function providersOf(contract: string): ReadonlyMap<string, RegistryEntry> {
    const known = providers.get(contract);
    if (known !== undefined) return known;
    const found = new Map<string, RegistryEntry>();
    for (const kind of registry.kinds()) {
      const { implements: contracts = [], provides = NOTHING } = kinds.get(kind) ?? {};
      if (provides.size === 0 || !contracts.includes(contract)) continue;
      for (const provider of registry.ofKind(kind)) found.set(provider.urn, provider);
    }
    providers.set(contract, found);
    return found;
  }

  function providedBy(provider: RegistryEntry): [string, Type][] {
    return Array.from(kinds.get(provider.kind)?.provides ?? [], ([name, declaration]) => [
      name,
      typeOf(declaration, provider, [], "read"),
    ]);
  }

  /** What one of them may provide, since it is not known which one does. */
  function providedByAny(all: readonly RegistryEntry[]): Map<string, Field> {
    const types = new Map<string, Type[]>();
    for (const [name, type] of all.flatMap(providedBy)) {
      types.set(name, [...types.get(name) ?? [], type]);
    }
    return new Map(Array.from(types, ([name, found]) => [
      name,
      { type: unionOf(found), required: true },
    ]));
  }

  /** What the last of each list provides; a value that a list lacks may be missing. */
  function providedByAll(lists: readonly (readonly RegistryEntry[])[]): Map<string, Field> {
    const maps = lists.map((list) => new Map(list.flatMap(providedBy)));
    const names = new Set(maps.flatMap((map) => [...map.keys()]));
    return new Map(Array.from(names, (name) => {
      const types = maps.flatMap((map) => map.get(name) ?? []);
      return [name, { type: unionOf(types), required: types.length === maps.length }];
    }));
  }

  /** What to do so that a value is provided: the resources, or else the kinds, that provide it. */
  function helpForProvider(
    name: string,
    all: readonly RegistryEntry[],
    contract: string,
  ): string | undefined {
    const provides = (kind: string) => kinds.get(kind)?.provides.has(name) === true;
    const urns = all.filter(({ kind }) => provides(kind)).map(({ urn }) => urn);
    if (urns.length > 0) return `Add a resource that provides it to \`use\`, such as ${urns[0]}`;
    const names = [...kinds.keys()].filter((kind) =>
      provides(kind) && kinds.get(kind)?.implements.includes(contract)
    );
    return names.length === 0
      ? undefined
      : `Add a resource that provides it to \`use\`, of the kind ${orList(names)}`;
  }

  /** The resource that a field names: by its URN, or by kind and name. */
  function targetOf(value: unknown): RegistryEntry | undefined {
    const text = urnIn(value);
    const urn = text === undefined ? undefined : parseUrn(text);
    return urn && registry.get(urn.kind, urn.name);
  }

  function executionType(
    entry: TypedEntry | undefined,
    name: "$inputOf" | "$outputOf",
    side: Side,
  ): Type {
    if (entry === undefined) return DYN;
    const execution = kinds.get(entry.kind)?.execution;
    const declaration = name === "$inputOf" ? execution?.input : execution?.output;
    const hint = name === "$outputOf" ? hints?.outputOf(entry.urn) : undefined;
    if (hint === undefined) return typeOf(declaration, entry, [], side);
    // What the user has written in a field counts more than what a check has found out.
    const fields = isMap(declaration) ? [declaration["$field"]].flat() : [];
    const isWritten = fields.some((path) =>
      typeof path === "string" && valueAt(entry.resource, fillStars(path, [])) !== undefined
    );
    return isWritten ? typeOf(declaration, entry, [], side) : typeOfSchema(hint, { side });
  }

  /** A mount may add parameters to those of the path, so there may be others. */
  function paramsType(
    path: unknown,
    declared: Value | undefined,
    entry: TypedEntry,
    stars: Stars,
    side: Side,
  ): Type {
    const schema = declared === undefined ? DYN : typeOf(declared, entry, stars, side);
    const fields = new Map<string, Field>();
    for (const [, colon, braces, rest] of String(path).matchAll(PARAMETER)) {
      const name = colon ?? braces ?? rest ?? "";
      const type = schema.kind === "map" ? schema.fields.get(name)?.type : undefined;
      fields.set(name, { type: type ?? STRING, required: true });
    }
    const fromPath = fieldsOf(fields, DYN);
    return schema.kind === "map" && schema.fields.size > 0
      ? intersect(fieldsOf(schema.fields, DYN), fromPath)
      : fromPath;
  }

  return { typeOf };
}

/** `a, b or c`. */
function orList(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}

/** The type of a declaration that is being worked out; compared by identity. */
const PENDING: Type = { kind: "dyn" };

const NOTHING: ReadonlyMap<string, Value> = new Map();

/** `:id` or `{id}` as a segment of a path, or `*` at its end. */
const PARAMETER = /(?<=\/)(?::([A-Za-z_][\w-]*)|\{([A-Za-z_][\w-]*)\}|(\*)(?=\/*$))(?=\/|$)/g;
