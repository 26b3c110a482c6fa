/** Checks that every key of an `Auth.ApiKey` is one key, and is not duplicated. */
import type { CheckContext, RuntimeResource } from "../../contract/author.ts";
import type { ApiKeyFields } from "./api_key.ts";

/** Names of request headers. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~\w-]+$/;

/** Reports keys that are missing, ambiguous or duplicated, and an impossible header. */
export function check({ keys, header }: RuntimeResource<ApiKeyFields>, ctx: CheckContext): void {
  if (!HEADER_NAME.test(header)) {
    ctx.report(ctx.problem(["header"], `"${header}" is not the name of a header`));
  }
  const seen = new Set<string>();
  for (const [index, fields] of keys.entries()) {
    if (
      typeof fields === "object" && (fields.key === undefined) === (fields.sha256 === undefined)
    ) {
      ctx.report(ctx.problem(["keys", index], "the key must have either `key` or `sha256`"));
      continue;
    }
    const text = typeof fields === "string"
      ? fields
      : fields.key ?? fields.sha256?.toLowerCase() ?? "";
    if (seen.has(text)) ctx.report(ctx.problem(["keys", index], "the key is duplicated"));
    seen.add(text);
  }
}
