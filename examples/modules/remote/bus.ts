import { connect, type NatsConnection, NoRespondersError } from "@nats-io/transport-node";
import {
  type Context,
  defineController,
  errorFromJSON,
  fail,
  type WireContext,
} from "digly/module";

/** What is sent to execute a resource, and the answer. */
export interface Request {
  readonly id: string;
  readonly input: unknown;
  readonly wire: WireContext;
}
export interface Reply {
  readonly result?: unknown;
  readonly error?: unknown;
}
export interface RemoteEvent {
  readonly from: string;
  readonly event: string;
  readonly payload: unknown;
  readonly source?: string | undefined;
}

/** What other resources use of a bus. */
export interface RemoteBus {
  readonly id: string;
  readonly namespace: string;
  readonly nats: NatsConnection;
  call(urn: string, input: unknown, execution: Context): Promise<unknown>;
}

interface Fields {
  readonly servers: string;
  readonly namespace: string;
  readonly timeoutMs: number;
  readonly listen: readonly string[];
}

export default defineController<Fields>({
  create({ servers, namespace, timeoutMs, listen }, ctx) {
    const id = crypto.randomUUID();
    let api: RemoteBus | undefined;

    function receive({ from, ...received }: RemoteEvent) {
      const isWanted = listen.some((pattern) =>
        pattern.endsWith("*")
          ? received.event.startsWith(pattern.slice(0, -1))
          : received.event === pattern
      );
      if (from !== id && isWanted) void ctx.emit("Received", received);
    }

    return {
      async init() {
        const nats = await connect({ servers });
        const call: RemoteBus["call"] = async (urn, input = null, execution) => {
          const wire = { remainingMs: timeoutMs, ...execution.toWire() };
          const request: Request = { id: crypto.randomUUID(), input, wire };
          const cancel = () => nats.publish(`${namespace}.cancel.${request.id}`);
          execution.signal.addEventListener("abort", cancel, { once: true });
          try {
            const timeout = wire.remainingMs + 1000;
            const subject = `${namespace}.execute.${urn}`;
            const message = await nats.request(subject, JSON.stringify(request), { timeout });
            const { result, error } = message.json<Reply>();
            if (error !== undefined) throw errorFromJSON(error);
            return result;
          } catch (cause) {
            if (!isWithoutResponders(cause)) throw cause;
            throw fail("Remote.Unavailable", { problem: `No process offers ${urn}` }, { cause });
          } finally {
            execution.signal.removeEventListener("abort", cancel);
          }
        };
        api = { id, namespace, nats, call };
        if (listen.length === 0) return;
        nats.subscribe(`${namespace}.event.>`, {
          callback: (_error, message) => receive(message.json<RemoteEvent>()),
        });
      },
      get api() {
        return api;
      },
      teardown: () => api?.nats.drain(),
      snapshot: () => ({ id, connected: api?.nats.isClosed() === false }),
    };
  },
});

function isWithoutResponders(error: unknown): boolean {
  return error instanceof NoRespondersError ||
    (error instanceof Error && error.cause instanceof NoRespondersError);
}
