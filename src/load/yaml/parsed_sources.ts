/**
 * The documents of sources that were parsed before, for a process that loads an app again after every
 * change, such as the language server. A document is never changed, so what later stages know about
 * its parts stays true as well.
 */
import type { Diagnostics, Warning } from "../../contract/diagnostics.ts";
import type { DiglyError } from "../../contract/errors.ts";
import type { Limits } from "../../contract/limits.ts";
import type { ParsedDocument, SourceText } from "../../contract/source.ts";
import { parseSource } from "./parse.ts";

interface Parsed {
  readonly source: SourceText;
  readonly limits: string;
  readonly documents: readonly ParsedDocument[];
  readonly errors: readonly DiglyError[];
  readonly warnings: readonly Warning[];
}

/** Keeps the documents of the last text of each file. */
export class ParsedSources {
  readonly #files = new Map<string, Parsed>();
  readonly #limits = new WeakMap<Limits, string>();
  #count = 0;

  /** How many texts were parsed. */
  get count(): number {
    return this.#count;
  }

  /** The documents of a source, and the problems that parsing it has found. */
  parse(source: SourceText, limits: Limits, diagnostics: Diagnostics): readonly ParsedDocument[] {
    // Where a renamed text is from depends on the import that renames it.
    if (source.renamed !== undefined) return parseSource(source, limits, diagnostics);
    const key = JSON.stringify([source.url, source.module, source.root]);
    let parsed = this.#files.get(key);
    if (parsed === undefined || !this.#isSame(parsed, source, limits)) {
      this.#files.set(key, parsed = this.#read(source, limits));
    }
    for (const error of parsed.errors) diagnostics.error(error);
    for (const warning of parsed.warnings) diagnostics.warning(warning);
    return parsed.documents;
  }

  /** Forgets the documents of files for which `isNeeded` is false. */
  retain(isNeeded: (url: string) => boolean): void {
    for (const [key, { source }] of this.#files) if (!isNeeded(source.url)) this.#files.delete(key);
  }

  /** True if documents of a file are kept. */
  has(url: string): boolean {
    return [...this.#files.values()].some(({ source }) => source.url === url);
  }

  #read(source: SourceText, limits: Limits): Parsed {
    this.#count++;
    const errors: DiglyError[] = [];
    const warnings: Warning[] = [];
    const documents = parseSource(source, limits, {
      error: (error) => void errors.push(error),
      warning: (warning) => void warnings.push(warning),
    });
    return { source, limits: this.#textOf(limits), documents, errors, warnings };
  }

  #isSame(parsed: Parsed, { text, documents, isUnpinned }: SourceText, limits: Limits): boolean {
    const { source } = parsed;
    return source.text === text && source.documents === documents &&
      source.isUnpinned === isUnpinned && parsed.limits === this.#textOf(limits);
  }

  #textOf(limits: Limits): string {
    let text = this.#limits.get(limits);
    if (text === undefined) this.#limits.set(limits, text = JSON.stringify(limits));
    return text;
  }
}

/** What parses sources: the documents of earlier loads, if there are any. */
export interface ParseOptions {
  readonly limits: Limits;
  readonly diagnostics: Diagnostics;
  readonly sources?: ParsedSources | undefined;
}

/** The documents of a source, parsed unless `sources` has them. */
export function documentsOf(
  source: SourceText,
  { limits, sources, diagnostics }: ParseOptions,
): readonly ParsedDocument[] {
  return sources === undefined
    ? parseSource(source, limits, diagnostics)
    : sources.parse(source, limits, diagnostics);
}
