/** Makes completions: what they insert, and in the place of what. */
import type { LoadedApp } from "../kernel/loaded_app.ts";
import type { Cursor } from "./cursor.ts";
import type { CompletionItem, TextEdit } from "./protocol.ts";
import type { WrittenResource } from "./resource_at.ts";
import { withoutPlaceholders } from "./snippets.ts";
import type { TextDocument } from "./text_document.ts";

/** What is being completed. */
export interface Completing {
  readonly document: TextDocument;
  readonly cursor: Cursor;
  readonly resource: WrittenResource | undefined;
  readonly app: LoadedApp | undefined;
  /** True if the client inserts snippets. */
  readonly snippets: boolean;
}

/** What a completion shows and inserts. */
export interface ItemOptions {
  readonly kind: number;
  readonly detail?: string | undefined;
  readonly documentation?: string | undefined;
  /** What is inserted, if it is not the label. */
  readonly snippet?: string | undefined;
  /** Items of a lower group come first. */
  readonly group?: string;
  /** The part of the string that is replaced; all of it by default. */
  readonly range?: { readonly start: number; readonly end: number };
  readonly additionalEdits?: readonly TextEdit[];
}

/** A completion. */
export function item(
  label: string,
  options: ItemOptions,
  { document, cursor, snippets }: Pick<Completing, "document" | "cursor" | "snippets">,
): CompletionItem {
  const { kind, detail, documentation, snippet, group = "5", additionalEdits } = options;
  const { start, end } = options.range ?? cursor;
  const range = document.rangeOf({ start, end: endOfLine(document.text, start, end) });
  const isSnippet = snippets && snippet !== undefined;
  const newText = snippet === undefined
    ? label
    : isSnippet
    ? snippet
    : withoutPlaceholders(snippet);
  return {
    label,
    kind,
    ...(detail === undefined || detail === "" ? {} : { detail }),
    ...(documentation === undefined || documentation === ""
      ? {}
      : { documentation: { kind: "markdown", value: documentation } }),
    sortText: group + label,
    filterText: label,
    insertTextFormat: isSnippet ? 2 : 1,
    textEdit: { range, newText },
    ...(additionalEdits === undefined ? {} : { additionalTextEdits: additionalEdits }),
  };
}

/** An edit of a completion stays in one line. */
function endOfLine(text: string, start: number, end: number): number {
  const line = /[\r\n]/.exec(text.slice(start, end));
  return line === null ? end : start + line.index;
}
