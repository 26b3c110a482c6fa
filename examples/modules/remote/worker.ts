import type { Subscription } from "@nats-io/transport-node";
import { defineController, errorToJSON, type EventListener } from "digly/module";
import type { RemoteBus, RemoteEvent, Reply, Request } from "./bus.ts";

interface Fields {
  readonly bus: string;
  readonly expose: readonly string[];
  readonly events: readonly string[];
}

export default defineController<Fields>({
  create({ bus, expose, events }, ctx) {
    const { nats, namespace, id } = ctx.use<RemoteBus>(bus);
    const running = new Map<string, { abort: AbortController; done: Promise<void> }>();
    const subscriptions: Subscription[] = [];
    let release = () => {};

    async function serve(
      urn: string,
      { input, wire }: Request,
      signal: AbortSignal,
    ): Promise<Reply> {
      try {
        return { result: await ctx.execute(urn, input, { wire, signal }) ?? null };
      } catch (error) {
        return { error: errorToJSON(error) };
      }
    }

    const send: EventListener = (payload, { event, source, module }) => {
      if (module === ctx.module.name) return; // it came from elsewhere
      const sent: RemoteEvent = { from: id, event, payload, source };
      nats.publish(`${namespace}.event.${event}`, JSON.stringify(ctx.redact(sent)));
    };

    return {
      start() {
        if (!ctx.serve) return;
        release = ctx.acquireHold("offers resources to other processes");
        subscriptions.push(...expose.map((urn) =>
          nats.subscribe(`${namespace}.execute.${urn}`, {
            queue: "workers",
            callback(_error, message) {
              const request = message.json<Request>();
              const abort = new AbortController();
              const done = serve(urn, request, abort.signal).then((reply) => {
                running.delete(request.id);
                message.respond(JSON.stringify(reply));
              });
              running.set(request.id, { abort, done });
            },
          })
        ));
        subscriptions.push(nats.subscribe(`${namespace}.cancel.*`, {
          callback: (_error, { subject }) =>
            running.get(subject.slice(subject.lastIndexOf(".") + 1))?.abort.abort(),
        }));
        for (const event of events) ctx.on(event, send);
      },
      async drain() {
        for (const subscription of subscriptions) subscription.unsubscribe();
        await Promise.all([...running.values()].map(({ done }) => done));
      },
      teardown: () => release(),
      snapshot: () => ({ running: running.size }),
    };
  },
});
