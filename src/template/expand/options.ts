/** Options of the expand stage. */
import type { OnCondition } from "../../contract/coverage.ts";
import type { Diagnostics } from "../../contract/diagnostics.ts";
import type { Limits } from "../../contract/limits.ts";
import type { Path, Value } from "../../contract/resource.ts";
import type { OnEvaluated } from "../expr/evaluated.ts";
import type { Located } from "../../contract/source.ts";

/** Says what kind and name a document has, or reports why it has none. */
export type CheckShape = (
  document: Located & { readonly value: Value },
  diagnostics: Diagnostics,
) => { readonly kind: string; readonly name: string } | undefined;

/** The fields of a kind in which resources are written. */
export interface InlineFields {
  /** Dotted paths; `*` is any index or key. */
  readonly paths: readonly string[];
  /** True for a path at which `{ kind, name }` is a reference to a resource, not one itself. */
  mayBeReference(path: Path): boolean;
  /** True if the schema has a field at the path; resources are written in no other. */
  isField(path: Path): boolean;
}

/** Options of `expandDocuments`. */
export interface ExpandOptions {
  /** The kinds that are defined: a template never takes their resources. */
  readonly kinds: { has(kind: string): boolean; keys(): Iterable<string> };
  /** Paths in resources of a kind that hold no expressions. */
  readonly opaque: (kind: string) => readonly string[] | undefined;
  /** Tells where the items of a kind's lists have a `for` or `if` of their own. */
  readonly ownedKeys: (kind: string) => ((path: Path) => boolean) | undefined;
  /** Where other resources are written in those of a kind. */
  readonly inline: (kind: string) => InlineFields | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly limits: Limits;
  readonly diagnostics: Diagnostics;
  /** Takes the expressions that are evaluated, under `check`. */
  readonly onEvaluated?: OnEvaluated | undefined;
  /** Takes the outcome of every `if`. */
  readonly onCondition?: OnCondition | undefined;
  /** Collects the templates, and the parts of their bodies, that are evaluated. */
  readonly reached?: Set<object> | undefined;
  readonly checkShape: CheckShape;
  /** Creates the resolver of references between schemas. */
  readonly schemaRefs: (documents: Documents) => {
    resolve(schema: Value, path: Path, owner: Located): Value;
  };
}

/** Resources from documents, for schemas that refer to them. */
export interface Documents {
  get(
    kind: string,
    name: string,
  ): { readonly manifest: Located & { readonly value: Value } } | undefined;
  ofKind(kind: string): readonly { readonly urn: string }[];
}
