/** Tells of every request that a server answers, to whoever wants to know. */
import type { ModuleCreateContext } from "../../contract/module.ts";
import type { RuntimeResource } from "../../contract/resource.ts";
import { describeExchange, openExchange } from "./exchange.ts";
import type { ServerFields } from "./resources.ts";
import { type Serve, split } from "./serve.ts";

/** Has a request answered. */
export type Watch = (request: Request, answer: Serve) => Promise<Response>;

/** Has requests answered, logged where the server says so, and emitted while someone listens. */
export function watchExchanges(
  { kind, metadata: { name }, requestLog }: RuntimeResource<ServerFields>,
  ctx: ModuleCreateContext,
): Watch {
  async function told(request: Request, answer: Serve, heard: boolean): Promise<Response> {
    const began = performance.now();
    const exchange = openExchange(request);
    const { method } = request;
    const { path } = split(request.url);
    if (heard) {
      const requested = describeExchange(exchange, { method, path });
      void ctx.emitResourceEvent(kind, name, "Requested", requested);
    }
    const response = await answer(request, exchange);
    response.headers.set("traceparent", exchange.traceparent);
    const { status } = response;
    const duration = Math.round((performance.now() - began) * 1000) / 1000;
    if (heard) {
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

  return (request, answer) => {
    const heard = ctx.isResourceEventHeard(kind, name, "Answered") ||
      ctx.isResourceEventHeard(kind, name, "Requested");
    return heard || requestLog ? told(request, answer, heard) : answer(request);
  };
}
