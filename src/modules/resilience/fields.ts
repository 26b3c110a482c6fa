/** The fields of a policy, as the schema validates them. */
import type { Late } from "../../contract/author.ts";

export type Duration = string | number;

export interface RetryFields {
  readonly attempts: number;
  readonly backoff: Duration;
  readonly factor: number;
  readonly on?: readonly string[];
}

export interface BreakerFields {
  readonly failures: number;
  readonly window: Duration;
  readonly cooldown: Duration;
}

export interface CacheFields {
  readonly ttl: Duration;
  readonly key?: unknown | Late<unknown>;
  readonly maxEntries: number;
}

export interface PolicyFields {
  readonly applies: readonly string[];
  readonly retry?: RetryFields;
  readonly timeout?: Duration;
  readonly breaker?: BreakerFields;
  readonly concurrency?: number | { readonly limit: number; readonly queue: number };
  readonly cache?: CacheFields;
}
