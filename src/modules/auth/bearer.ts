/** `Auth.Bearer`: requires a JSON Web Token. */
import {
  durationMs,
  type HttpMiddleware,
  type HttpMiddlewareInfo,
  type ModuleCreateContext,
  type ResourceInstance,
  type RuntimeResource,
} from "../../contract/author.ts";
import { createAcceptedTokens } from "./accepted_tokens.ts";
import { type Challenge, rememberChallenge, unauthorized } from "./challenge.ts";
import { credentialsOf } from "./credentials.ts";
import { createKeySet, type KeySet, KeysUnavailableError, toKeys } from "./key_set.ts";
import { fileSource, urlSource } from "./key_source.ts";
import { resolvePath } from "../shared/manifest_path.ts";
import {
  type Claims,
  createVerifier,
  InvalidTokenError,
  PUBLIC_KEY_ALGORITHMS,
  type VerificationKey,
} from "./tokens.ts";

/** The fields of `Auth.Bearer`. */
export interface BearerFields {
  readonly jwks?: string | { readonly keys: readonly unknown[] };
  readonly secret?: string;
  readonly algorithms?: readonly string[];
  readonly issuer?: string | readonly string[];
  readonly audience?: string | readonly string[];
  readonly clockTolerance: string | number;
  readonly claims?: unknown;
  readonly realm?: string;
}

/** RFC 7518: a key of the size of the hash or larger. */
const SECRET_BYTES = 32;

/** Compiles the rules; keys that a server has are loaded when the app starts. */
export async function create(
  bearer: RuntimeResource<BearerFields>,
  ctx: ModuleCreateContext,
): Promise<ResourceInstance<HttpMiddleware>> {
  const { jwks, secret, issuer, audience, clockTolerance, claims } = bearer;
  const challenge: Challenge = { scheme: "Bearer", realm: bearer.realm ?? ctx.kernel.app.name };
  const validate = claims === undefined ? undefined : await ctx.validator(claims);
  const keySet = typeof jwks === "string" ? keySetOf(jwks, ctx) : undefined;
  let key: VerificationKey;
  if (keySet !== undefined) key = keySet.find;
  // The schema requires one of `secret` and `jwks`.
  else if (jwks === undefined) key = secretKey(secret!, ctx);
  else key = toKeys(jwks);
  const toleranceMs = durationMs(clockTolerance) ?? 0;
  const verify = createVerifier(key, {
    algorithms: bearer.algorithms ?? (secret === undefined ? PUBLIC_KEY_ALGORITHMS : ["HS256"]),
    issuer,
    audience,
    clockTolerance: toleranceMs,
  }, ctx.clock);
  const accepted = createAcceptedTokens(ctx.clock, toleranceMs);
  const currentKeys = keySet === undefined ? () => key : keySet.current;

  function authenticate(token: string): Claims | Promise<Claims> {
    const keys = currentKeys();
    return accepted.find(token, keys) ?? verifyNow(token, keys);
  }

  async function verifyNow(token: string, keys: VerificationKey | undefined): Promise<Claims> {
    const claims = await verify(token);
    if (validate !== undefined && validate(claims).violations.length > 0) {
      throw new InvalidTokenError("The claims of the token are not valid");
    }
    // Keys that were loaded meanwhile may not accept it.
    if (keys !== undefined && keys === currentKeys()) accepted.add(token, keys, claims);
    return claims;
  }

  function refuse(error: unknown, info: HttpMiddlewareInfo): Response {
    if (error instanceof InvalidTokenError) {
      const { message, cause } = error;
      ctx.log.debug(`A token was rejected: ${cause instanceof Error ? cause.message : message}`);
      return unauthorized(info, challenge, { message, error: "invalid_token" });
    }
    if (!(error instanceof KeysUnavailableError)) throw error;
    if (error.cause instanceof Error) {
      ctx.log.warn(`A key of ${describeKeys(bearer)} cannot be used: ${error.cause.message}`);
    }
    return info.refuse({
      status: 503,
      code: "UNAVAILABLE",
      message: "Tokens cannot be verified at the moment",
      headers: { "retry-after": "5" },
    });
  }

  return {
    api: {
      security: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
      middleware(request, next, info) {
        const token = credentialsOf(request, "Bearer");
        if (token === undefined || token === "") {
          return unauthorized(info, challenge, { message: "A bearer token is required" });
        }
        const proceed = (auth: Claims) => {
          rememberChallenge(request, challenge);
          return next({ auth });
        };
        const auth = authenticate(token);
        return auth instanceof Promise
          ? auth.then(proceed, (error) => refuse(error, info))
          : proceed(auth);
      },
    },
    async init() {
      if (keySet === undefined || typeof jwks !== "string") return;
      if (isUrl(jwks)) {
        // Requests wait for the keys if they come first, so the boot need not.
        if (ctx.serve) void keySet.prefetch();
        return;
      }
      try {
        toKeys(await fileSource(resolvePath(jwks, ["jwks"], ctx)).load());
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        const problem = code === "ENOENT" ? "does not exist" : `cannot be used: ${message}`;
        throw ctx.problem(["jwks"], `the file "${jwks}" ${problem}`, { cause: error });
      }
      await keySet.prefetch();
    },
  };
}

/** True for a URL, false for the path of a file. */
export function isUrl(jwks: string): boolean {
  return /^[a-z][a-z\d+.-]*:\/\//i.test(jwks);
}

function keySetOf(jwks: string, ctx: ModuleCreateContext): KeySet {
  const source = isUrl(jwks)
    ? urlSource(jwks, ctx.signal)
    : fileSource(resolvePath(jwks, ["jwks"], ctx));
  return createKeySet(source, ctx.clock, ctx.log);
}

function secretKey(secret: string, { log }: ModuleCreateContext): Uint8Array {
  const bytes = new TextEncoder().encode(secret);
  if (bytes.length < SECRET_BYTES) {
    log.warn(
      `\`secret\` has ${bytes.length} bytes; use at least ${SECRET_BYTES}, or tokens can be forged ` +
        "by guessing it",
    );
  }
  return bytes;
}

function describeKeys({ jwks }: BearerFields): string {
  return typeof jwks === "string" ? jwks : "the key set";
}
