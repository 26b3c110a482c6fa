/** Which fields of a variable expressions read, so that nothing else has to be there. */
import { isDeferred } from "../../contract/resource.ts";
import { ERROR_VALUE } from "./error_value.ts";
import { referencesOf } from "./deferred.ts";

/** The fields of `variable` that expressions in `value` read; `undefined` if they may read any. */
export function fieldsRead(value: unknown, variable: string): ReadonlySet<string> | undefined {
  const fields = new Set<string>();
  return collect(value, variable, fields) ? fields : undefined;
}

/** Returns false for an expression that reads the variable as a whole. */
function collect(value: unknown, variable: string, into: Set<string>): boolean {
  if (typeof value !== "object" || value === null || value === ERROR_VALUE) return true;
  if (!isDeferred(value)) {
    return Object.values(value).every((item) => collect(item, variable, into));
  }
  return referencesOf(value).every(({ root, path: [field] }) => {
    if (root !== variable) return true;
    if (field !== undefined) into.add(field);
    return field !== undefined;
  });
}
