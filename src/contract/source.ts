/**
 * Source texts and the documents in them, as the stages hand them on.
 * Values are plain data; where they stand in the text is worked out only for a report.
 */
import type { Origin } from "./errors.ts";
import type { Path, Value } from "./resource.ts";

/** A manifest file's text. */
export interface SourceText {
  /** `file:` or `https:` URL. */
  readonly url: string;
  readonly text: string;
  /** Name of the module whose manifest brought the file. */
  readonly module: string;
  /** URL, ending in a slash, of the folder that `$include` may not leave. */
  readonly root: string;
  /** Set for a text from the network whose hash was not given: it may change at any time. */
  readonly isUnpinned?: boolean;
}

/** A part of a string, its end exclusive, counted in UTF-16 code units. */
export interface TextPart {
  readonly start: number;
  readonly end: number;
}

/** Which part of a mapping's entry a place means: its key, its value, or a part of the string it is. */
export type Anchor = "key" | "value" | TextPart;

/** A document that knows where its nodes stand: parsed, compiled or generated. */
export interface Located {
  readonly source: SourceText;
  /**
   * The place of the node at `path`, or of the nearest one above it that exists.
   * `anchor` chooses between a mapping entry's key, its value (the default) and a part of that.
   */
  originAt(path: Path, anchor?: Anchor): Origin;
}

/** One YAML document as parsed. */
export interface ParsedDocument extends Located {
  readonly value: Value;
  /** Index of the document in its file, from 0. */
  readonly index: number;
}

/** A document with its directives run and its `${ }` evaluated. */
export interface CompiledDocument extends Located {
  readonly value: Value;
}

/** A manifest ready to be registered: a mapping with `kind` and `metadata.name`. */
export interface ExpandedManifest extends Located {
  readonly kind: string;
  readonly name: string;
  readonly value: Value;
  readonly uri: string;
  readonly generationDepth: number;
  /** For what a template generated: the names its expressions could read there. */
  readonly knownNames?: () => readonly string[];
}
