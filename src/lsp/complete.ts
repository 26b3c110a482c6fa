/** `textDocument/completion`. */
import { cursorAt } from "./cursor.ts";
import { completeExpression } from "./complete_expression.ts";
import { completeFields } from "./complete_fields.ts";
import { completePaths } from "./complete_paths.ts";
import { completeValues } from "./complete_values.ts";
import { type Completing, item } from "./completion_item.ts";
import { environmentType } from "./environment_names.ts";
import { expressionIn, isBareExpression } from "./expression_at.ts";
import type { Feature } from "./feature.ts";
import { namesAt } from "./names_at.ts";
import { placeIn } from "./params.ts";
import type { CompletionItem } from "./protocol.ts";
import { isOpaque, resourceAround } from "./resource_at.ts";
import { isManifestFile } from "./locate_app.ts";
import type { Workspace } from "./workspace.ts";

/** More completions than that are no help. */
const MAX_ITEMS = 2000;

/** The completions at a place. */
export const complete: Feature = async (params, workspace) => {
  const { document, offset } = placeIn(params, workspace);
  const cursor = cursorAt(document, offset);
  if (cursor === undefined) return [];
  const app = await workspace.appOf(document.url);
  const modules = await workspace.modules();
  const resource = resourceAround(cursor, {
    isFirst: cursor.tree.index === 0 && isManifestFile(document.url, workspace.trees(document)),
    app,
    builtins: modules.kinds,
  });
  const completing: Completing = { document, cursor, resource, app, snippets: workspace.snippets };
  const found = expressionItems(completing, workspace) ?? completePaths(completing, workspace) ?? [
    ...(cursor.isKey ? [] : completeValues(completing, modules)),
    ...(cursor.isKey || cursor.isAlone ? completeFields(completing) : []),
  ];
  return { isIncomplete: found.length > MAX_ITEMS, items: found.slice(0, MAX_ITEMS) };
};

/** The completions of an expression; `undefined` outside of one. */
function expressionItems(
  completing: Completing,
  workspace: Workspace,
): CompletionItem[] | undefined {
  const { cursor, resource, app } = completing;
  const isBare = !cursor.isKey && isBareExpression(cursor.path, resource, app);
  const expression = expressionIn(cursor.value, cursor.before.length, isBare);
  if (expression === undefined) return undefined;
  if (resource !== undefined && isOpaque(resource)) return undefined;
  const { tree: { root }, path, parents } = cursor;
  const before = cursor.before.slice(expression.offset);
  const names = new Map(namesAt({ root, path, parents, resource, app }, expression.form));
  if (names.has("env") && /\benv\.\??\w*$/.test(before)) {
    names.set("env", environmentType(completing, workspace));
  }
  const { suggestions, typed } = completeExpression(before, names);
  const end = cursor.start + cursor.before.length;
  return suggestions.map(({ label, kind, detail, snippet, sort }) =>
    item(label, {
      kind,
      detail,
      snippet,
      group: sort.slice(0, 1),
      range: { start: end - typed.length, end },
    }, completing)
  );
}
