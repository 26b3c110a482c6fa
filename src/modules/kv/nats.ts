/** A store in a bucket of NATS. The revision of a value is its version. */
import type { ModuleCreateContext } from "../../contract/author.ts";
import {
  ensureStream,
  expecting,
  headerOf,
  isOvertaken,
  JetStreamError,
  NoAnswer,
  type StoredMessage,
  TooLarge,
} from "../shared/jetstream.ts";
import { NotConnected, openNatsStore } from "../shared/nats_store.ts";
import type { NatsTarget } from "../shared/nats_url.ts";
import {
  type Backend,
  incremented,
  type Listed,
  StoreRefuses,
  StoreUnavailable,
  ValueTooLarge,
} from "./backend.ts";
import { createKeyNames } from "./nats_keys.ts";
import { EXPIRES, startSweeper } from "./nats_sweeper.ts";
import { createTurns } from "./turns.ts";

/** How many values of a list are read at a time. */
const BATCH = 64;
/** How long to wait before a number that another process has changed is read again. */
const CONFLICT_MS = 20;

/** Options of {@link openNats}. */
export interface NatsOptions {
  readonly prefix: string;
  readonly timeoutMs: number;
  /** Called when the connection is lost, and when it is there again. */
  readonly onLost: () => void;
  readonly onReady: () => void;
}

/** A value as the bucket has it. */
interface Found {
  readonly value: string;
  readonly revision: number;
  /** When it is dropped, by the clock of the server. */
  readonly expires: number | undefined;
  /** True for one whose time is over, which counts as none. */
  readonly isOver: boolean;
}

