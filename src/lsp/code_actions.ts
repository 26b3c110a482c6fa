/** `textDocument/codeAction`: what a message suggests, as an edit. */
import { nearest } from "../diagnostics/nearest.ts";
import type { TextPart } from "../contract/source.ts";
import type { Feature } from "./feature.ts";
import { documentIn, readRange } from "./params.ts";
import type { CodeAction, Diagnostic, DiagnosticData, TextEdit } from "./protocol.ts";
import type { TextDocument } from "./text_document.ts";
import type { Workspace } from "./workspace.ts";
import { textOf, valueOf } from "./yaml_tree.ts";

/** The quick fixes for the diagnostics of a request. */
export const codeActions: Feature = async (params, workspace) => {
  const document = documentIn(params, workspace);
  const { diagnostics } = Object(Object(params).context);
  const actions: CodeAction[] = [];
  await workspace.settled();
  for (const diagnostic of Array.isArray(diagnostics) ? diagnostics as Diagnostic[] : []) {
    if (diagnostic?.source !== "digly") continue;
    const range = readRange(diagnostic.range);
    const part = { start: document.offsetAt(range.start), end: document.offsetAt(range.end) };
    const { help, suggestions = [] } = (diagnostic.data ?? {}) as Partial<DiagnosticData>;
    for (const suggestion of suggestions) {
      const edit = replacement(document, part, suggestion);
      if (edit === undefined) continue;
      actions.push({
        title: `Replace by "${suggestion}"`,
        kind: "quickfix",
        diagnostics: [diagnostic],
        isPreferred: suggestions.length === 1,
        edit: { changes: { [workspace.uriOf(document.url)]: [edit] } },
      });
    }
    const added = importIn(help);
    const edit = added === undefined ? undefined : importEdit(added, document, workspace);
    if (edit === undefined) continue;
    actions.push({
      title: `Add "${added}" to imports`,
      kind: "quickfix",
      diagnostics: [diagnostic],
      isPreferred: true,
      edit: { changes: { [edit.uri]: [edit.edit] } },
    });
  }
  return actions;
};

/** The edit that puts a suggestion in the place of what it was meant to be. */
function replacement(
  document: TextDocument,
  { start, end }: TextPart,
  suggestion: string,
): TextEdit | undefined {
  const marked = document.text.slice(start, end);
  const quote = /^(["'])(.*)\1$/s.exec(marked);
  const text = quote?.[2] ?? marked;
  const from = start + (quote === null ? 0 : 1);
  const edit = (at: number, length: number) => ({
    range: document.rangeOf({ start: from + at, end: from + at + length }),
    newText: suggestion,
  });
  if (/^[\p{L}\p{N}_.:@$/-]*$/u.test(text)) return edit(0, text.length);
  // The marked part is longer than the word that is wrong in it.
  const words = Array.from(text.matchAll(/[\p{L}_$][\p{L}\p{N}_.:@/-]*/gu));
  const wrong = nearest(suggestion, words.map(([word]) => word));
  const match = words.find(([word]) => word === wrong && word !== suggestion);
  return match === undefined ? undefined : edit(match.index, match[0].length);
}

/** The import that a help asks for. */
function importIn(help: string | undefined): string | undefined {
  return /Add "([^"]+)" to `imports`/.exec(help ?? "")?.[1];
}

/** The edit that adds an import to the manifest of the app. */
function importEdit(
  name: string,
  { url }: TextDocument,
  workspace: Workspace,
): { uri: string; edit: TextEdit } | undefined {
  for (const file of workspace.manifestsOf(url)) {
    const document = workspace.document(file);
    const root = document && workspace.trees(document)[0]?.root;
    if (document === undefined || root?.type !== "map" || textOf(root, "name") === undefined) {
      continue;
    }
    const uri = workspace.uriOf(file);
    const insert = (offset: number, newText: string) => {
      const position = document.positionAt(offset);
      return { uri, edit: { range: { start: position, end: position }, newText } };
    };
    const imports = valueOf(root, "imports");
    const last = imports?.type === "list" ? imports.items.at(-1) : undefined;
    if (imports?.type !== "list" || last === undefined) {
      const named = root.entries.find(({ key }) => key.value === "name");
      if (imports !== undefined || named === undefined) return undefined;
      return insert(named.value.end, `\nimports: [${name}]`);
    }
    if (imports.isFlow) return insert(last.end, `, ${name}`);
    const { character } = document.positionAt(imports.start);
    return insert(last.end, `\n${" ".repeat(character)}- ${name}`);
  }
  return undefined;
}
