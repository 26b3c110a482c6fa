/**
 * A module that is imported under another name. Its files name their own kinds, templates and
 * errors by the name in its manifest, so those names are replaced in their text before it is
 * parsed: in expressions, references, schemas and scripts alike. Positions are those of the file.
 */
import { isMap, type Value, type ValueMap } from "../../contract/resource.ts";
import type { SourceText } from "../../contract/source.ts";
import { KERNEL_KINDS } from "../../contract/urn.ts";

/** The name in the manifest of a module, and the one that an import gives it. */
export interface Names {
  readonly ownName: string;
  readonly name: string;
}

/** Replaces a module's name in the text of one of its files. */
export type Rename = (source: SourceText) => SourceText;

/** The prefix of the kind of a definition: `metadata.module`, or the name of its module. */
export function prefixOf(metadata: ValueMap, { ownName, name }: Names): Value {
  const written = metadata["module"];
  return written === undefined || written === ownName ? name : written;
}

/** What a module defines, without its name: `Connection` of `Sql.Connection`. */
export function definedNames(values: Iterable<Value>, module: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const value of values) {
    if (!isMap(value) || !isMap(value["metadata"])) continue;
    const { name, resourceKind } = value["metadata"];
    if (value["kind"] === KERNEL_KINDS.definition && typeof resourceKind === "string") {
      names.add(withoutModule(resourceKind, module));
      if (isMap(value["errors"])) {
        for (const error of Object.keys(value["errors"])) names.add(error);
      }
    } else if (typeof name === "string") {
      if (value["kind"] === KERNEL_KINDS.template) names.add(name);
      if (value["kind"] === KERNEL_KINDS.kindDefinition && name.startsWith(`${module}.`)) {
        names.add(withoutModule(name, module));
      }
    }
  }
  return names;
}

function withoutModule(kind: string, module: string): string {
  return kind.startsWith(`${module}.`) ? kind.slice(module.length + 1) : kind;
}

/** Makes the function that renames a module in its files, which define `names`. */
export function createRename({ ownName, name }: Names, names: ReadonlySet<string>): Rename {
  if (names.size === 0) return (source) => source;
  const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  // A longer name of a path or of a variable, such as `my.Sql.Connection`, is not the module's.
  const pattern = new RegExp(
    `(?<![\\w$./-])${escaped(ownName)}(?=\\.(?:${[...names].map(escaped).join("|")})(?!\\w))`,
    "g",
  );
  const rename: Rename = (source) => {
    const ends: number[] = [];
    const growth = name.length - ownName.length;
    const { documents: _documents, ...withoutDocuments } = source;
    const text = source.text.replace(pattern, (_match, offset: number) => {
      ends.push(offset + growth * ends.length + name.length);
      return name;
    });
    return { ...withoutDocuments, text, renamed: { original: source, rename, ends, growth } };
  };
  return rename;
}
