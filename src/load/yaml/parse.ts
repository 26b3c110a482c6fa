/**
 * Parses the documents of a source text separately, so that a broken one does not affect the
 * others, and finding a position re-reads one document instead of the file.
 */
import type { Diagnostics } from "../../contract/diagnostics.ts";
import { type DiglyError, fail, type Origin } from "../../contract/errors.ts";
import { type Limits, raiseLimit } from "../../contract/limits.ts";
import type { Path, Value } from "../../contract/resource.ts";
import type { Anchor, ParsedDocument, SourceText, TextPart } from "../../contract/source.ts";
import type { Problem } from "../../diagnostics/yaml/problem.ts";
import { constructDocuments, Stopped } from "./construct.ts";
import { type EventStream, findRange } from "./events.ts";
import { loadLibrary } from "./js_yaml.js";
import { readSimpleDocument } from "./simple_document.ts";
import { originAtOffset } from "../../diagnostics/origin.ts";
import { syntaxProblem } from "../../diagnostics/yaml/syntax.ts";

/** A part of a source text that begins where a document may begin. */
interface Chunk {
  readonly start: number;
  readonly end: number;
}

function textOf({ text }: SourceText, { start, end }: Chunk): string {
  return text.slice(start, end);
}

/** The event of the first document's root. */
const FIRST_ROOT = 1;

/**
 * The documents of a source text; empty ones are left out, but counted in `index`.
 * Reports `ERR_MANIFEST_INVALID` and `ERR_LIMIT_EXCEEDED`.
 */
export function parseSource(
  source: SourceText,
  limits: Limits,
  diagnostics: Diagnostics,
): ParsedDocument[] {
  return source.documents === undefined
    ? parseChunks(chunksOf(source.text), source, limits, diagnostics)
    : knownDocuments(source, source.documents, limits, diagnostics);
}

/** Documents whose values are known; the text is parsed only when an error needs a place in it. */
function knownDocuments(
  source: SourceText,
  json: string,
  limits: Limits,
  diagnostics: Diagnostics,
): ParsedDocument[] {
  let parsed: readonly ParsedDocument[] | undefined;
  return (JSON.parse(json) as Value[]).map((value, index) => ({
    source,
    index,
    value,
    isPlain: false,
    originAt(path, anchor) {
      parsed ??= parseChunks(chunksOf(source.text), source, limits, diagnostics);
      // The text is the same, so it has the same documents.
      return parsed[index]!.originAt(path, anchor);
    },
  }));
}

