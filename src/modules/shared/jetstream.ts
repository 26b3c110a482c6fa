/** The API of JetStream, the part of NATS that stores messages. */
import {
  createInbox,
  headers,
  type Msg,
  type MsgHdrs,
  type NatsConnection,
} from "@nats-io/transport-node";
import { messageOf } from "../../contract/author.ts";

/** What the server's numbers for errors mean. */
export const CODES = {
  wrongRevision: 10_071,
  noMessage: 10_037,
  noStream: 10_059,
  streamExists: 10_058,
  noConsumer: 10_014,
  full: 10_077,
} as const;

/** The server refuses a request. */
export class JetStreamError extends Error {
  readonly code: number;

  constructor(message: string, code: number) {
    super(message);
    this.code = code;
  }
}

/** The server has not answered, so whether it has done something is not known. */
export class NoAnswer extends Error {}

/** A message would be larger than the server takes. */
export class TooLarge extends Error {}

/** A message of a stream. */
export interface StoredMessage {
  readonly seq: number;
  readonly subject: string;
  readonly data: Uint8Array;
  /** Its headers as text, an empty one without any. */
  readonly headers: string;
  /** When the server has stored it, in milliseconds. */
  readonly time: number;
}

/** What modules need of JetStream. */
export interface JetStream {
  /** A request of the API, such as `STREAM.INFO.name`. Throws {@link JetStreamError}. */
  api<T>(name: string, value?: object): Promise<T>;
  /** Stores a message; its number in the stream. Throws {@link JetStreamError}. */
  publish(
    subject: string,
    data: Uint8Array,
    head?: Readonly<Record<string, string>>,
  ): Promise<number>;
  /** Sends a message that is answered, such as an acknowledgement. */
  ask(subject: string, data: Uint8Array): Promise<Msg>;
  /** The last message of a subject, or the first one from a number on. */
  read(stream: string, query: ReadQuery): Promise<StoredMessage | undefined>;
  /** A clock of the server that has the stream, which advances with the monotonic one of this process. */
  clock(stream: string, unusedSubject: string): Promise<() => number>;
}

/** Which message to read. */
export type ReadQuery =
  | { readonly last_by_subj: string }
  | { readonly next_by_subj: string; readonly seq: number };

interface ApiAnswer {
  readonly seq?: number;
  readonly error?: { readonly err_code?: number; readonly description?: string };
}

interface ReadAnswer extends ApiAnswer {
  readonly message?: {
    readonly seq: number;
    readonly subject: string;
    readonly data?: string;
    readonly hdrs?: string;
    readonly time: string;
  };
}

const encoder = new TextEncoder();
const NOTHING = new Uint8Array();

/**
 * The API by way of a connection; each request may take `timeoutMs`, after `ready` has let it go.
 */
export function createJetStream(
  nats: NatsConnection,
  timeoutMs: number,
  ready: () => Promise<void> = () => Promise.resolve(),
): JetStream {
  async function request(subject: string, data: Uint8Array, head?: MsgHdrs): Promise<Msg> {
    const most = nats.info?.max_payload ?? Infinity;
    if (data.length > most) {
      throw new TooLarge(`has ${data.length} bytes, and the server takes ${most}`);
    }
    await ready();
    try {
      return await nats.request(subject, data, {
        timeout: timeoutMs,
        ...(head === undefined ? {} : { headers: head }),
      });
    } catch (error) {
      const problem = messageOf(error);
      if (/max_payload/.test(problem)) throw new TooLarge("has more bytes than the server takes");
      throw new NoAnswer(
        /responders|503/i.test(problem)
          ? "the server has no JetStream, or it has just started: it needs -js"
          : problem,
        { cause: error },
      );
    }
  }

  async function answer<T>(message: Promise<Msg>): Promise<T> {
    const value = (await message).json<T & ApiAnswer>();
    if (value.error === undefined) return value;
    const { description = "the server refuses a request", err_code = 0 } = value.error;
    throw new JetStreamError(description, err_code);
  }

  const api = <T>(name: string, value?: object): Promise<T> =>
    answer(request(
      `$JS.API.${name}`,
      value === undefined ? NOTHING : encoder.encode(JSON.stringify(value)),
    ));

  return {
    api,
    async publish(subject, data, head) {
      let made: MsgHdrs | undefined;
      if (head !== undefined) {
        made = headers();
        for (const [key, value] of Object.entries(head)) made.set(key, value);
      }
      const { seq } = await answer<{ seq: number }>(request(subject, data, made));
      return seq;
    },
    ask: (subject, data) => request(subject, data),
    async read(stream, query) {
      const { message, error } = (await request(
        `$JS.API.STREAM.MSG.GET.${stream}`,
        encoder.encode(JSON.stringify(query)),
      )).json<ReadAnswer>();
      if (error?.err_code === CODES.noMessage) return undefined;
      if (message === undefined) {
        throw new JetStreamError(error?.description ?? "no message", error?.err_code ?? 0);
      }
      return {
        seq: message.seq,
        subject: message.subject,
        data: fromBase64(message.data ?? ""),
        headers: message.hdrs === undefined ? "" : atob(message.hdrs),
        time: Date.parse(message.time),
      };
    },
    async clock(stream, unusedSubject) {
      // The server says when it has created something: a consumer of a subject without messages.
      const asked = performance.now();
      const { created } = await api<{ created: string }>(`CONSUMER.CREATE.${stream}`, {
        stream_name: stream,
        config: {
          // Streams of work refuse two consumers with the same subject.
          filter_subject: `${unusedSubject}.${crypto.randomUUID()}`,
          ack_policy: "explicit",
          deliver_policy: "all",
          replay_policy: "instant",
          mem_storage: true,
          inactive_threshold: 1e9,
        },
      });
      const base = Date.parse(created) - (asked + performance.now()) / 2;
      return () => base + performance.now();
    },
  };
}

