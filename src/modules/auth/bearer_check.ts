/** Checks what the schema of `Auth.Bearer` cannot say: keys, and the algorithms for them. */
import type { CheckContext, RuntimeResource } from "../../contract/author.ts";
import { type BearerFields, isUrl } from "./bearer.ts";
import { toKeys } from "./key_set.ts";
import { SECRET_ALGORITHMS } from "./tokens.ts";

/** Reports keys that cannot be used, and algorithms that do not suit them. */
export function check(bearer: RuntimeResource<BearerFields>, ctx: CheckContext): void {
  const { jwks, algorithms = [] } = bearer;
  for (const [index, algorithm] of algorithms.entries()) {
    const needsSecret = SECRET_ALGORITHMS.includes(algorithm);
    if (needsSecret === (jwks === undefined)) continue;
    const [has, help] = needsSecret
      ? ["`jwks` has public keys", "Remove it, or verify tokens with `secret`"]
      : ["`secret` is not a public key", "Remove it, or verify tokens with `jwks`"];
    ctx.report(ctx.problem(
      ["algorithms", index],
      `the algorithm ${algorithm} needs ${needsSecret ? "a secret" : "public keys"}, and ${has}`,
      { help },
    ));
  }
  if (typeof jwks === "string") checkUrl(jwks, ctx);
  else if (jwks !== undefined) {
    try {
      toKeys(jwks);
    } catch (error) {
      ctx.report(ctx.problem(["jwks"], `the key set cannot be used: ${(error as Error).message}`));
    }
  }
}

function checkUrl(jwks: string, ctx: CheckContext): void {
  if (!isUrl(jwks)) return;
  const help = "Write the `jwks_uri` of the issuer, such as https://login.example.com/jwks.json";
  if (!URL.canParse(jwks)) {
    return ctx.report(ctx.problem(["jwks"], `"${jwks}" is not a valid URL`, { help }));
  }
  const { protocol, username, password } = new URL(jwks);
  if (protocol !== "https:" && protocol !== "http:") {
    ctx.report(ctx.problem(["jwks"], `keys cannot be loaded over ${protocol}`, { help }));
  } else if (username !== "" || password !== "") {
    ctx.report(ctx.problem(["jwks"], "the URL of keys cannot have a user or a password", { help }));
  }
}
