/** The variables of the environment that expressions may use. */
import { fieldsOf, STRING, type Type } from "../cel/types.ts";
import type { Completing } from "./completion_item.ts";
import type { Workspace } from "./workspace.ts";

/** Where a variable is read. */
const USE = /\benv\.\??([A-Za-z_]\w*)/g;

/**
 * The type of `env` with the variables that the app uses, and those that are set; the one that is
 * being typed is left out.
 */
export function environmentType(
  { app, document, cursor }: Completing,
  workspace: Pick<Workspace, "analysesOf">,
): Type {
  const names = new Set<string>();
  const typed = cursor.start + cursor.before.length;
  const files = workspace.analysesOf(document.url).flatMap(({ files }) => [...files.values()]);
  for (const { url, text } of [...files.filter(({ url }) => url !== document.url), document]) {
    for (const { index, 0: use, 1: name = "" } of text.matchAll(USE)) {
      const isTyped = url === document.url && index <= typed && typed <= index + use.length;
      if (!isTyped) names.add(name);
    }
  }
  for (const name of Object.keys(app?.app.env ?? {})) names.add(name);
  const fields = Array.from(names, (name) => [name, { type: STRING, required: true }] as const);
  return fieldsOf(new Map(fields), STRING);
}
