/** Distinguishes expressions that wait for a controller from those without a value for other reasons. */
import type { Deferred, Path } from "../../contract/resource.ts";
import { referencesOf } from "../../template/deferred/deferred.ts";
import { namesAt, type Scopes } from "../registry/scopes.ts";

/** True if the expression uses a name that the scopes of its kind provide at `path`. */
export function waitsForExecution(deferred: Deferred, scopes: Scopes, path: Path): boolean {
  if (scopes === "*") return true;
  const later = namesAt(scopes, path);
  return referencesOf(deferred).some(({ root }) => later.has(root));
}
