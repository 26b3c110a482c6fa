/** Reports the requests that a server answers as events and log lines. */
import type { ModuleCreateContext, RuntimeResource } from "../../contract/author.ts";
import { describeExchange, type Exchange, openExchange } from "./exchange.ts";
import type { ServerFields } from "./resources.ts";
import type { Target } from "./target.ts";

/** Answers a request; fills in the exchange, if there is one. */
export type Answer = (exchange?: Exchange) => Response | Promise<Response>;

/** Reports requests. */
export interface Watch {
  /** True while somebody wants to know of requests. */
  isActive(): boolean;
  /** Observes how a request is answered. */
  observe(request: Request, target: Target, answer: Answer): Promise<Response>;
}

/** Logs requests where the server says so, and emits events while someone listens. */
export function watchExchanges(
  { kind, metadata: { name }, requestLog }: RuntimeResource<ServerFields>,
  ctx: ModuleCreateContext,
): Watch {
  const hasListener = () =>
    ctx.hasResourceListeners(kind, name, "Answered") ||
    ctx.hasResourceListeners(kind, name, "Requested");

  async function observe(
    { method, headers }: Request,
    { path }: Target,
    answer: Answer,
  ): Promise<Response> {
    const emits = hasListener();
    const began = performance.now();
    const exchange = openExchange(headers);
    if (emits) {
      const requested = describeExchange(exchange, { method, path });
      void ctx.emitResourceEvent(kind, name, "Requested", requested);
    }
    const response = await answer(exchange);
    response.headers.set("traceparent", exchange.traceparent);
    const { status } = response;
    const duration = Math.round((performance.now() - began) * 1000) / 1000;
    if (emits) {
      const answered = describeExchange(exchange, { method, path, status, duration });
      void ctx.emitResourceEvent(kind, name, "Answered", answered);
    }
    if (requestLog) {
      const { route, traceId } = exchange;
      const fields = { method, path, route, status, duration, traceId };
      ctx.log.info(`${method} ${path} ${status}`, fields);
    }
    return response;
  }

  return { isActive: () => requestLog || hasListener(), observe };
}
