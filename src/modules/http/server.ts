/** `Http.Server`: listens, and answers with the routes it mounts. */
import type { ModuleCreateContext, ResourceInstance } from "../../contract/module.ts";
import type { RuntimeResource } from "../../contract/resource.ts";
import { createLimits, timeoutsOf } from "./limits.ts";
import { clientPatience, type Listener, loadAdapter } from "./listen.ts";
import type { Metrics } from "./metrics.ts";
import { checkProbes, createProbes } from "./probes.ts";
import type { ServerFields } from "./resources.ts";
import { routesOf } from "./routes.ts";
import { watchExchanges } from "./watch.ts";
import { createServe, type Serve, unavailable } from "./serve.ts";

/** Makes a server; what its routes and mounts have wrong is an error before it listens. */
export function create(
  server: RuntimeResource<ServerFields>,
  ctx: ModuleCreateContext,
): ResourceInstance {
  const { port, host } = server;
  checkProbes(server, routesOf(server, ctx));
  if (!ctx.serve) return {};

  let listener: Listener | undefined;
  let release: (() => void) | undefined;
  let serve: Serve | undefined;
  let metrics: Metrics | undefined;
  const timeouts = timeoutsOf(server);
  const limits = createLimits(server, timeouts, ctx);
  let ready!: (serve: Serve) => void;
  const started = new Promise<Serve>((resolve) => ready = resolve);

  return {
    async init() {
      const adapter = await loadAdapter();
      if (server.metrics) {
        const { createMetrics } = await import("./metrics.ts");
        metrics = createMetrics(ctx);
      }
      const probes = createProbes(server, metrics, adapter.Response, ctx);
      const watch = watchExchanges(server, ctx);
      const answer: Serve = (request, exchange) =>
        serve?.(request, exchange) ?? started.then((then) => then(request, exchange));
      const refuse: Serve = () => Promise.resolve(unavailable(adapter.Response));
      const become = (next: Serve) => ready(serve = next);
      ctx.once("Runtime.Started", async () => {
        try {
          become(await createServe(routesOf(server, ctx), limits, adapter.Response, ctx));
        } catch (error) {
          become(refuse);
          ctx.requestExit(1);
          throw error;
        }
      });
      // A stop during the boot leaves nobody waiting.
      ctx.signal.addEventListener("abort", () => serve ?? become(refuse), { once: true });
      try {
        listener = await adapter.listen({
          host,
          port,
          timeouts,
          fetch: (request) => probes?.(request) ?? watch(request, answer),
          warn: (message) => ctx.log.warn(message),
        });
      } catch (error) {
        metrics?.close();
        throw error;
      }
      const { url } = listener;
      release = ctx.acquireHold(`listening on ${url}`);
      ctx.log.info(`Listening on ${url}`);
      void ctx.emitResourceEvent(server.kind, server.metadata.name, "Listening", address(listener));
    },
    drain(deadline) {
      limits.hurryClients(clientPatience(deadline));
      return listener?.drain(deadline);
    },
    async teardown() {
      await listener?.close();
      limits.close();
      metrics?.close();
      release?.();
    },
    snapshot: () => listener === undefined ? {} : address(listener),
  };
}

function address({ url, host, port }: Listener): Record<string, unknown> {
  return { url, host, port };
}
