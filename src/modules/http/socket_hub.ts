/** The clients of an `Http.Socket`, and the topics that they have joined. */
import { fail } from "../../contract/author.ts";

/** A client that messages are sent to. */
export interface Member {
  readonly id: string;
  send(frame: string | Uint8Array): void;
}

/** Who gets a message: one client, those of a topic, or all. */
export interface Audience {
  readonly to?: string | undefined;
  readonly topic?: string | undefined;
  readonly except?: string | undefined;
}

/** Clients and topics. */
export interface Hub<Client extends Member> {
  readonly clients: ReadonlyMap<string, Client>;
  readonly topicCount: () => number;
  add(client: Client): void;
  remove(client: Client): void;
  join(id: string, topic: string): void;
  leave(id: string, topic: string): void;
  /** `frame` is sent to clients, and `message` given to those who listen in this process. */
  send(audience: Audience, frame: string | Uint8Array, message: unknown): void;
  listen(topic: string): AsyncIterable<unknown>;
  /** Ends everything that listens. */
  endListening(): void;
}

/** So that a client cannot make the app keep ever more topics. */
const MAX_TOPICS_OF_CLIENT = 1_000;
/** Messages that may wait for whoever listens to a topic. */
const MAX_WAITING = 1_000;

/** Creates the hub of the resource `urn`. */
export function createHub<Client extends Member>(urn: string): Hub<Client> {
  const clients = new Map<string, Client>();
  const topics = new Map<string, Set<Client>>();
  const topicsOf = new Map<Client, Set<string>>();
  const listeners = new Map<string, Set<Listener>>();
  let isEnded = false;

  function leave(client: Client, topic: string): void {
    topicsOf.get(client)?.delete(topic);
    const members = topics.get(topic);
    members?.delete(client);
    if (members?.size === 0) topics.delete(topic);
  }

  function audienceOf({ to, topic }: Audience): Iterable<Client> {
    if (to !== undefined) {
      const client = clients.get(to);
      return client === undefined ? [] : [client];
    }
    return topic === undefined ? clients.values() : topics.get(topic) ?? [];
  }

  return {
    clients,
    topicCount: () => topics.size,
    add(client) {
      clients.set(client.id, client);
      topicsOf.set(client, new Set());
    },
    remove(client) {
      clients.delete(client.id);
      for (const topic of topicsOf.get(client) ?? []) leave(client, topic);
      topicsOf.delete(client);
    },
    join(id, topic) {
      const client = clients.get(id);
      const joined = client && topicsOf.get(client);
      if (client === undefined || joined === undefined) return;
      if (joined.size >= MAX_TOPICS_OF_CLIENT && !joined.has(topic)) {
        throw fail("ERR_EXECUTION_FAILED", {
          urn,
          problem: `a client cannot join more than ${MAX_TOPICS_OF_CLIENT} topics`,
          chain: [urn],
        }, { help: "Let the client leave topics that it no longer needs" });
      }
      joined.add(topic);
      const members = topics.get(topic);
      if (members === undefined) topics.set(topic, new Set([client]));
      else members.add(client);
    },
    leave(id, topic) {
      const client = clients.get(id);
      if (client !== undefined) leave(client, topic);
    },
    send(audience, frame, message) {
      // A copy: a client that is too slow is removed.
      for (const client of [...audienceOf(audience)]) {
        if (client.id !== audience.except) client.send(frame);
      }
      const { to, topic } = audience;
      if (to !== undefined || topic === undefined) return;
      for (const listener of listeners.get(topic) ?? []) listener.push(message);
    },
    listen: (topic) => ({
      [Symbol.asyncIterator]() {
        const listener = createListener(urn, () => {
          const all = listeners.get(topic);
          all?.delete(listener);
          if (all?.size === 0) listeners.delete(topic);
        });
        const all = listeners.get(topic);
        if (isEnded) listener.end();
        else if (all === undefined) listeners.set(topic, new Set([listener]));
        else all.add(listener);
        return listener;
      },
    }),
    endListening() {
      isEnded = true;
      for (const all of [...listeners.values()]) for (const listener of [...all]) listener.end();
    },
  };
}

interface Listener extends AsyncIterator<unknown> {
  push(message: unknown): void;
  end(): void;
  return(): Promise<IteratorResult<unknown>>;
}

/** Waits for messages; one who is too slow gets an error instead of ever more of them. */
function createListener(urn: string, onEnd: () => void): Listener {
  const waiting: unknown[] = [];
  let wake = () => {};
  let isEnded = false;
  let isLate = false;

  function end(): void {
    if (isEnded) return;
    isEnded = true;
    onEnd();
    wake();
  }

  return {
    push(message) {
      if (waiting.length >= MAX_WAITING) {
        isLate = true;
        return end();
      }
      waiting.push(message);
      wake();
    },
    end,
    async next() {
      while (waiting.length === 0 && !isEnded) {
        await new Promise<void>((resolve) => wake = resolve);
      }
      if (isLate) {
        throw fail("ERR_EXECUTION_FAILED", {
          urn,
          problem: `whoever listens is more than ${MAX_WAITING} messages late`,
          chain: [urn],
        }, { help: "Read faster, or connect again" });
      }
      return waiting.length > 0
        ? { done: false, value: waiting.shift() }
        : { done: true, value: undefined };
    },
    return() {
      waiting.length = 0;
      end();
      return Promise.resolve({ done: true, value: undefined });
    },
  };
}
