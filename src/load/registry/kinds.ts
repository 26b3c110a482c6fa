/** The kinds of an app, and what they are made from. */
import type { Origin } from "../../contract/errors.ts";
import type { ControllerEntry } from "../../contract/manifest.ts";
import type { Check } from "../../contract/check.ts";
import type { Controller, UnknownFields } from "../../contract/module.ts";
import type { Path, Value } from "../../contract/resource.ts";
import type { Anchor, Located } from "../../contract/source.ts";
import type { Names } from "../imports/renamed.ts";
import type { DeclaredErrors } from "./declared_errors.ts";
import type { Execution, ExpectRule, Scopes } from "./scopes.ts";

/** The implementation of a kind. */
export type Implementation =
  | { readonly type: "entries"; readonly entries: readonly ControllerEntry[] }
  | { readonly type: "code"; readonly controller: Controller }
  /** No controller: the resource is data, its instance a wrapper. */
  | { readonly type: "inert" };

/** The check of a kind's resources beyond their schema. */
export type KindCheck =
  | { readonly type: "entry"; readonly entry: ControllerEntry }
  | { readonly type: "code"; readonly check: Check };

/** A kind's value in expressions. */
export interface ValueExpression {
  /**
   * CEL over `self` (the resource's fields), `env` and `file(path)`; `undefined` if the controller
   * of the kind provides the value.
   */
  readonly expression: string | undefined;
  readonly sensitive: boolean;
}

/** One kind. */
export interface KindEntry {
  readonly kind: string;
  /** Name of the module that owns it. */
  readonly module: string;
  /** The kind whose controller serves it: itself, or the nearest ancestor that has one. */
  readonly servedBy: string;
  readonly extends: string | undefined;
  /** What it is for, in words. */
  readonly description: string | undefined;
  /** A resource of this kind, and what it needs beside it, as data or as YAML. */
  readonly example: Value | undefined;
  readonly implementation: Implementation;
  readonly check: KindCheck | undefined;
  /** The errors that it declares. */
  readonly errors: DeclaredErrors;
  /** JSON Schema of a resource without `kind` and `metadata`. */
  readonly schema: unknown;
  /** How fields that the schema neither names nor rejects are handled. */
  readonly unknownFields: UnknownFields;
  /** URL of the file that holds the schema; `undefined` for a kind declared in code. */
  readonly schemaUrl: string | undefined;
  /** Contracts that its resources fulfil; references may require them as they require a kind. */
  readonly implements: readonly string[];
  /** True if its resources may be initialised together with others whose kinds say so. */
  readonly concurrentInit: boolean;
  /** True if executing its resources twice does no harm. */
  readonly idempotent: boolean;
  /** True if its resources join the processes of an app. */
  readonly transport: boolean;
  readonly events: readonly string[];
  /** Where expressions wait for the controller, and what they see there. */
  readonly scopes: Scopes;
  /** What values must fit beyond the schema. */
  readonly expects: readonly ExpectRule[];
  /** What its resources take and give when they are executed. */
  readonly execution: Execution;
  /** The types of the values that its resources add to expressions of others, by name. */
  readonly provides: ReadonlyMap<string, Value>;
  /** Dotted paths of subtrees without expressions; `*` is any list index or key. */
  readonly opaque: readonly string[];
  /** Dotted paths of fields in which other resources are written. */
  readonly resources: readonly string[];
  /** Dotted paths of fields that contain a JSON Schema. */
  readonly schemas: readonly string[];
  /** Paths of strings whose expressions are never inserted into the text. */
  readonly parts: readonly (readonly string[])[];
  readonly valueExpression: ValueExpression | undefined;
  /** Where it is defined, computed only for messages. */
  readonly originOf: () => Origin | undefined;
  /** The position of its schema, or of the keyword at `path` in it. */
  readonly schemaOriginOf: (path?: Path, anchor?: Anchor) => Origin | undefined;
  /** URL of the file that defines it; `undefined` for a kind declared in code. */
  readonly sourceUrl: string | undefined;
}

/** The kinds of an app, by name. */
export type KindTable = ReadonlyMap<string, KindEntry>;

/** A `Runtime.Definition` and the settings of its module. */
export interface DefinitionInput {
  /** The module that defines it. */
  readonly module: Names;
  readonly document: Located & { readonly value: Value };
  /** Controllers next to the path in the module manifest, which override those of the definition. */
  readonly controllers: readonly ControllerEntry[] | undefined;
  /** The module's own entrypoints, for kinds without controllers. */
  readonly entrypoints: readonly ControllerEntry[];
}

/** A `Runtime.KindDefinition`. */
export interface KindDefinitionInput {
  readonly module: string;
  readonly document: Located & { readonly value: Value };
}

/** Where the kinds of an app come from. */
export interface KindSources {
  /** Kinds of modules registered in code. */
  readonly declared: readonly KindEntry[];
  readonly definitions: readonly DefinitionInput[];
  readonly kindDefinitions: readonly KindDefinitionInput[];
  /** The built-in import that defines a kind, such as `digly:http`. */
  readonly importFor: (kind: string) => string | undefined;
}

/** Reads the `controllers` of a definition. */
export type ReadControllers = (
  value: Value,
  document: Located,
  path: Path,
) => readonly ControllerEntry[];
