/** Checks the headers of an `Http.SecureHeaders`. */
import {
  type CheckContext,
  headerNameProblem,
  headerValueProblem,
  nearest,
  type RuntimeResource,
} from "../../contract/author.ts";
import { DEFAULT_HEADERS, type SecureHeadersFields } from "./secure_headers.ts";

/** Reports headers that cannot be sent, and `true` for one that has no value by default. */
export function check(
  { headers }: RuntimeResource<SecureHeadersFields>,
  ctx: CheckContext,
): void {
  const known = Object.keys(DEFAULT_HEADERS);
  for (const [name, value] of Object.entries(headers)) {
    const problem = headerNameProblem(name) ??
      (typeof value === "string" ? headerValueProblem(value) : undefined);
    if (problem !== undefined) {
      ctx.report(
        ctx.problem(["headers", name], `the header "${name}" cannot be sent: ${problem}`),
      );
    } else if (typeof value === "boolean" && !known.includes(name.toLowerCase())) {
      const near = nearest(name, known);
      ctx.report(ctx.problem(["headers", name], `the header "${name}" has no value by default`, {
        help: near === undefined ? "Write a value, or remove it" : `Did you mean "${near}"?`,
      }));
    }
  }
}
