/** The messages of the Language Server Protocol 3.17, as far as the server uses them. */

/** Codes of errors in responses. */
export const ERROR_CODES = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
  serverNotInitialized: -32002,
  requestCancelled: -32800,
  requestFailed: -32803,
} as const;

/** An error that a request is answered with. */
export class ResponseError extends Error {
  readonly code: number;

  constructor(code: keyof typeof ERROR_CODES, message: string) {
    super(message);
    this.code = ERROR_CODES[code];
  }
}

/** A place; lines and UTF-16 code units are counted from 0. */
export interface Position {
  readonly line: number;
  readonly character: number;
}

/** A part of a document, its end exclusive. */
export interface Range {
  readonly start: Position;
  readonly end: Position;
}

/** A part of a file. */
export interface Location {
  readonly uri: string;
  readonly range: Range;
}

/** What replaces a part of a document. */
export interface TextEdit {
  readonly range: Range;
  readonly newText: string;
}

/** Edits of several files. */
export interface WorkspaceEdit {
  readonly changes: Readonly<Record<string, readonly TextEdit[]>>;
}

/** Error and warning, as diagnostics count them; `information` is for what is not a mistake. */
export const SEVERITY = { error: 1, warning: 2, information: 3 } as const;

/** A problem in a file. */
export interface Diagnostic {
  readonly range: Range;
  readonly severity: number;
  readonly code: string;
  readonly codeDescription?: { readonly href: string };
  readonly source: "digly";
  readonly message: string;
  readonly relatedInformation?: readonly {
    readonly location: Location;
    readonly message: string;
  }[];
  /** What quick fixes are made from; clients send it back. */
  readonly data?: DiagnosticData;
}

/** The help of a problem, and the words that it suggests instead of the marked text. */
export interface DiagnosticData {
  readonly help: string | undefined;
  readonly suggestions: readonly string[];
}

/** Kinds of completions. */
export const COMPLETION_KIND = {
  method: 2,
  function: 3,
  field: 5,
  variable: 6,
  class: 7,
  property: 10,
  value: 12,
  enumMember: 20,
  keyword: 14,
  snippet: 15,
  file: 17,
  reference: 18,
  folder: 19,
} as const;

/** Text with markup. */
export interface Markup {
  readonly kind: "markdown" | "plaintext";
  readonly value: string;
}

/** A completion. */
export interface CompletionItem {
  readonly label: string;
  readonly kind: number;
  readonly detail?: string;
  readonly documentation?: Markup;
  readonly sortText?: string;
  readonly filterText?: string;
  /** 2 for a snippet with placeholders. */
  readonly insertTextFormat?: 1 | 2;
  readonly textEdit: TextEdit;
  readonly additionalTextEdits?: readonly TextEdit[];
  readonly command?: { readonly title: string; readonly command: string };
}

/** Kinds of symbols. */
export const SYMBOL_KIND = { class: 5, object: 19, array: 18, field: 8, module: 2 } as const;

/** A symbol in a file, with those in it. */
export interface DocumentSymbol {
  readonly name: string;
  readonly detail?: string;
  readonly kind: number;
  readonly range: Range;
  readonly selectionRange: Range;
  readonly children?: readonly DocumentSymbol[];
}

/** A symbol of the workspace. */
export interface WorkspaceSymbol {
  readonly name: string;
  readonly kind: number;
  readonly containerName?: string;
  readonly location: Location;
}

/** What the pointer rests on. */
export interface Hover {
  readonly contents: Markup;
  readonly range: Range;
}

/** A quick fix. */
export interface CodeAction {
  readonly title: string;
  readonly kind: "quickfix";
  readonly diagnostics: readonly Diagnostic[];
  readonly isPreferred: boolean;
  readonly edit: WorkspaceEdit;
}
