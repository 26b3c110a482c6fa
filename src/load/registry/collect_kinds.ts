/**
 * Collects the kinds of an app: from `Runtime.Definition`, from modules registered in code and
 * from `Runtime.KindDefinition`.
 */
import type { Diagnostics } from "../../contract/diagnostics.ts";
import { readDefinition } from "./definition.ts";
import { addInherited } from "./inherited.ts";
import { duplicateKind } from "./kind_errors.ts";
import type { KindEntry, KindSources, KindTable, ReadControllers } from "./kinds.ts";

/** Builds the table of kinds; invalid definitions are reported and left out. */
export function collectKinds(
  sources: KindSources,
  readControllers: ReadControllers,
  diagnostics: Diagnostics,
): KindTable {
  const table = new Map<string, KindEntry>();
  const add = (entry: KindEntry) => {
    const existing = table.get(entry.kind);
    if (existing !== undefined) diagnostics.error(duplicateKind(entry, existing));
    else table.set(entry.kind, entry);
  };
  for (const entry of sources.declared) add(entry);
  for (const input of sources.definitions) {
    const entry = readDefinition(input, readControllers, diagnostics);
    if (entry !== undefined) add(entry);
  }
  addInherited(sources.kindDefinitions, table, sources.importFor, diagnostics);
  return table;
}
