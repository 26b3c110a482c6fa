/** What every store of messages can do. The body of a message is JSON text. */
import type { SqlTransaction } from "../../contract/author.ts";

/** A message to store. */
export interface NewMessage {
  readonly body: string;
  /** Milliseconds until it may be delivered. */
  readonly delayMs: number;
  readonly notes: Notes;
}

/** What goes with a message. */
export interface Notes {
  /** The W3C `traceparent` of whoever published it. */
  readonly traceparent?: string;
  /** The queue that it was published in, if that was another one. */
  readonly origin?: string;
  /** The error of its last delivery. */
  readonly error?: { readonly code: string; readonly message: string };
}

/** A message that has been claimed: nobody else gets it until its lease has ended. */
export interface Delivery {
  readonly id: string;
  readonly body: string;
  readonly notes: Notes;
  /** Which delivery this is, from 1. */
  readonly attempt: number;
  /** Milliseconds since the epoch. */
  readonly published: number;
  /** Proves that the message is still claimed by whoever has it. */
  readonly lease: string;
}

/** How many messages there are, by state. */
export interface Counts {
  /** Waiting to be delivered now. */
  readonly ready: number;
  /** Waiting for their time. */
  readonly delayed: number;
  /** Claimed by a worker. */
  readonly active: number;
  /** Failed too often; this queue keeps them, because it has no `deadLetter`. */
  readonly dead: number;
  /** How long ago the oldest message that is ready was published, in milliseconds. */
  readonly oldestMs: number;
}

/** The messages of one queue. Whatever takes a delivery gives false if its lease was lost. */
export interface Backend {
  /** Stores a message, and gives its id. */
  publish(message: NewMessage): Promise<string>;
  /** Stores a message as a part of a transaction of the same database. */
  publishIn?(transaction: SqlTransaction, message: NewMessage): Promise<string>;
  /** Claims messages that are due, the oldest first. */
  claim(limit: number, leaseMs: number): Promise<readonly Delivery[]>;
  /** How many milliseconds until a message may be due; `undefined` if there is none. */
  untilDue(): Promise<number | undefined>;
  /** Claims messages for longer; gives the ids of those that are still claimed. */
  renew(deliveries: readonly Delivery[], leaseMs: number): Promise<ReadonlySet<string>>;
  /** Removes a message that is done. */
  remove(delivery: Delivery): Promise<boolean>;
  /** Delivers a message again after a time. */
  retry(delivery: Delivery, delayMs: number, notes: Notes): Promise<boolean>;
  /** Puts a message back as if it had not been delivered. */
  release(delivery: Delivery): Promise<boolean>;
  /** Keeps a message without delivering it again. */
  bury(delivery: Delivery, notes: Notes): Promise<boolean>;
  counts(): Promise<Counts>;
  /** Calls `listener` when messages may have come, until the returned function is called. */
  listen(listener: () => void): () => void;
  /** Resolves if the database answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** The store cannot be used; the message is for logs. */
export class StoreUnavailable extends Error {
  /** True if it may be usable again soon, such as a server that is starting. */
  readonly isTransient: boolean;

  constructor(message: string, options: ErrorOptions & { readonly isTransient: boolean }) {
    super(message, options);
    this.isTransient = options.isTransient;
  }
}

/** The store has as many messages as it may. */
export class StoreFull extends Error {}

/** A message is larger than the server takes; the message is the end of a sentence. */
export class MessageTooLarge extends Error {}

/** A lease that nobody else has. */
export function newLease(): string {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(12))));
}

/** Notes as they are stored: most messages have none. */
export function notesText(notes: Notes): string | null {
  const text = JSON.stringify(notes);
  return text === "{}" ? null : text;
}

/** Reads {@link notesText}. */
export function parseNotes(text: unknown): Notes {
  return typeof text === "string" ? JSON.parse(text) : {};
}
