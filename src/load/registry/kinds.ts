/**
 * The kinds an app knows: from `Runtime.Definition`, from modules registered in code and
 * from `Runtime.KindDefinition`. Rules: specification §10.2 and §13, decisions D-12 to D-17.
 */
import type { Diagnostics } from "../../contract/diagnostics.ts";
import type { Origin } from "../../contract/errors.ts";
import type { ControllerEntry } from "../../contract/manifest.ts";
import type { Check, Controller, UnknownFields } from "../../contract/module.ts";
import type { Path, Value } from "../../contract/resource.ts";
import type { Anchor, Located } from "../../contract/source.ts";
import { readDefinition } from "./definition.ts";
import { addInherited } from "./inherited.ts";
import { definedTwice } from "./kind_errors.ts";

/** Who executes a kind's resources. */
export type Implementation =
  | { readonly type: "entries"; readonly entries: readonly ControllerEntry[] }
  | { readonly type: "code"; readonly controller: Controller }
  /** No controller: the resource is data, its instance a wrapper. */
  | { readonly type: "inert" };

/** Who checks a kind's resources beyond their schema. */
export type KindCheck =
  | { readonly type: "entry"; readonly entry: ControllerEntry }
  | { readonly type: "code"; readonly check: Check };

/** A kind's value in expressions (decision D-32). */
export interface StandsFor {
  /** CEL over `self` (the resource's fields), `env` and `file(path)`. */
  readonly expression: string;
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
  /** JSON Schema of a resource without `kind` and `metadata`. */
  readonly schema: unknown;
  /** What becomes of fields that the schema does not name and does not refuse. */
  readonly unknownFields: UnknownFields;
  /** URL of the file that holds the schema; `undefined` for a kind declared in code. */
  readonly schemaUrl: string | undefined;
  readonly events: readonly string[];
  /** Names the controller provides to expressions later. */
  readonly scope: readonly string[] | "*";
  /** Dotted paths of subtrees that hold no expressions; `*` is any list index or key. */
  readonly opaque: readonly string[];
  /** Dotted paths where a JSON Schema stands. */
  readonly schemas: readonly string[];
  readonly standsFor: StandsFor | undefined;
  /** Where it is defined; worked out only for a report. */
  readonly originOf: () => Origin | undefined;
  /** Where its schema stands, or the keyword at `path` in it. */
  readonly schemaOriginOf: (path?: Path, anchor?: Anchor) => Origin | undefined;
  /** URL of the file that defines it; `undefined` for a kind declared in code. */
  readonly sourceUrl: string | undefined;
}

/** The kinds of an app, by name. */
export type KindTable = ReadonlyMap<string, KindEntry>;

/** A `Runtime.Definition` and what its module says about it. */
export interface DefinitionInput {
  /** Name of the module that brings it. */
  readonly module: string;
  readonly document: Located & { readonly value: Value };
  /** Controllers the module manifest gives beside the path; they win (decision D-13). */
  readonly controllers: readonly ControllerEntry[] | undefined;
  /** The module's own entrypoints, for kinds without controllers. */
  readonly entrypoints: readonly ControllerEntry[];
}

/** A `Runtime.KindDefinition`. */
export interface KindDefinitionInput {
  readonly module: string;
  readonly document: Located & { readonly value: Value };
}

/** What {@link collectKinds} is made from. */
export interface KindSources {
  /** Kinds of modules registered in code. */
  readonly declared: readonly KindEntry[];
  readonly definitions: readonly DefinitionInput[];
  readonly kindDefinitions: readonly KindDefinitionInput[];
  /** The import that would bring a kind, `digly:http`, where one is known. */
  readonly importFor: (kind: string) => string | undefined;
}

/** Reads the `controllers` of a definition. */
export type ReadControllers = (
  value: Value,
  document: Located,
  path: Path,
) => readonly ControllerEntry[];

/** Builds the table of kinds; reports what is wrong with a definition and leaves it out. */
export function collectKinds(
  sources: KindSources,
  readControllers: ReadControllers,
  diagnostics: Diagnostics,
): KindTable {
  const table = new Map<string, KindEntry>();
  const add = (entry: KindEntry) => {
    const existing = table.get(entry.kind);
    if (existing !== undefined) diagnostics.error(definedTwice(entry, existing));
    else table.set(entry.kind, entry);
  };
  for (const entry of sources.declared) add(entry);
  for (const input of sources.definitions) {
    const entry = readDefinition(input, readControllers, diagnostics);
    if (entry !== undefined) add(entry);
  }
  addInherited(sources.kindDefinitions, table, sources.importFor, diagnostics);
  return table;
}
