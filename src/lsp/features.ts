/** What the server answers requests with, by the method of the request. */
import { complete } from "./complete.ts";
import { definition, references, workspaceSymbols } from "./navigate.ts";
import type { Workspace } from "./workspace.ts";

/** Answers a request. */
export type Feature = (params: unknown, workspace: Workspace, signal: AbortSignal) => unknown;

/** The requests about documents. */
export const FEATURES: Readonly<Record<string, Feature>> = {
  "textDocument/completion": complete,
  "textDocument/definition": definition,
  "textDocument/references": references,
  "workspace/symbol": workspaceSymbols,
};
