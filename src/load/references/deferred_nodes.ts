/** Collects the deferred values of resources and replaces them by their results. */
import { type PatternSet, patternSetOf } from "../../contract/pattern_set.ts";
import {
  asData,
  type Deferred,
  isDeferred,
  isMap,
  type Path,
  type PathSegment,
  type RuntimeResource,
  type Value,
  type ValueMap,
} from "../../contract/resource.ts";
import { KERNEL_KINDS } from "../../contract/urn.ts";
import type { KindTable } from "../registry/kinds.ts";
import { isSimpleInput } from "../../schema/simple_schema.ts";
import type { RegistryEntry } from "../registry/registry.ts";
import type { SchemaRefs } from "./schema_refs.ts";

/** One deferred value of a resource. */
export interface DeferredNode {
  readonly entry: RegistryEntry;
  readonly path: Path;
  readonly deferred: Deferred;
  state: "waiting" | "running" | "done";
  /** The result; still deferred if the controller provides names later. */
  result: Value;
  /** True if it failed, or its value is available only where the app runs. */
  isUnknown: boolean;
  /** The names that the controller provides at its path, once they are known. */
  later?: ReadonlySet<string>;
}

/** The deferred values of each resource that has any. */
export type DeferredNodes = ReadonlyMap<RegistryEntry, readonly DeferredNode[]>;

const SCHEMA_KEYS: ReadonlySet<string> = new Set(["schema", "inputSchema", "outputSchema"]);

/** Collects the deferred values of `entries` and resolves schema references. */
export function collectNodes(
  entries: Iterable<RegistryEntry>,
  kinds: KindTable,
  schemaRefs: SchemaRefs,
): DeferredNodes {
  const nodesOf = new Map<RegistryEntry, DeferredNode[]>();
  for (const entry of entries) {
    // Template bodies are checked when they are expanded.
    if (entry.kind === KERNEL_KINDS.template) continue;
    const preparation = new Preparation(entry, schemaRefs);
    const schemas = patternSetOf(kinds.get(entry.kind)?.schemas ?? NO_PATHS);
    entry.resource = preparation.walk(asData(entry.resource), schemas) as RuntimeResource;
    entry.isPlain = preparation.isPlain;
    if (preparation.nodes.length > 0) nodesOf.set(entry, preparation.nodes);
  }
  return nodesOf;
}

const NO_PATHS: readonly string[] = [];

/** Collects the deferred values of one resource, and resolves its schema references. */
class Preparation {
  readonly #entry: RegistryEntry;
  readonly #schemaRefs: SchemaRefs;
  readonly #steps: PathSegment[] = [];
  readonly nodes: DeferredNode[] = [];
  /** False if there may be a deferred value, also in a schema, where none is evaluated. */
  isPlain = true;

  constructor(entry: RegistryEntry, schemaRefs: SchemaRefs) {
    this.#entry = entry;
    this.#schemaRefs = schemaRefs;
  }

  /** The value with its references resolved; unchanged parts are shared. `schemas` lead to schemas. */
  walk(node: Value, schemas: PatternSet | undefined): Value {
    if (typeof node !== "object" || node === null) return node;
    if (isDeferred(node)) {
      this.#add(node);
      return node;
    }
    if (Array.isArray(node)) return this.#walkList(node, schemas);
    if (isMap(node)) return this.#walkMap(node, schemas);
    this.isPlain = false;
    return node;
  }

  #add(deferred: Deferred): void {
    this.isPlain = false;
    this.nodes.push({
      entry: this.#entry,
      path: [...this.#steps],
      deferred,
      state: "waiting",
      result: deferred,
      isUnknown: false,
    });
  }

  #walkList(node: Value[], schemas: PatternSet | undefined): Value[] {
    let copy: Value[] | undefined;
    for (let index = 0; index < node.length; index++) {
      const item = node[index]!;
      if (typeof item !== "object" || item === null) continue;
      this.#steps.push(index);
      const below = schemas?.next(index);
      const value = below?.isEnd ? this.#resolve(item) : this.walk(item, below);
      this.#steps.pop();
      if (value !== item) (copy ??= [...node])[index] = value;
    }
    return copy ?? node;
  }

  #walkMap(node: ValueMap, schemas: PatternSet | undefined): ValueMap {
    let copy: ValueMap | undefined;
    for (const key of Object.keys(node)) {
      const item = node[key];
      // A string matters only as the short form of a reference to a schema.
      if (typeof item === "string" ? !mayBeSchema(key, schemas) : typeof item !== "object") {
        continue;
      }
      if (item === null || item === undefined) continue;
      this.#steps.push(key);
      const below = schemas?.next(key);
      const isSchema = below === undefined ? SCHEMA_KEYS.has(key) : below.isEnd;
      const value = isSchema ? this.#resolve(item) : this.walk(item, below);
      this.#steps.pop();
      if (value !== item) (copy ??= { ...node })[key] = value;
    }
    return copy ?? node;
  }

  #resolve(item: Value): Value {
    const schema = this.#schemaRefs.resolve(item, [...this.#steps], this.#entry.manifest);
    if (typeof schema === "object" && !isSimpleInput(schema)) this.isPlain = false;
    return schema;
  }
}

function mayBeSchema(key: string, schemas: PatternSet | undefined): boolean {
  return schemas !== undefined || SCHEMA_KEYS.has(key);
}

/** True if one path is a prefix of the other. */
export function overlaps(path: Path, other: Path): boolean {
  const length = Math.min(path.length, other.length);
  for (let i = 0; i < length; i++) if (String(path[i]) !== String(other[i])) return false;
  return true;
}

/** The results of the deferred values of a resource. */
export function resultsOf(
  nodes: readonly DeferredNode[] | undefined,
): ReadonlyMap<Deferred, Value> {
  return new Map(nodes?.map((node) => [node.deferred, node.result]));
}

/** `value` with deferred values replaced by their results; unchanged parts are shared. */
export function replaceDeferred(value: Value, results: ReadonlyMap<Deferred, Value>): Value {
  if (typeof value !== "object" || value === null) return value;
  if (isDeferred(value)) return results.get(value) ?? null;
  if (Array.isArray(value)) {
    let copy: Value[] | undefined;
    value.forEach((item, index) => {
      const replaced = replaceDeferred(item, results);
      if (replaced !== item) (copy ??= [...value])[index] = replaced;
    });
    return copy ?? value;
  }
  if (!isMap(value)) return value;
  let copy: ValueMap | undefined;
  for (const key of Object.keys(value)) {
    const item = value[key];
    if (item === undefined) continue;
    const replaced = replaceDeferred(item, results);
    if (replaced !== item) (copy ??= { ...value })[key] = replaced;
  }
  return copy ?? value;
}
