/** Reads the parameters of messages, which a client may have written wrongly. */
import { type Position, type Range, ResponseError } from "./protocol.ts";
import type { TextChange, TextDocument } from "./text_document.ts";
import type { Workspace } from "./workspace.ts";

/** The URI of the document that a message is about. */
export function uriIn(params: unknown): string {
  const { uri } = Object(Object(params).textDocument);
  if (typeof uri === "string" && URL.canParse(uri)) return uri;
  throw new ResponseError("invalidParams", "textDocument.uri is not a URI");
}

/** What `textDocument/didOpen` says. */
export function openingOf(params: unknown): { uri: string; text: string; version: number } {
  const { text, version } = Object(Object(params).textDocument);
  if (typeof text !== "string") {
    throw new ResponseError("invalidParams", "textDocument.text is not a string");
  }
  return { uri: uriIn(params), text, version: versionOf(version) };
}

/** What `textDocument/didChange` says. */
export function changesOf(
  params: unknown,
): { uri: string; changes: readonly TextChange[]; version: number } {
  const { contentChanges, textDocument } = Object(params);
  if (!Array.isArray(contentChanges)) {
    throw new ResponseError("invalidParams", "contentChanges is not a list");
  }
  const changes = contentChanges.map((change): TextChange => {
    const { text, range } = Object(change);
    if (typeof text !== "string") {
      throw new ResponseError("invalidParams", "The text of a change is not a string");
    }
    return range === undefined || range === null ? { text } : { text, range: readRange(range) };
  });
  return { uri: uriIn(params), changes, version: versionOf(Object(textDocument).version) };
}

/** The document and the offset that a request is about. */
export function placeIn(
  params: unknown,
  workspace: Workspace,
): { document: TextDocument; offset: number } {
  const document = documentIn(params, workspace);
  return { document, offset: document.offsetAt(readPosition(Object(params).position)) };
}

/** The document that a request is about. */
export function documentIn(params: unknown, workspace: Workspace): TextDocument {
  const document = workspace.documentOf(uriIn(params));
  if (document !== undefined) return document;
  throw new ResponseError("invalidParams", "The document is not open");
}

/** A range. */
export function readRange(range: unknown): Range {
  const { start, end } = Object(range);
  return { start: readPosition(start), end: readPosition(end) };
}

function readPosition(position: unknown): Position {
  const { line, character } = Object(position);
  if (isCount(line) && isCount(character)) return { line, character };
  throw new ResponseError("invalidParams", "A position is not a line and a character");
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function versionOf(version: unknown): number {
  return typeof version === "number" ? version : 0;
}