/** How many messages to pull from a consumer. */
export interface PullOptions {
  readonly stream: string;
  readonly consumer: string;
  readonly batch: number;
  /** How long to wait for messages, in milliseconds; 0 takes only what is there. */
  readonly waitMs: number;
  /** How much longer the end may take. */
  readonly timeoutMs: number;
  /** Ends it; what has been sent by then is still taken. */
  readonly signal?: AbortSignal;
}

/** Calls `take` for messages of a consumer. Throws {@link NoAnswer}. */
export function pull(
  nats: NatsConnection,
  { stream, consumer, batch, waitMs, timeoutMs, signal }: PullOptions,
  take: (message: Msg) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let count = 0;
    const inbox = createInbox();
    // A message has the subject of its stream, so that each request needs an inbox of its own.
    const subscription = nats.subscribe(inbox, {
      callback(error, message) {
        if (error !== null) return end(error);
        const { code = 0, description = "" } = message.headers ?? {};
        if (code === 0 || message.data.length > 0) {
          count++;
          take(message);
          if (count === batch) end();
        } else if (code === 404 || code === 408) end();
        else if (code !== 100) end(new NoAnswer(description || `the server answers ${code}`));
      },
    });
    const timer = setTimeout(
      () => end(new NoAnswer("the server does not answer")),
      waitMs + timeoutMs,
    );
    const abort = () => void subscription.drain().catch(() => {}).then(() => end());
    signal?.addEventListener("abort", abort);

    function end(error?: Error): void {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      subscription.unsubscribe();
      if (error === undefined) resolve();
      else reject(error);
    }

    const request = waitMs === 0 ? { batch, no_wait: true } : { batch, expires: waitMs * 1e6 };
    nats.publish(
      `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`,
      encoder.encode(JSON.stringify(request)),
      { reply: inbox },
    );
    if (signal?.aborted) abort();
  });
}

/** What the address for acknowledgements says about a message. */
export interface AckAddress {
  /** Its number in the stream. */
  readonly seq: number;
  /** How often it has been delivered. */
  readonly delivered: number;
  /** When the server has stored it, in milliseconds. */
  readonly time: number;
}

/** Reads `$JS.ACK.<stream>.<consumer>.<delivered>.<seq>.…`; some servers add a domain and an account. */
export function parseAck(address: string): AckAddress {
  const tokens = address.split(".");
  const [, , delivered, seq, , time] = tokens.slice(tokens.length > 9 ? 4 : 2);
  return { seq: Number(seq), delivered: Number(delivered), time: Number(time) / 1e6 };
}

/** Headers of a message that is stored only if this is the last one of its subject; 0 for none. */
export function expecting(seq: number): Readonly<Record<string, string>> {
  return { "Nats-Expected-Last-Subject-Sequence": String(seq) };
}

/** True if the last message was another one. */
export function isOvertaken(error: unknown): boolean {
  return error instanceof JetStreamError && error.code === CODES.wrongRevision;
}

/** What a stream of the server looks like. */
export interface StreamConfig {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly [option: string]: unknown;
}

/** Creates a stream, unless it is there already; gives how the server has it. */
export async function ensureStream(js: JetStream, config: StreamConfig): Promise<StreamConfig> {
  const read = () => js.api<{ config: StreamConfig }>(`STREAM.INFO.${config.name}`);
  const unless = (code: number) => (error: unknown) => {
    if (error instanceof JetStreamError && error.code === code) return undefined;
    throw error;
  };
  const existing = await read().catch(unless(CODES.noStream));
  if (existing !== undefined) return existing.config;
  // Several processes may start at once.
  const created = await js.api<{ config: StreamConfig }>(`STREAM.CREATE.${config.name}`, config)
    .catch(unless(CODES.streamExists));
  return (created ?? await read()).config;
}

/** The value of a header in the text of all of them. */
export function headerOf(text: string, name: string): string | undefined {
  const start = text.indexOf(`\r\n${name}:`);
  if (start === -1) return undefined;
  const from = start + name.length + 3;
  return text.slice(from, text.indexOf("\r\n", from)).trim();
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
