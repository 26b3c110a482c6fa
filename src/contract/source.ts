/**
 * Source texts and documents, as the stages pass them on. Values are plain data; positions in the
 * text are computed only for messages.
 */
import type { Origin } from "./errors.ts";
import type { Path, Value } from "./resource.ts";

/** A manifest file's text. */
export interface SourceText {
  /** `file:` or `https:` URL. */
  readonly url: string;
  readonly text: string;
  /** The values of its documents as JSON, where they are known: parsing JSON is faster. */
  readonly documents?: string;
  /** Name of the module whose manifest lists the file. */
  readonly module: string;
  /** URL, ending in a slash, of the folder that `$include` may not leave. */
  readonly root: string;
  /** Set for a remote text without a hash, which may change at any time. */
  readonly isUnpinned?: boolean;
  /** Set for text of a module that is imported under another name. */
  readonly renamed?: RenamedText;
}

/** The file behind text in which the name of its module was replaced. */
export interface RenamedText {
  readonly original: SourceText;
  /** Replaces the name in another text of the module, such as an included file. */
  readonly rename: (source: SourceText) => SourceText;
  /** Where the new names end in the text, ascending. */
  readonly ends: readonly number[];
  /** How much longer the new name is. */
  readonly growth: number;
}

/**
 * A part of a string, its end exclusive, counted in UTF-16 code units.
 *
 * @example
 * const word: TextPart = { start: 0, end: 6 };
 * throw ctx.problem(["sql"], "is not a statement", { part: word });
 */
export interface TextPart {
  readonly start: number;
  readonly end: number;
}

/** A part of a map entry: its key, its value, or a range of the string. */
export type Anchor = "key" | "value" | TextPart;

/** A document with positions: parsed, compiled or generated. */
export interface Located {
  readonly source: SourceText;
  /**
   * The origin of the node at `path`, or of its nearest existing ancestor. `anchor` selects the key,
   * the value (the default) or a range of the value.
   */
  originAt(path: Path, anchor?: Anchor): Origin;
}

/** One YAML document as parsed. */
export interface ParsedDocument extends Located {
  readonly value: Value;
  /** Index of the document in its file, from 0. */
  readonly index: number;
  /** True if its text has no dollar sign and no tag, so there is nothing in it to compile. */
  readonly isPlain: boolean;
}

/** A document with its directives run and its `${ }` evaluated. */
export interface CompiledDocument extends Located {
  readonly value: Value;
}

/** A manifest ready to be registered: a map with `kind` and `metadata.name`. */
export interface ExpandedManifest extends Located {
  readonly kind: string;
  readonly name: string;
  readonly value: Value;
  readonly uri: string;
  readonly generationDepth: number;
  /** For a resource that is written inline in another one: that one, and the path in it. */
  readonly inline?: { readonly owner: ExpandedManifest; readonly at: Path };
  /** For generated resources: the names in scope of their expressions. */
  readonly knownNames?: () => readonly string[];
}
