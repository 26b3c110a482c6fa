/** What every store can do. Values are JSON text; keys and versions are strings. */

/** A value, and the version that it got when it was written. */
export interface Entry {
  readonly value: string;
  readonly version: string;
}

/** When a value is written, and for how long. */
export interface SetOptions {
  /** Milliseconds until it is dropped; `undefined` to keep it. */
  readonly ttlMs: number | undefined;
  /** Writes only over this version; null if there must be no value. */
  readonly onlyOver: string | null | undefined;
}

/** A key and its value. */
export interface Listed {
  readonly key: string;
  readonly value: string;
}

/** A store. */
export interface Backend {
  get(key: string): Promise<Entry | undefined>;
  /** The new version, or `undefined` if the condition is not met. */
  set(key: string, value: string, options: SetOptions): Promise<string | undefined>;
  /** The value that was there. */
  delete(key: string): Promise<string | undefined>;
  /** The new number; throws {@link NotANumber}. A new one is dropped after `ttlMs`. */
  increment(key: string, by: number, ttlMs: number | undefined): Promise<number>;
  /** Keys that begin with `prefix` and come after `after`, in the order of their code units. */
  list(prefix: string, after: string | undefined, limit: number): Promise<readonly Listed[]>;
  /** Numbers for snapshots. */
  stats(): Record<string, number>;
  close(): Promise<void>;
}

/** What is to be incremented is not an integer, or would not be exact any more. */
export class NotANumber extends Error {}

/** The store cannot be used; the message is for logs. */
export class StoreUnavailable extends Error {}

/** A server answers, but will not do what is needed, however long one waits. */
export class StoreRefuses extends StoreUnavailable {}

/** A value is larger than the store takes; the message is the end of a sentence. */
export class ValueTooLarge extends Error {}

/** Tells the versions of this process from those of others that write to the same store. */
const writer = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(9))));
let writes = 0;

/** A version that no other write has. Random bytes for each would take longer than the write itself. */
export function newVersion(): string {
  return `${writer}${(++writes).toString(36)}`;
}

/** The sum of JSON text and a number. */
export function incremented(value: string | undefined, by: number): number {
  const number: unknown = value === undefined ? 0 : JSON.parse(value);
  if (!Number.isSafeInteger(number)) throw new NotANumber("The value is not an integer");
  const sum = (number as number) + by;
  if (!Number.isSafeInteger(sum)) throw new NotANumber("The number would be beyond 2^53");
  return sum;
}

/** True if a write may replace what is there. */
export function mayWrite(current: Entry | undefined, onlyOver: SetOptions["onlyOver"]): boolean {
  return onlyOver === undefined || (current?.version ?? null) === onlyOver;
}
