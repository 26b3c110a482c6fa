/** Verifies JSON Web Tokens. */
import type { JWTHeaderParameters } from "jose";
import { jwtVerify, type JWTVerifyOptions } from "jose/jwt/verify";
import type { Clock } from "../../contract/author.ts";
import { type FindKey, KeysUnavailableError } from "./key_set.ts";

/** The claims of a token. */
export type Claims = Readonly<Record<string, unknown>>;

/** What tokens are verified with. */
export type VerificationKey = Uint8Array | FindKey;

/** What is accepted. */
export interface TokenRules {
  readonly algorithms: readonly string[];
  readonly issuer: string | readonly string[] | undefined;
  readonly audience: string | readonly string[] | undefined;
  /** In milliseconds. */
  readonly clockTolerance: number;
}

/** A token that is rejected; its message is for the client. */
export class InvalidTokenError extends Error {}

/** Algorithms with a shared secret, and with a public key. Neither accepts the keys of the other. */
export const SECRET_ALGORITHMS: readonly string[] = ["HS256", "HS384", "HS512"];
export const PUBLIC_KEY_ALGORITHMS: readonly string[] = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
];

/** Errors that a token causes, whatever the keys are. */
const TOKEN_ERRORS =
  /^ERR_(?:JWT_|JWS_|JOSE_ALG_NOT_ALLOWED$|JOSE_NOT_SUPPORTED$|JWKS_NO_MATCHING_KEY$)/;
/** How many keys are tried for a token that does not say which one it was signed with. */
const MAX_CANDIDATES = 8;

/**
 * Creates the function that verifies a token and returns its claims. It rejects with an
 * {@link InvalidTokenError}, or a {@link KeysUnavailableError} if the keys are at fault.
 */
export function createVerifier(
  key: VerificationKey,
  { algorithms, issuer, audience, clockTolerance }: TokenRules,
  clock: Clock,
): (token: string) => Promise<Claims> {
  const options = {
    algorithms: [...algorithms],
    clockTolerance: clockTolerance / 1_000,
    ...(issuer === undefined ? {} : { issuer: [issuer].flat() }),
    ...(audience === undefined ? {} : { audience: [audience].flat() }),
  };
  const findSecret = key instanceof Uint8Array ? secretKeys(key) : undefined;
  return async (token) => {
    const now = { ...options, currentDate: new Date(clock.now()) };
    try {
      if (findSecret !== undefined) return (await jwtVerify(token, findSecret, now)).payload;
      return await verifyWithKeys(token, key as FindKey, now);
    } catch (error) {
      throw explain(error);
    }
  };
}

/** Finds the key of an algorithm, which is made of the secret once: that takes as long as a check. */
function secretKeys(secret: Uint8Array): (header: JWTHeaderParameters) => Promise<CryptoKey> {
  const keys = new Map<string, Promise<CryptoKey>>();
  return ({ alg }) => {
    let key = keys.get(alg);
    if (key === undefined) {
      const hash = `SHA-${alg.slice("HS".length)}`;
      const bytes = new Uint8Array(secret);
      key = crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash }, false, ["verify"]);
      keys.set(alg, key);
    }
    return key;
  };
}

async function verifyWithKeys(
  token: string,
  findKey: FindKey,
  options: JWTVerifyOptions,
): Promise<Claims> {
  try {
    return (await jwtVerify(token, findKey, options)).payload;
  } catch (error) {
    if (codeOf(error) !== "ERR_JWKS_MULTIPLE_MATCHING_KEYS") throw error;
    let last: unknown = error;
    let tried = 0;
    for await (const key of error as AsyncIterable<CryptoKey>) {
      if (++tried > MAX_CANDIDATES) break;
      try {
        return (await jwtVerify(token, key, options)).payload;
      } catch (failure) {
        last = failure;
        if (codeOf(failure) !== "ERR_JWS_SIGNATURE_VERIFICATION_FAILED") break;
      }
    }
    throw codeOf(last) === codeOf(error) ? new InvalidTokenError("The token is not valid") : last;
  }
}

function explain(error: unknown): Error {
  if (error instanceof KeysUnavailableError || error instanceof InvalidTokenError) return error;
  const code = codeOf(error);
  if (code === "ERR_JWT_EXPIRED") {
    return new InvalidTokenError("The token has expired", { cause: error });
  }
  return TOKEN_ERRORS.test(code)
    ? new InvalidTokenError("The token is not valid", { cause: error })
    : new KeysUnavailableError("A key cannot be used", { cause: error });
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | null)?.code);
}
