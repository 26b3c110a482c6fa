/**
 * Resources and the data in them, which the stages pass on.
 */

/** A step into a document: a mapping key or a list index. */
export type PathSegment = string | number;

/**
 * The path of a node in its document.
 *
 * @example
 * const path: Path = ["steps", 0, "inputs"];
 */
export type Path = readonly PathSegment[];

/**
 * A resource-time expression (`${{ … }}`) whose names are provided later. It is opaque to
 * everything outside `template/`; its text is the expression with bound values as CEL literals.
 */
export interface Deferred {
  readonly [deferredMark]: true;
  toString(): string;
  toJSON(): string;
}

/** Marks a {@link Deferred}; shared by name so that copies of the package agree. */
export const deferredMark: unique symbol = Symbol.for("digly.deferred") as never;

/** True for a deferred value. */
export function isDeferred(value: unknown): value is Deferred {
  return typeof value === "object" && value !== null && deferredMark in value;
}

/** A node tagged `!raw`: its content is data, never scanned for expressions or directives. */
export class Raw {
  readonly value: Value;
  constructor(value: Value) {
    this.value = value;
  }
}

/** A map of a document. */
export interface ValueMap {
  [key: string]: Value;
}

/** Any value in a document, from parsing to the frozen resource. */
export type Value =
  | null
  | boolean
  | number
  | string
  | Deferred
  | Raw
  | Value[]
  | ValueMap;

/** True for a map: not a list, a scalar, a {@link Deferred} or a {@link Raw}. */
export function isMap(value: unknown): value is ValueMap {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(deferredMark in value) && !(value instanceof Raw);
}

/**
 * The value at `path` in data of any shape; `undefined` where there is none.
 *
 * @example
 * for (const { path } of violations) ctx.log.warn("Not valid", { value: valueAt(input, path) });
 */
export function valueAt(data: unknown, path: Path): unknown {
  let value = data;
  for (const step of path) {
    if (typeof value !== "object" || value === null) return undefined;
    // Any object can be read at any key; what is found there is unknown.
    value = (value as Record<PathSegment, unknown>)[step];
  }
  return value;
}

/**
 * Metadata of a registered resource.
 *
 * @example
 * const { name, uri, generationDepth }: ResourceMetadata = resource.metadata;
 */
export interface ResourceMetadata {
  /** The name the user wrote, unique within the kind. */
  readonly name: string;
  /** Absolute URI of the resource's origin and lineage; set by the runtime. */
  readonly uri: string;
  /** 0 for a resource from a file, one more per template that generated it. */
  readonly generationDepth: number;
  readonly [key: string]: unknown;
}

/**
 * A resource as code writes it: what a manifest holds, as plain data.
 *
 * @example
 * const manifest: ResourceManifest = {
 *   kind: "Sql.Query",
 *   metadata: { name: "Total" },
 *   sql: "SELECT count(*) FROM orders",
 * };
 * ctx.registerResource(manifest);
 */
export interface ResourceManifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly [key: string]: unknown };
  readonly [field: string]: unknown;
}

/**
 * A registered resource: frozen, its own fields flat beside `kind` and `metadata`.
 *
 * @example
 * function label(counter: RuntimeResource<{ label: string }>): string {
 *   return `${counter.metadata.name}: ${counter.label}`;
 * }
 */
export type RuntimeResource<Fields extends object = Record<string, unknown>> =
  & { readonly kind: string; readonly metadata: ResourceMetadata }
  & Readonly<Fields>;

/**
 * What an owner sees of a resource that is written inline in it; `ctx.child` gives its URN.
 *
 * @example
 * export function create({ step }: RuntimeResource<{ step: InlineResource }>, ctx: ModuleCreateContext) {
 *   const urn = ctx.child(["step"]); // a resource of the kind `step.kind`
 *   ctx.log.debug(step.kind);
 *   return { execute: (input: unknown, { execute }: Context) => execute(urn, input) };
 * }
 */
export interface InlineResource {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

/** A resource as the data that it is: its type names fields instead of saying that. */
export function asData(resource: RuntimeResource): Value {
  // The types of fields and of data do not overlap, although each resource is plain data.
  return resource as unknown as Value;
}

/** Data as the resource that its `kind` and its `metadata` make it. */
export function asResource(data: Value): RuntimeResource {
  // The caller has seen to its kind and its name.
  return data as unknown as RuntimeResource;
}
