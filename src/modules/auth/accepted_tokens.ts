/** Remembers tokens that were accepted, since checking a signature takes longer than a short answer. */
import { Buffer } from "node:buffer";
import type { Clock } from "../../contract/author.ts";
import type { Claims, VerificationKey } from "./tokens.ts";

/** Tokens that were accepted a short time ago. */
export interface AcceptedTokens {
  /** The claims of a token that is still valid, if these keys have accepted it. */
  find(token: string, keys: VerificationKey | undefined): Claims | undefined;
  add(token: string, keys: VerificationKey, claims: Claims): void;
}

interface Entry {
  readonly keys: VerificationKey;
  /** From when and until when the token is valid, in seconds since 1970. */
  readonly begins: number;
  readonly ends: number;
  /** The claims as JSON: each request gets an object of its own, which its handler may change. */
  readonly json: string;
}

const decoder = new TextDecoder();

const MAX_ENTRIES = 1_000;
/** Together with the number of tokens this bounds the memory that they take. */
const MAX_LENGTH = 4_096;

/**
 * Creates an empty memory. That a signature is right depends on nothing but the token and the keys,
 * so it is remembered as long as the keys stay the same; the time is compared for each request.
 */
export function createAcceptedTokens(clock: Clock, toleranceMs: number): AcceptedTokens {
  const entries = new Map<string, Entry>();
  const tolerance = toleranceMs / 1_000;

  return {
    find(token, keys) {
      const entry = entries.get(token);
      if (entry === undefined) return undefined;
      const now = Math.floor(clock.now() / 1_000);
      if (entry.keys !== keys || entry.begins > now + tolerance || entry.ends <= now - tolerance) {
        // Whoever verifies it again says what is wrong with it.
        entries.delete(token);
        return undefined;
      }
      return JSON.parse(entry.json);
    },
    add(token, keys, { nbf = -Infinity, exp = Infinity }) {
      if (token.length > MAX_LENGTH) return;
      entries.delete(token);
      // The oldest token makes room.
      if (entries.size >= MAX_ENTRIES) entries.delete(entries.keys().next().value!);
      const [, payload = ""] = token.split(".");
      entries.set(token, {
        keys,
        begins: nbf as number,
        ends: exp as number,
        json: decoder.decode(Buffer.from(payload, "base64url")),
      });
    },
  };
}
