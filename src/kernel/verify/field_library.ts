/** Loads the schema library if a value that waits is to be checked by it while the app runs. */
import { deferredIn } from "../boot/deferred_places.ts";
import { needsLibrary } from "../../schema/field_check.ts";
import { loadSchemaCompiler } from "../../schema/schema.ts";
import type { Checked, VerifyOptions } from "./checked.ts";

/** Templates compile their checks at once, and cannot wait for an import. */
export async function loadLibraryForFields(
  resources: readonly Checked[],
  { kinds, checking }: Pick<VerifyOptions, "kinds" | "checking">,
): Promise<void> {
  // Nothing of an app that is only checked will run.
  if (checking) return;
  const needed = resources.some(({ kind, resource, scopes: own }) => {
    const { schema, scopes } = kinds.get(kind) ?? {};
    if (schema === undefined || (own ?? scopes)?.length === 0) return false;
    const { kind: _kind, metadata: _metadata, ...fields } = resource;
    return deferredIn(resource).some(({ path }) => needsLibrary({ schema, fields, path }));
  });
  if (needed) await loadSchemaCompiler();
}