/** The first document of a source text, reading no further; reports as {@link parseSource} does. */
export function firstDocument(
  source: SourceText,
  limits: Limits,
  diagnostics: Diagnostics,
): ParsedDocument | undefined {
  for (const chunk of chunksOf(source.text)) {
    if (/^\s*(?:#.*\s*)*$/.test(textOf(source, chunk))) continue;
    return parseChunks([chunk], source, limits, diagnostics)[0];
  }
  return undefined;
}

function parseChunks(
  chunks: Iterable<Chunk>,
  source: SourceText,
  limits: Limits,
  diagnostics: Diagnostics,
): ParsedDocument[] {
  const documents: ParsedDocument[] = [];
  const hasDollar = dollarFinder(source.text);
  let count = 0;
  for (const chunk of chunks) {
    const simple = count < limits.documents
      ? readSimpleDocument(source.text, chunk.start, chunk.end, limits)
      : undefined;
    if (simple !== undefined) {
      const originAt = findOriginIn(source, chunk.start, chunk.end, limits, FIRST_ROOT);
      const isPlain = !hasDollar(chunk);
      documents.push({ source, index: count++, value: simple, isPlain, originAt });
      continue;
    }
    const text = textOf(source, chunk);
    const report = (problem: Problem) => diagnostics.error(toError(problem, source, chunk));
    const stream = readStream(text, limits, report);
    if (stream === undefined) {
      count++;
      continue;
    }
    const onDocument = (value: Value | undefined, root: number) => {
      const index = count++;
      if (count > limits.documents) throw tooManyDocuments(stream, limits, report, root);
      if (value === undefined) return;
      const originAt = findOriginIn(source, chunk.start, chunk.end, limits, root);
      documents.push({ source, index, value, isPlain: false, originAt });
    };
    try {
      constructDocuments(stream, { limits, report, onDocument });
    } catch (error) {
      if (!(error instanceof Stopped)) report(syntaxProblem(error, text, limits));
      if (count > limits.documents) break;
      count++;
    }
  }
  return documents;
}

/** Finds chunks with a dollar sign; asked in ascending order, it reads the text once. */
function dollarFinder(text: string): (chunk: Chunk) => boolean {
  let at = text.indexOf("$");
  return ({ start, end }) => {
    if (at !== -1 && at < start) at = text.indexOf("$", start);
    return at !== -1 && at < end;
  };
}

/**
 * A function of its own, so that what it returns keeps alive these values alone, and not the
 * events of the document: they are ten times its text.
 */
function findOriginIn(
  source: SourceText,
  start: number,
  end: number,
  limits: Limits,
  root: number,
): ParsedDocument["originAt"] {
  return (path, anchor) => originIn(source, { start, end }, limits, root, path, anchor);
}

/** Splits a string at lines that begin with `---`, which always start a document. */
function* chunksOf(text: string): Generator<Chunk> {
  let start = 0;
  // Directives come before the `---` of their document.
  const hasDirectives = text.startsWith("%") || text.includes("\n%") || text.includes("\r%");
  if (!hasDirectives) {
    for (let at = text.indexOf("\n---"); at !== -1; at = text.indexOf("\n---", at + 1)) {
      if (at + 4 === text.length || " \t\r\n".includes(text.charAt(at + 4))) {
        yield { start, end: at + 1 };
        start = at + 1;
      }
    }
  }
  yield { start, end: text.length };
}

function readStream(
  text: string,
  limits: Limits,
  report: (problem: Problem) => void,
): EventStream | undefined {
  try {
    return { text, events: parseText(text, limits) };
  } catch (error) {
    report(syntaxProblem(error, text, limits));
    return undefined;
  }
}

/** The parser counts scalars as a level too; the exact check is in `constructDocuments`. */
function parseText(text: string, { nesting }: Limits): EventStream["events"] {
  return loadLibrary().parseEvents(text, { maxDepth: nesting + 1 });
}

function tooManyDocuments(
  stream: EventStream,
  { documents }: Limits,
  report: (problem: Problem) => void,
  root: number,
): Stopped {
  const problem = `The file has more than ${documents} documents`;
  report({
    problem,
    help: raiseLimit("documents", documents, "Split the file"),
    range: findRange(stream, root, []),
    path: [],
    limit: "documents",
  });
  return new Stopped(problem);
}

function toError(problem: Problem, source: SourceText, { start }: Chunk): DiglyError {
  const originOf = ({ start: from, end }: TextPart) =>
    originAtOffset(source, start + from, end - from, problem.path);
  const { related, limit, help } = problem;
  const context = {
    origin: originOf(problem.range),
    help,
    related: related && [{ message: related.message, origin: originOf(related.range) }],
  };
  return limit === undefined
    ? fail("ERR_MANIFEST_INVALID", { problem: problem.problem }, context)
    : fail("ERR_LIMIT_EXCEEDED", { problem: problem.problem, limit }, context);
}

/** The chunk of each source that was last read for a position, since errors come in clusters. */
const lastRead = new WeakMap<SourceText, { readonly chunk: Chunk; readonly stream: EventStream }>();

function originIn(
  source: SourceText,
  chunk: Chunk,
  limits: Limits,
  root: number,
  path: Path,
  anchor?: Anchor,
): Origin {
  let read = lastRead.get(source);
  if (read?.chunk.start !== chunk.start) {
    const text = textOf(source, chunk);
    read = { chunk, stream: { text, events: parseText(text, limits) } };
    lastRead.set(source, read);
  }
  const { start, end } = findRange(read.stream, root, path, anchor);
  return originAtOffset(source, chunk.start + start, end - start, path);
}
