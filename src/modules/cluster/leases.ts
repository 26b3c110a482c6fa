/** Leases in NATS's key-value store: one node at a time has each, and its number only grows. */
import { createJetStream, ensureStream, expecting, isOvertaken } from "../shared/jetstream.ts";
import type { Connection } from "./connection.ts";

/** How long a lease lasts without being renewed, in milliseconds. */
export const LEASE_MS = 3_000;
const REQUEST_MS = 2_000;
const NANOSECONDS = 1e6;

/** The leases of an app. */
export interface Leases {
  /** Creates the store. Throws if the server has no JetStream. */
  open(): Promise<void>;
  /** Takes a lease that nobody has; its revision, or `undefined` if another node has it. */
  take(name: string, owner: string): Promise<number | undefined>;
  /** Renews a lease; its new revision, or `undefined` if it was lost. */
  renew(name: string, owner: string, revision: number): Promise<number | undefined>;
  /** Gives a lease up, so that another node can take it at once. */
  release(name: string, revision: number): Promise<void>;
}

const encoder = new TextEncoder();

/** Leases in the bucket of an app. */
export function createLeases({ nats }: Connection, app: string): Leases {
  const js = createJetStream(nats, REQUEST_MS);
  const bucket = `digly-${app.replace(/[^A-Za-z0-9_-]/g, "_")}`;
  const stream = `KV_${bucket}`;
  const subjectOf = (name: string) => `$KV.${bucket}.${name}`;

  async function put(name: string, value: string, after: number): Promise<number | undefined> {
    try {
      return await js.publish(subjectOf(name), encoder.encode(value), expecting(after));
    } catch (error) {
      if (isOvertaken(error)) return undefined;
      throw error;
    }
  }

  return {
    async open() {
      await ensureStream(js, {
        name: stream,
        subjects: [`$KV.${bucket}.>`],
        max_msgs_per_subject: 1,
        max_age: LEASE_MS * NANOSECONDS,
        duplicate_window: LEASE_MS * NANOSECONDS,
        discard: "new",
        // In a file, so that numbers continue after the server was restarted.
        storage: "file",
        allow_rollup_hdrs: true,
        deny_delete: true,
      });
    },
    async take(name, owner) {
      const taken = await put(name, owner, 0);
      if (taken !== undefined) return taken;
      // One that was given up is still there, without an owner.
      const message = await js.read(stream, { last_by_subj: subjectOf(name) });
      if (message === undefined || message.data.length > 0) return undefined;
      return await put(name, owner, message.seq);
    },
    renew: put,
    async release(name, revision) {
      await put(name, "", revision);
    },
  };
}
