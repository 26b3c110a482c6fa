/** One route at work: from a request that matched to its response. */
import type { ControllerContext, ExecutionOptions } from "../../contract/module.ts";
import { clientSignal } from "./client_signal.ts";
import type { Exchange } from "./exchange.ts";
import { createReader, type RequestView } from "./request.ts";
import { type RouteFields, urnOf } from "./resources.ts";
import { createResponder, type ResponseClass } from "./respond.ts";

/** Answers a request that matched the route. */
export type RouteHandler = (
  request: Request,
  params: readonly string[],
  search: string,
  exchange: Exchange | undefined,
) => Promise<Response>;

/** What {@link createHandler} needs beside the route. */
export interface HandlerOptions {
  /** Names of the path's parameters. */
  readonly names: readonly string[];
  /** The server's limit; the route's own goes first. */
  readonly maxBodyBytes: number;
  readonly Response: ResponseClass;
  readonly ctx: ControllerContext;
}

/** Compiles everything a route needs, so that nothing is compiled in a request. */
export async function createHandler(
  route: RouteFields,
  { names, maxBodyBytes, Response, ctx }: HandlerOptions,
): Promise<RouteHandler> {
  const { request: { schema = {}, query }, handler, response = {} } = route;
  const read = await createReader(
    { ...schema, query: schema.query ?? query },
    route.maxBodyBytes ?? maxBodyBytes,
    ctx,
  );
  const respond = await createResponder(response, Response, ctx);
  if (handler === undefined) {
    return async (request, params, search) =>
      respond({ request: await read(request, names, params, search), result: null });
  }
  const urn = urnOf(handler);
  const inputs = typeof handler === "object" && handler.inputs !== undefined
    ? ctx.template(handler.inputs)
    : undefined;
  return async (request, params, search, exchange) => {
    const view = await read(request, names, params, search);
    const input = inputs === undefined ? plain(view) : inputs({ request: view });
    const client = clientSignal(request);
    try {
      const result = await ctx.execute(urn, input, optionsOf(request, client.signal, exchange));
      return respond({ request: view, result });
    } finally {
      client.release();
    }
  };
}

/** The whole request as data, since its handler may keep it longer than the request lives. */
function plain(view: RequestView): RequestView {
  return { ...view };
}

function optionsOf(
  request: Request,
  signal: () => AbortSignal,
  exchange: Exchange | undefined,
): ExecutionOptions {
  const traceparent = exchange?.traceparent ?? request.headers.get("traceparent");
  return traceparent === null ? { signal } : { signal, traceparent };
}