interface StreamState {
  readonly total: number;
  readonly state: { readonly subjects?: Readonly<Record<string, number>> };
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Connects, and creates the bucket if it does not exist. */
export async function openNats(
  target: NatsTarget,
  { prefix, timeoutMs, onLost, onReady }: NatsOptions,
  ctx: ModuleCreateContext,
): Promise<Backend> {
  const bucket = target.name;
  const stream = `KV_${bucket}`;
  const names = createKeyNames(`$KV.${bucket}.`);
  const onReconnect = () => {
    onReady();
    // Another server may be used now, and this machine may have slept.
    js.clock(stream, names.own("clock")).then((clock) => now = clock, () => {});
  };
  const store = await openNatsStore(
    target,
    { name: `digly ${bucket}`, timeoutMs, onLost, onReconnect },
    ctx,
  ).catch((error) => {
    throw publicError(error);
  });
  const { js } = store;
  const turns = createTurns();
  let now: () => number;

  async function attempt<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw publicError(error);
    }
  }

  function found(message: StoredMessage): Found {
    const expires = Number(headerOf(message.headers, EXPIRES) ?? Infinity);
    return {
      value: decoder.decode(message.data),
      revision: message.seq,
      expires: expires === Infinity ? undefined : expires,
      isOver: expires <= now(),
    };
  }

  async function read(key: string): Promise<Found | undefined> {
    const message = await js.read(stream, { last_by_subj: names.subject(prefix + key) });
    return message && found(message);
  }

  /** Writes over a revision, or over anything; `undefined` if there is another one. */
  async function write(
    key: string,
    value: string,
    expires: number | undefined,
    over: number | undefined,
  ): Promise<number | undefined> {
    const head = {
      ...(expires === undefined ? {} : { [EXPIRES]: String(Math.ceil(expires)) }),
      ...(over === undefined ? {} : expecting(over)),
    };
    try {
      return await js.publish(names.subject(prefix + key), encoder.encode(value), head);
    } catch (error) {
      if (isOvertaken(error)) return undefined;
      throw error;
    }
  }

  /** Removes exactly this revision; false if there is another one by now. */
  async function purge(subject: string, revision: number): Promise<boolean> {
    const { purged } = await js.api<{ purged: number }>(`STREAM.PURGE.${stream}`, {
      filter: subject,
      seq: revision + 1,
    });
    return purged > 0;
  }

  const expiry = (ttlMs: number | undefined) => ttlMs === undefined ? undefined : now() + ttlMs;

  /** Repeats what another process gets in the way of, for as long as a request may take. */
  async function untilDone<T>(once: () => Promise<T | undefined>): Promise<T> {
    const end = performance.now() + timeoutMs;
    for (let wait = CONFLICT_MS;; wait = Math.min(2 * wait, 500)) {
      const done = await once();
      if (done !== undefined) return done;
      if (performance.now() > end) {
        throw new StoreUnavailable("other processes change the key all the time");
      }
      await new Promise((resolve) => setTimeout(resolve, wait * Math.random()));
    }
  }

  /** The keys that begin with a prefix, also of values whose time is over. */
  async function keysOf(begin: string): Promise<string[]> {
    const keys: string[] = [];
    for (const filter of names.filters(begin)) {
      for (let offset = 0, total = 1; offset < total;) {
        const page = await js.api<StreamState>(`STREAM.INFO.${stream}`, {
          subjects_filter: filter,
          offset,
        });
        const subjects = Object.keys(page.state.subjects ?? {});
        for (const subject of subjects) {
          const key = names.key(subject);
          if (key?.startsWith(begin)) keys.push(key.slice(prefix.length));
        }
        if (subjects.length === 0) break;
        offset += subjects.length;
        total = page.total;
      }
    }
    return keys;
  }

  try {
    await attempt(async () => {
      const config = await ensureStream(js, {
        name: stream,
        subjects: [`$KV.${bucket}.>`],
        max_msgs_per_subject: 1,
        storage: "file",
        num_replicas: target.replicas,
        discard: "new",
        allow_rollup_hdrs: true,
        deny_delete: true,
        allow_direct: true,
      });
      const { max_msgs_per_subject: history, max_age: age } = config;
      if (history !== 1 || (age ?? 0) !== 0) {
        const reason = history === 1 ? "drops values after a time" : "keeps the history of values";
        throw new StoreRefuses(`the bucket ${bucket} is there already, and ${reason}`);
      }
      now = await js.clock(stream, names.own("clock"));
    });
  } catch (error) {
    await store.close();
    throw error;
  }
  const stopSweeper = startSweeper({ store, stream, own: names.own, now: () => now(), purge }, ctx);

  return {
    get: (key) =>
      attempt(async () => {
        const entry = await read(key);
        if (entry === undefined || entry.isOver) return undefined;
        return { value: entry.value, version: String(entry.revision) };
      }),
    set: (key, value, { ttlMs, onlyOver }) =>
      attempt(async () => {
        let over: number | undefined;
        if (onlyOver !== undefined) {
          const current = await read(key);
          const version = current === undefined || current.isOver ? null : String(current.revision);
          if (version !== onlyOver) return undefined;
          over = current?.revision ?? 0;
        }
        const revision = await write(key, value, expiry(ttlMs), over);
        return revision === undefined ? undefined : String(revision);
      }),
    delete: (key) =>
      attempt(() =>
        turns.take(key, () =>
          untilDone(async () => {
            const current = await read(key);
            if (current === undefined) return { value: undefined };
            if (!await purge(names.subject(prefix + key), current.revision)) return undefined;
            return { value: current.isOver ? undefined : current.value };
          }))
      ).then(({ value }) => value),
    increment: (key, by, ttlMs) =>
      attempt(() =>
        turns.take(key, () =>
          untilDone(async () => {
            const current = await read(key);
            const isNew = current === undefined || current.isOver;
            const sum = incremented(isNew ? undefined : current.value, by);
            const expires = isNew ? expiry(ttlMs) : current.expires;
            const written = await write(key, String(sum), expires, current?.revision ?? 0);
            return written === undefined ? undefined : sum;
          }))
      ),
    list: (begin, after, limit) =>
      attempt(async () => {
        const keys = (await keysOf(prefix + begin)).filter((key) =>
          after === undefined || key > after
        ).sort();
        const listed: Listed[] = [];
        for (let at = 0; at < keys.length && listed.length < limit; at += BATCH) {
          const part = keys.slice(at, at + Math.min(BATCH, limit - listed.length));
          const entries = await Promise.all(part.map(read));
          entries.forEach((entry, index) => {
            if (entry === undefined || entry.isOver) return;
            // There is an entry for each key.
            listed.push({ key: part[index]!, value: entry.value });
          });
        }
        return listed;
      }),
    stats: () => ({}),
    async close() {
      stopSweeper();
      await store.close();
    },
  };
}

/** The errors that the other files of this module know. */
function publicError(error: unknown): unknown {
  if (error instanceof TooLarge) return new ValueTooLarge(error.message, { cause: error });
  if (error instanceof NotConnected && error.isRefused) {
    return new StoreRefuses(error.message, { cause: error });
  }
  const isServer = error instanceof NoAnswer || error instanceof JetStreamError ||
    error instanceof NotConnected;
  if (isServer) {
    return new StoreUnavailable(error.message, { cause: error });
  }
  return error;
}
