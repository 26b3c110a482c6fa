/** The public keys of tokens: a JSON Web Key Set that is fetched, kept and fetched again. */
import { createLocalJWKSet } from "jose/jwks/local";
import type { Clock, Logger } from "../../contract/author.ts";

/** Finds the key that a token names. */
export type FindKey = (
  ...token: Parameters<ReturnType<typeof createLocalJWKSet>>
) => Promise<CryptoKey>;

/** Keys that may change. */
export interface KeySet {
  /** Rejects with a {@link KeysUnavailableError} if no keys are known, or as `jose` does. */
  readonly find: FindKey;
  /** The keys, if they are known; another function whenever they have been loaded again. */
  current(): FindKey | undefined;
  /** Loads the keys, unless they are known. Never rejects: a server that is down may come back. */
  prefetch(): Promise<void>;
}

/** Where the keys are from. */
export interface KeySource {
  /** The URL or file, for the log. */
  readonly name: string;
  load(): Promise<unknown>;
}

/** No keys are known, and they cannot be loaded now. */
export class KeysUnavailableError extends Error {}

/** Keys older than this are loaded again while they are used. */
const REFRESH_MS = 10 * 60_000;
/** Keys older than this are not used, even if they cannot be loaded again. */
const LONGEST_USE_MS = 24 * 60 * 60_000;
/** How long to wait after a failure. */
const RETRY_MS = 1_000;
/** How often tokens with unknown keys, which anybody can send, may cause the keys to be loaded. */
const UNKNOWN_KEY_COOLDOWN_MS = 5_000;
const MAX_KEYS = 100;

/** Creates a key set, which loads nothing yet. */
export function createKeySet(source: KeySource, clock: Clock, log: Logger): KeySet {
  let findLocal: FindKey | undefined;
  let loading: Promise<void> | undefined;
  let loadedAt = -Infinity;
  let failedAt = -Infinity;
  let searchedAt = -Infinity;

  async function loadNow(): Promise<void> {
    try {
      const loaded = await source.load();
      findLocal = toKeys(loaded);
      if ((loaded as { readonly keys: readonly unknown[] }).keys.length === 0) {
        log.warn(`There are no keys at ${source.name}, so every token is rejected`);
      }
      loadedAt = clock.now();
      failedAt = -Infinity;
    } catch (error) {
      failedAt = clock.now();
      const reason = error instanceof Error ? error.message : String(error);
      log.warn(`The keys of tokens cannot be loaded from ${source.name}: ${reason}`);
    }
  }

  function load(): Promise<void> {
    return loading ??= loadNow().finally(() => {
      loading = undefined;
    });
  }

  function mayLoad(): boolean {
    return loading !== undefined || clock.now() - failedAt >= RETRY_MS;
  }

  /** Keys that are old are loaded again meanwhile. */
  function current(): FindKey | undefined {
    const age = clock.now() - loadedAt;
    if (age >= LONGEST_USE_MS) findLocal = undefined;
    else if (age >= REFRESH_MS && mayLoad()) void load();
    return findLocal;
  }

  async function loaded(): Promise<FindKey> {
    if (current() === undefined && mayLoad()) await load();
    if (findLocal === undefined) throw new KeysUnavailableError("The keys are not available");
    return findLocal;
  }

  return {
    current,
    async find(header, token) {
      const findKey = await loaded();
      try {
        return await findKey(header, token);
      } catch (error) {
        if ((error as { code?: unknown }).code !== "ERR_JWKS_NO_MATCHING_KEY") throw error;
        const now = clock.now();
        if (loading === undefined && now - searchedAt < UNKNOWN_KEY_COOLDOWN_MS) throw error;
        searchedAt = now;
        await load();
        return await (await loaded())(header, token);
      }
    },
    async prefetch() {
      if (findLocal === undefined) await load();
    },
  };
}

/** Throws an `Error` for what is not a key set, or is an unreasonable one. */
export function toKeys(value: unknown): FindKey {
  const { keys } = (value ?? {}) as { readonly keys?: unknown };
  if (!Array.isArray(keys)) throw new Error("it is not a JSON Web Key Set");
  if (keys.length > MAX_KEYS) throw new Error(`it has more than ${MAX_KEYS} keys`);
  try {
    return createLocalJWKSet(value as Parameters<typeof createLocalJWKSet>[0]);
  } catch (cause) {
    throw new Error("it is not a JSON Web Key Set", { cause });
  }
}
