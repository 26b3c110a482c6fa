/**
 * The kinds an app knows: from `Runtime.Definition`, from modules registered in code and
 * from `Runtime.KindDefinition`. Rules: specification §10.2 and §13, decisions D-12 to D-17.
 */
import type { Diagnostics } from "../contract/diagnostics.ts";
import { type DiglyError, fail, type Origin } from "../contract/errors.ts";
import type { ControllerEntry } from "../contract/manifest.ts";
import type { Controller } from "../contract/module.ts";
import { didYouMean } from "../contract/nearest.ts";
import { isMap, type Path, type Value, type ValueMap } from "../contract/resource.ts";
import type { Located } from "../contract/source.ts";
import { isKernelKind, KERNEL_KINDS } from "../contract/urn.ts";
import { readDefinition, textOf } from "./definition.ts";

/** Who executes a kind's resources. */
export type Implementation =
  | { readonly type: "entries"; readonly entries: readonly ControllerEntry[] }
  | { readonly type: "code"; readonly controller: Controller }
  /** No controller: the resource is data, its instance a wrapper. */
  | { readonly type: "inert" };

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
  /** JSON Schema of a resource without `kind` and `metadata`. */
  readonly schema: unknown;
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
  addInherited(sources.kindDefinitions, table, diagnostics);
  return table;
}

/** Adds the kinds of `Runtime.KindDefinition`s; they may stand in any order. */
function addInherited(
  inputs: readonly KindDefinitionInput[],
  table: Map<string, KindEntry>,
  diagnostics: Diagnostics,
): void {
  const pending = new Map<string, KindDefinitionInput>();
  for (const input of inputs) {
    const name = nameOf(input.document.value);
    if (name === undefined) continue;
    if (pending.has(name)) continue; // Registering reports the duplicate, with both places.
    if (table.has(name) || isKernelKind(name)) {
      const originOf = () => input.document.originAt(["metadata", "name"]);
      diagnostics.error(definedTwice({ kind: name, originOf }, table.get(name)));
    } else {
      pending.set(name, input);
    }
  }
  for (const name of pending.keys()) add(name, []);

  function add(name: string, chain: readonly string[]): KindEntry | undefined {
    const known = table.get(name);
    const input = pending.get(name);
    if (known !== undefined || input === undefined) return known;
    const { document, module } = input;
    const originOf = () => document.originAt(["extends"]);
    if (chain.includes(name)) {
      const cycle = [...chain.slice(chain.indexOf(name)), name];
      pending.delete(name);
      diagnostics.error(fail("ERR_MODULE_INVALID", {
        problem: `Kinds extend each other in a circle: ${cycle.join(" → ")}`,
      }, { origin: originOf(), help: "Let one of them extend a kind that a module defines" }));
      return undefined;
    }
    const parentName = (document.value as ValueMap)["extends"];
    if (typeof parentName !== "string") {
      pending.delete(name);
      diagnostics.error(fail("ERR_MODULE_INVALID", {
        problem:
          `${KERNEL_KINDS.kindDefinition} "${name}" needs \`extends\`, the kind it inherits from`,
      }, { origin: originOf(), help: "Add a line such as `extends: Data.Type`" }));
      return undefined;
    }
    const parent = add(parentName, [...chain, name]);
    if (parent === undefined) {
      if (!pending.delete(name)) return undefined; // Part of a circle that was just reported.
      if (
        !pending.has(parentName) &&
        !inputs.some((other) => nameOf(other.document.value) === parentName)
      ) {
        diagnostics.error(fail("ERR_MODULE_INVALID", {
          problem: `${name} extends "${parentName}", which is no known kind`,
        }, {
          origin: originOf(),
          help: didYouMean(parentName, [...table.keys(), ...pending.keys()]) ??
            "Import the module that defines it",
        }));
      }
      return undefined;
    }
    const schema = (document.value as ValueMap)["schema"];
    const entry: KindEntry = {
      ...parent,
      kind: name,
      module,
      extends: parentName,
      description: textOf(document.value as ValueMap, "description", document, diagnostics),
      example: undefined,
      ...(schema === undefined ? {} : { schema, schemaUrl: document.source.url }),
      originOf: () => document.originAt(["metadata", "name"]),
      sourceUrl: document.source.url,
    };
    table.set(name, entry);
    return entry;
  }
}

function nameOf(value: Value): string | undefined {
  const metadata = isMap(value) ? value["metadata"] : undefined;
  const name = isMap(metadata) ? metadata["name"] : undefined;
  return typeof name === "string" ? name : undefined;
}

function definedTwice(
  entry: Pick<KindEntry, "kind" | "originOf">,
  existing: KindEntry | undefined,
): DiglyError {
  const first = existing?.originOf();
  return fail("ERR_MODULE_INVALID", { problem: `The kind ${entry.kind} is defined twice` }, {
    origin: entry.originOf(),
    help: "Rename one of them, or drop the import that brings the other",
    related: first === undefined ? [] : [{ message: "the first definition", origin: first }],
  });
}
