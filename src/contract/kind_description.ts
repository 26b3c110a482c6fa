/** The description of a kind, as `digly kinds --format json` prints it. */
import type { UnknownFields } from "./module.ts";

/** An error that a kind declares. */
export interface DescribedError {
  /** The HTTP status; `null` if clients see an id only. */
  readonly status: number | null;
  readonly description: string | null;
}

/** One kind that an app knows. */
export interface KindDescription {
  readonly kind: string;
  /**
   * Where its resources come from: a definition of a module, a `Runtime.KindDefinition`, a
   * `TemplateDefinition`, or the runtime itself.
   */
  readonly type: "definition" | "inherited" | "template" | "runtime";
  /** Name of the module that defines it. */
  readonly module: string;
  readonly description: string | null;
  /** The kind it inherits from. */
  readonly extends: string | null;
  /** Where it is defined; `null` for a kind from code and of the runtime. Lines count from 1. */
  readonly definedIn: { readonly file: string; readonly line: number } | null;
  /** The runtimes that its controllers are for, as written: `node@>=20`, or `any`. None: it is data. */
  readonly runtimes: readonly string[];
  /** True if its resources may be initialised together with others whose kinds say so. */
  readonly concurrentInit: boolean;
  /** Contracts that its resources fulfil, such as `Http.Mount`. */
  readonly implements: readonly string[];
  /** Names of the values that its resources add to expressions of others, as `request.auth` is added. */
  readonly provides: readonly string[];
  /** What its resources take and give when they are executed, as declared; `null` if it is not declared. */
  readonly execution: { readonly input: unknown; readonly output: unknown };
  /** Names of the events it emits beside those of every resource. */
  readonly events: readonly string[];
  /** The errors that it declares, by code; `*` for a kind that may fail with any code. */
  readonly errors: Readonly<Record<string, DescribedError>> | "*";
  /** Names its controller provides to `${{ }}` expressions; `*` for any. */
  readonly scope: readonly string[] | "*";
  /** Those names by the dotted path of the fields whose expressions see them; "" is all fields. */
  readonly scopes: Readonly<Record<string, readonly string[] | "*">>;
  /** Dotted paths of fields in which other resources are written; `*` is any list index or key. */
  readonly resources: readonly string[];
  /** Dotted paths of fields without expressions; `*` is any list index or key. */
  readonly opaque: readonly string[];
  /** JSON Schema of a resource without `kind` and `metadata`; `null` if any value is allowed. */
  readonly schema: unknown;
  /** `warn` when fields that the schema does not name are kept, and reported. */
  readonly unknownFields: UnknownFields;
  /** A resource of the kind, and what it needs beside it: YAML of one or more documents. */
  readonly example: string | null;
}
