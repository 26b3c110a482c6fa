/** Messages in memory; they are lost when the app ends. */
import type { Clock } from "../../contract/author.ts";
import {
  type Backend,
  type Counts,
  type Delivery,
  newLease,
  type NewMessage,
  type Notes,
  StoreFull,
} from "./backend.ts";
import { createHeap } from "./heap.ts";

interface Stored {
  readonly id: number;
  readonly body: string;
  readonly published: number;
  notes: Notes;
  attempt: number;
  /** When it may be delivered; when its lease ends, if it has one. */
  due: number;
  lease: string | undefined;
}

/** Creates a store of at most `maxLength` messages. */
export function openMemory(maxLength: number, clock: Clock): Backend {
  const messages = new Map<number, Stored>();
  const dead = new Map<number, Stored>();
  const listeners = new Set<() => void>();
  // An entry whose time is not that of its message any more is passed over.
  const heap = createHeap<{ readonly due: number; readonly message: Stored }>((a, b) =>
    a.due - b.due || a.message.id - b.message.id
  );
  let lastId = 0;

  function schedule(message: Stored, due: number): void {
    message.due = due;
    heap.push({ due, message });
  }

  /** The next message that may be due. */
  function peek(): Stored | undefined {
    for (let top = heap.peek(); top !== undefined; top = heap.peek()) {
      const { due, message } = top;
      if (messages.get(message.id) === message && message.due === due) return message;
      heap.pop();
    }
    return undefined;
  }

  function add({ body, delayMs, notes }: NewMessage): string {
    if (messages.size + dead.size >= maxLength) {
      // Dead messages give way to new ones, the oldest first.
      const [oldest] = dead.keys();
      if (oldest === undefined) throw new StoreFull();
      dead.delete(oldest);
    }
    const now = clock.now();
    const message: Stored = {
      id: ++lastId,
      body,
      notes,
      published: now,
      attempt: 0,
      due: now,
      lease: undefined,
    };
    messages.set(message.id, message);
    schedule(message, now + delayMs);
    for (const listener of listeners) listener();
    return String(message.id);
  }

  function claim(limit: number, leaseMs: number): Delivery[] {
    const claimed: Delivery[] = [];
    const now = clock.now();
    while (claimed.length < limit) {
      const message = peek();
      if (message === undefined || message.due > now) break;
      heap.pop();
      const lease = message.lease = newLease();
      schedule(message, now + leaseMs);
      const { id, body, notes, published } = message;
      claimed.push({ id: String(id), body, notes, published, attempt: ++message.attempt, lease });
    }
    return claimed;
  }

  /** Calls `change` for the message of a delivery, if it is still claimed. */
  function settle({ id, lease }: Delivery, change: (message: Stored) => void): Promise<boolean> {
    const message = messages.get(Number(id));
    if (message === undefined || message.lease !== lease) return Promise.resolve(false);
    change(message);
    return Promise.resolve(true);
  }

  function requeue(message: Stored, due: number): void {
    message.lease = undefined;
    schedule(message, due);
    for (const listener of listeners) listener();
  }

  function counts(): Counts {
    const now = clock.now();
    let ready = 0;
    let delayed = 0;
    let active = 0;
    let oldest = now;
    for (const { due, lease, published } of messages.values()) {
      if (due <= now) {
        ready++;
        oldest = Math.min(oldest, published);
      } else if (lease === undefined) delayed++;
      else active++;
    }
    return { ready, delayed, active, dead: dead.size, oldestMs: now - oldest };
  }

  return {
    publish: (message) => new Promise((resolve) => resolve(add(message))),
    claim: (limit, leaseMs) => Promise.resolve(claim(limit, leaseMs)),
    untilDue() {
      const next = peek();
      return Promise.resolve(next && Math.max(0, next.due - clock.now()));
    },
    async renew(deliveries, leaseMs) {
      const kept = new Set<string>();
      for (const delivery of deliveries) {
        const due = clock.now() + leaseMs;
        if (await settle(delivery, (message) => schedule(message, due))) kept.add(delivery.id);
      }
      return kept;
    },
    remove: (delivery) => settle(delivery, ({ id }) => messages.delete(id)),
    retry: (delivery, delayMs, notes) =>
      settle(delivery, (message) => {
        message.notes = notes;
        requeue(message, clock.now() + delayMs);
      }),
    release: (delivery) =>
      settle(delivery, (message) => {
        message.attempt--;
        requeue(message, clock.now());
      }),
    bury: (delivery, notes) =>
      settle(delivery, (message) => {
        message.notes = notes;
        messages.delete(message.id);
        dead.set(message.id, message);
      }),
    counts: () => Promise.resolve(counts()),
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ping: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}
