/** Files of NATS credentials: a JWT with its key, as `nsc` writes them, or a key alone, as `nk` does. */
import {
  type Authenticator,
  jwtAuthenticator,
  nkeyAuthenticator,
  nkeys,
} from "@nats-io/transport-node";
import type { ModuleCreateContext, Path } from "../../contract/author.ts";
import { textOfFile } from "./manifest_file.ts";

/** What a file of credentials contains. */
export interface NatsCredentials {
  /** What the account says about the user; absent for a server that knows the key itself. */
  readonly jwt: string | undefined;
  /** The private key. */
  readonly seed: string;
}

/** Reads the credentials that the field `at` names; `undefined` without a path. */
export function readCredentials(
  path: string | undefined,
  at: Path,
  ctx: ModuleCreateContext,
): NatsCredentials | undefined {
  const text = textOfFile(path, at, ctx);
  if (text === undefined) return undefined;
  const seed = /\bSU[A-Z2-7]{56}\b/.exec(text)?.[0];
  if (seed === undefined || !isSeed(seed)) {
    throw ctx.problem(at, `the file "${path}" has no key of a NATS user`, {
      help: "Write the path of a file of credentials from `nsc`, or of a seed from `nk -gen user`",
    });
  }
  ctx.secret(seed);
  return { jwt: /\bey[\w-]+\.[\w-]+\.[\w-]+/.exec(text)?.[0], seed };
}

/** A seed ends with a checksum. */
function isSeed(text: string): boolean {
  try {
    nkeys.fromSeed(new TextEncoder().encode(text)).clear();
    return true;
  } catch {
    return false;
  }
}

/** How the client proves that it has the key. */
export function authenticatorOf({ jwt, seed }: NatsCredentials): Authenticator {
  const key = new TextEncoder().encode(seed);
  return jwt === undefined ? nkeyAuthenticator(key) : jwtAuthenticator(jwt, key);
}
