/** What the server answers requests with, by the method of the request. */
import type { Feature } from "./feature.ts";
import { codeActions } from "./code_actions.ts";
import { complete } from "./complete.ts";
import { documentSymbols } from "./document_symbols.ts";
import { hover } from "./hover.ts";
import { definition, references, workspaceSymbols } from "./navigate.ts";
import { prepareRename, rename } from "./rename.ts";

/** The requests about documents. */
export const FEATURES: Readonly<Record<string, Feature>> = {
  "textDocument/codeAction": codeActions,
  "textDocument/completion": complete,
  "textDocument/definition": definition,
  "textDocument/documentSymbol": documentSymbols,
  "textDocument/hover": hover,
  "textDocument/prepareRename": prepareRename,
  "textDocument/references": references,
  "textDocument/rename": rename,
  "workspace/symbol": workspaceSymbols,
};
