/** Leases in NATS's key-value store: one node at a time has each, and its number only grows. */
import { headers } from "@nats-io/transport-node";
import { messageOf } from "../../contract/author.ts";
import type { Connection } from "./connection.ts";

/** How long a lease lasts without being renewed, in milliseconds. */
export const LEASE_MS = 3_000;
const REQUEST_MS = 2_000;
const NANOSECONDS = 1e6;
/** The server's code for a revision that is not the last one. */
const WRONG_REVISION = 10_071;

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

interface Answer {
  readonly seq?: number;
  readonly error?: { readonly err_code?: number; readonly description?: string };
  readonly message?: { readonly seq: number; readonly data?: string };
}

const encoder = new TextEncoder();

/** Leases in the bucket of an app. */
export function createLeases({ nats }: Connection, app: string): Leases {
  const bucket = `digly-${app.replace(/[^A-Za-z0-9_-]/g, "_")}`;
  const stream = `KV_${bucket}`;
  const subjectOf = (name: string) => `$KV.${bucket}.${name}`;

  async function request(subject: string, value: unknown, revision?: number): Promise<Answer> {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    const head = headers();
    if (revision !== undefined) {
      head.set("Nats-Expected-Last-Subject-Sequence", String(revision));
    }
    const answer = await nats.request(subject, encoder.encode(text), {
      timeout: REQUEST_MS,
      ...(revision === undefined ? {} : { headers: head }),
    });
    return answer.json<Answer>();
  }

  async function put(name: string, value: string, after: number): Promise<number | undefined> {
    const { seq, error } = await request(subjectOf(name), value, after);
    if (error === undefined) return seq;
    if (error.err_code === WRONG_REVISION) return undefined;
    throw new Error(error.description ?? "the server refuses a lease");
  }

  return {
    async open() {
      let answer: Answer;
      try {
        answer = await request(`$JS.API.STREAM.CREATE.${stream}`, {
          name: stream,
          subjects: [`$KV.${bucket}.>`],
          max_msgs_per_subject: 1,
          max_age: LEASE_MS * NANOSECONDS,
          duplicate_window: LEASE_MS * NANOSECONDS,
          discard: "new",
          // In a file, so that numbers go on after the server was restarted.
          storage: "file",
          allow_rollup_hdrs: true,
          deny_delete: true,
        });
      } catch (error) {
        const problem = messageOf(error);
        throw new Error(
          /responders|503/i.test(problem)
            ? "the server has no JetStream, which leases need: start it with -js"
            : problem,
        );
      }
      if (answer.error !== undefined) throw new Error(answer.error.description);
    },
    async take(name, owner) {
      const taken = await put(name, owner, 0);
      if (taken !== undefined) return taken;
      // One that was given up is still there, without an owner.
      const { message } = await request(`$JS.API.STREAM.MSG.GET.${stream}`, {
        last_by_subj: subjectOf(name),
      });
      if (message === undefined || (message.data ?? "") !== "") return undefined;
      return await put(name, owner, message.seq);
    },
    renew: put,
    async release(name, revision) {
      await put(name, "", revision);
    },
  };
}
