/** Checks the users of an `Auth.Basic`. */
import type { CheckContext, RuntimeResource } from "../../contract/author.ts";
import type { BasicFields } from "./basic.ts";
import { parseHash } from "./password.ts";

/** Reports hashes that are malformed, and names that no client can send or that are duplicated. */
export function check(
  { kind, metadata, users }: RuntimeResource<BasicFields>,
  ctx: CheckContext,
): void {
  const seen = new Set<string>();
  for (const [index, { name, password }] of users.entries()) {
    if (name.includes(":")) {
      ctx.report(
        ctx.problem(["users", index, "name"], "the name of a user cannot contain a colon"),
      );
    }
    if (seen.has(name)) {
      ctx.report(ctx.problem(["users", index, "name"], `the user "${name}" is duplicated`));
    }
    seen.add(name);
    if (parseHash(password) !== undefined) continue;
    ctx.report(ctx.problem(
      ["users", index, "password"],
      "the password must be a hash, such as `$scrypt$ln=15,r=8,p=1$…`",
      {
        help:
          `Make one with \`digly exec runtime.yaml ${kind}.${metadata.name}\` and the input { "password": "…" }`,
      },
    ));
  }
}
