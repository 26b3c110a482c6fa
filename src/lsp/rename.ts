/** `textDocument/rename`: a resource and every place that names it. */
import { isName, parseUrn } from "../contract/urn.ts";
import { invalidVariableReason } from "../cel/names.ts";
import type { TextPart } from "../contract/source.ts";
import type { Feature } from "./feature.ts";
import { type Named, namedAt, occurrencesOfSymbol } from "./navigate.ts";
import { placeIn } from "./params.ts";
import { ResponseError, type TextEdit, type WorkspaceEdit } from "./protocol.ts";
import type { Occurrence } from "./symbols.ts";
import type { Workspace } from "./workspace.ts";

/** The name that would be changed. */
export const prepareRename: Feature = async (params, workspace) => {
  const named = await namedAt(placeIn(params, workspace), workspace);
  if (named === undefined) return null;
  const { name } = resourceOf(named, workspace);
  const { document, occurrence } = named;
  return { range: document.rangeOf(plainName(occurrence)), placeholder: name };
};

/** The edits that rename a resource. */
export const rename: Feature = async (params, workspace): Promise<WorkspaceEdit> => {
  const named = await namedAt(placeIn(params, workspace), workspace);
  if (named === undefined) throw new ResponseError("requestFailed", "There is no resource here");
  const { kind, urn } = resourceOf(named, workspace);
  const name = checkedName(Object(params).newName, kind, named);
  const { symbol } = named.occurrence;
  const changes: Record<string, TextEdit[]> = {};
  for (const { document, occurrence } of occurrencesOfSymbol(symbol, named.document, workspace)) {
    const edits = changes[workspace.uriOf(document.url)] ??= [];
    edits.push({ range: document.rangeOf(occurrence.name), newText: written(name, occurrence) });
  }
  if (Object.keys(changes).length > 0) return { changes };
  throw new ResponseError("requestFailed", `Nothing names ${urn}`);
};

/** The resource at a place. Throws for what has no name that can be changed. */
function resourceOf(
  { occurrence: { symbol }, app, document }: Named,
  workspace: Workspace,
): { urn: string; kind: string; name: string } {
  if (symbol.type !== "resource" || symbol.field.length > 0) {
    throw new ResponseError("requestFailed", "Only resources can be renamed");
  }
  const { urn } = symbol;
  const found = [...occurrencesOfSymbol(symbol, document, workspace)];
  if (app?.entry(urn) === undefined || found.every(({ occurrence }) => !occurrence.isDefinition)) {
    throw new ResponseError(
      "requestFailed",
      `The name of ${urn} is not written anywhere: it is generated, or part of another module`,
    );
  }
  // The URN of a resource can be parsed.
  return { urn, ...parseUrn(urn)! };
}

function checkedName(newName: unknown, kind: string, { app }: Named): string {
  const written = String(newName ?? "").trim();
  const name = written.startsWith(`${kind}.`) ? written.slice(kind.length + 1) : written;
  if (!isName(name, kind)) {
    throw new ResponseError(
      "requestFailed",
      `"${name}" is not a valid name: use letters, digits, and _ : @ -`,
    );
  }
  if (app?.entry(`${kind}.${name}`) !== undefined) {
    throw new ResponseError("requestFailed", `There is already a resource ${kind}.${name}`);
  }
  return name;
}

/** The name in the form that its place needs. */
function written(name: string, { form }: Occurrence): string {
  if (form === "plain") return name;
  return invalidVariableReason(name) === undefined ? `.${name}` : `['${name}']`;
}

/** The name without the dot or the brackets around it. */
function plainName({ name: { start, end }, form }: Occurrence): TextPart {
  if (form === "plain") return { start, end };
  return form === "member" ? { start: start + 1, end } : { start: start + 2, end: end - 2 };
}
