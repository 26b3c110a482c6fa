/** Reads the files that `$include` names. */
import { fail } from "../../contract/errors.ts";
import { resolveLocation } from "../../contract/location.ts";
import { nearestBeside } from "../../diagnostics/nearest_file.ts";
import type { Files } from "../../contract/platform.ts";
import type { ParsedDocument, SourceText } from "../../contract/source.ts";
import { pathOf } from "../../diagnostics/origin.ts";
import { documentsOf, type ParseOptions } from "../yaml/parsed_sources.ts";
import { readSource } from "./read.ts";

/** Options of {@link createIncluder}. */
export interface IncluderOptions extends ParseOptions {
  readonly files: Files;
}

/** The documents of `file`, named in `from`. Throws a `DiglyError` when it may not be included. */
export type Includer = (file: string, from: SourceText) => readonly ParsedDocument[];

/** Creates an includer that reads and parses every file once. */
export function createIncluder(options: IncluderOptions): Includer {
  const { files, limits } = options;
  const parsed = new Map<string, readonly ParsedDocument[]>();
  const named = new Map<string, readonly ParsedDocument[]>();
  return (file, from) => {
    const key = `${from.module} ${from.url} ${file}`;
    let documents = named.get(key);
    if (documents === undefined) named.set(key, documents = read(file, from));
    return documents;
  };

  function read(file: string, from: SourceText): readonly ParsedDocument[] {
    const url = resolveLocation(file, from.url);
    if (!from.url.startsWith("file:")) {
      throw fail("ERR_COMPILATION_FAILED", {
        problem: `A remote manifest includes "${file}": it cannot include files`,
      }, { help: "Copy the content of the file into the manifest" });
    }
    if (file === "" || !url.startsWith("file:")) {
      throw fail("ERR_COMPILATION_FAILED", {
        problem: `"${file}" cannot be included: only files can`,
      }, { help: "Name a file of this machine by its path" });
    }
    const root = asFolder(files.realUrl(from.root));
    // Checked before the file system is accessed, so that errors do not reveal what is outside.
    const seemsInside = url.startsWith(root) || url.startsWith(asFolder(from.root));
    if (!seemsInside) throw outside(file, from);
    if (files.stat(url) === undefined) throw missing(file, url, files);
    const real = files.realUrl(url);
    if (!real.startsWith(root)) throw outside(file, from);
    // A file may belong to two copies of a module, with different names.
    const key = from.renamed === undefined ? real : `${from.module} ${real}`;
    let documents = parsed.get(key);
    if (documents === undefined) {
      const source = readSource(real, files, { module: from.module, root: from.root, limits });
      documents = documentsOf(from.renamed?.rename(source) ?? source, options);
      parsed.set(key, documents);
    }
    return documents;
  }
}

function asFolder(url: string): string {
  return url.replace(/\/?$/, "/");
}

function outside(file: string, from: SourceText): ReturnType<typeof fail> {
  return fail("ERR_COMPILATION_FAILED", {
    problem: `"${file}" may not be included: it lies outside ${pathOf(from.root)}`,
  }, { help: "Files can be included only from the folder of the manifest, or below it" });
}

function missing(file: string, url: string, files: Files): ReturnType<typeof fail> {
  const near = nearestBeside(url, files);
  return fail("ERR_MANIFEST_NOT_FOUND", { problem: `The included file "${file}" does not exist` }, {
    help: near === undefined ? `Looked at ${pathOf(url)}` : `Did you mean "${near}"?`,
  });
}
