/**
 * The leases of messages in NATS. The server delivers a message again when it has received nothing for
 * a while, but does not say so to whoever had it: so leases are ended here by the same time.
 */
import type { JetStream } from "../shared/jetstream.ts";
import type { Delivery } from "./backend.ts";
import type { Received } from "./nats_wire.ts";

interface Held {
  readonly seq: number;
  /** By the monotonic clock of this process. */
  validUntil: number;
}

/** The leases of this process. */
export interface Leases {
  /** A message was delivered after `asked`, by the monotonic clock. */
  begin(message: Received, asked: number): void;
  /** True if nobody else has the message. */
  has(delivery: Delivery): boolean;
  /** Gives the message longer; false if it is lost. */
  renew(delivery: Delivery): Promise<boolean>;
  /** Removes the message; false if others may have it. */
  end(delivery: Delivery): Promise<boolean>;
}

const encoder = new TextEncoder();
const DONE = encoder.encode("+ACK");
const IN_PROGRESS = encoder.encode("+WPI");

/** Creates the leases of a queue, each as long as `leaseMs` says. */
export function createLeases(js: JetStream, leaseMs: () => number): Leases {
  const held = new Map<string, Held>();
  const addresses = new Map<number, string>();

  function has({ lease }: Delivery): boolean {
    const one = held.get(lease);
    return one !== undefined && performance.now() < one.validUntil;
  }

  function forget(address: string): void {
    const one = held.get(address);
    if (one === undefined) return;
    held.delete(address);
    if (addresses.get(one.seq) === address) addresses.delete(one.seq);
  }

  return {
    begin({ address, seq }, asked) {
      const before = addresses.get(seq);
      if (before !== undefined) forget(before);
      addresses.set(seq, address);
      held.set(address, { seq, validUntil: asked + leaseMs() });
    },
    has,
    async renew(delivery) {
      if (!has(delivery)) {
        forget(delivery.lease);
        return false;
      }
      const asked = performance.now();
      try {
        await js.ask(delivery.lease, IN_PROGRESS);
      } catch {
        return has(delivery); // The next one may be in time.
      }
      const one = held.get(delivery.lease);
      if (one !== undefined) one.validUntil = asked + leaseMs();
      return one !== undefined;
    },
    async end(delivery) {
      const { lease } = delivery;
      if (!held.has(lease)) return false;
      // What is done need not be done again, even if it took too long.
      await js.ask(lease, DONE);
      const isValid = has(delivery);
      forget(lease);
      return isValid;
    },
  };
}
