/** Resources of any module that a server mounts: `HttpMount`. */
import {
  formatUrn,
  type HttpMount,
  type HttpMountInfo,
  type HttpRouteDescription,
  type HttpUsedMiddleware,
  type ModuleCreateContext,
  parseUrn,
  type RuntimeResource,
} from "../../contract/author.ts";
import type { ClientIp } from "./client_ip.ts";
import { ClientSignal } from "./client_signal.ts";
import type { Forwarded } from "./forwarded.ts";
import type { Around } from "./middleware.ts";
import type { ServedRoute } from "./serve.ts";
import { logBreak } from "./failure_log.ts";
import { failureResponse } from "./failure_response.ts";
import { optionsOf } from "./handled_call.ts";
import { joinPaths, parsePath } from "./paths.ts";
import { readParams } from "./pairs.ts";
import { createReader, type RequestReader, viewOf } from "./request.ts";
import { streamBody } from "./request_stream.ts";
import type { ServerFields } from "./resources.ts";
import type { RequestLimits } from "./limits.ts";
import type { ResponseClass } from "./response_class.ts";
import { forwardResponse, isStreaming } from "./send.ts";

/** The contract that the kinds of mounted resources fulfil. */
const CONTRACT = "Http.Mount";

const SWITCHING_PROTOCOLS = 101;

/** A mounted resource, and where. */
interface MountedApi {
  readonly urn: string;
  /** Index in `mounts`; `undefined` for a server without them. */
  readonly index: number | undefined;
  /** `/v1`, or empty. */
  readonly prefix: string;
  readonly api: HttpMount;
}

/** Everything that answering with a mounted resource takes. */
interface MountOptions {
  readonly limits: RequestLimits;
  readonly clientIp: ClientIp;
  readonly forwarded: Forwarded;
  /** The middleware of the server, with that of the resource within it. */
  readonly aroundOf: (use: readonly HttpUsedMiddleware[]) => Around | undefined;
  readonly ctx: ModuleCreateContext;
  readonly routes: () => readonly HttpRouteDescription[];
  readonly read: RequestReader;
  readonly Response: ResponseClass;
}

/** The routes of the resources that a server mounts, besides its `Http.Route`s and `Http.Api`s. */
export async function compileMounts(
  server: RuntimeResource<ServerFields>,
  options: Omit<MountOptions, "read">,
): Promise<ServedRoute[]> {
  const { limits: { maxBodyBytes, maxBodyNesting, untilRead }, clientIp, ctx } = options;
  const apis = mountedApis(server, ctx);
  if (apis.length === 0) return [];
  const read = await createReader({}, { maxBodyBytes, maxBodyNesting, clientIp, untilRead }, ctx);
  return apis.flatMap((mounted) => pathsOf(mounted, { ...options, read }));
}

function mountedApis({ mounts }: ServerFields, ctx: ModuleCreateContext): MountedApi[] {
  const all = mounts?.map(({ path, type }, index) => ({ urn: type, path, index })) ??
    ctx.getResources(CONTRACT).map(({ kind, metadata: { name } }) => ({
      urn: formatUrn(kind, name),
      path: "/",
      index: undefined,
    })).filter(({ urn }) => ctx.isInitialized(urn));
  return all.flatMap(({ urn, path, index }) => {
    if (hasRoutes(urn, ctx)) return [];
    const api = ctx.use<HttpMount>(urn);
    const prefix = joinPaths(path);
    const mounted = { urn, index, prefix: prefix === "/" ? "" : prefix, api };
    if (typeof api.fetch === "function") return [mounted];
    throw problemOf(
      mounted,
      `${urn} cannot be mounted: its \`api\` has no function \`fetch\``,
      ctx,
    );
  });
}

/** True for an `Http.Route` or `Http.Api`; the fields of other modules cannot be seen. */
function hasRoutes(urn: string, { kernel }: ModuleCreateContext): boolean {
  // `mounts` refers to resources, whose URNs can be parsed.
  const { kind, name } = parseUrn(urn)!;
  const resource = kernel.registry.get(kind)?.get(name) ?? {};
  return "routes" in resource || "request" in resource;
}

function pathsOf(mounted: MountedApi, options: MountOptions): ServedRoute[] {
  const { urn, api, prefix } = mounted;
  const around = options.aroundOf(api.use ?? []);
  return (api.paths ?? ["/*"]).flatMap((path) => {
    const whole = joinPaths(prefix, path);
    const parsed = parsePath(whole);
    if ("problem" in parsed) {
      throw problemOf(mounted, `the path "${whole}" of ${urn} ${parsed.problem}`, options.ctx);
    }
    const { pattern } = parsed;
    const names = api.paths === undefined ? [] : parsed.names;
    const handle = createMountHandler(mounted, names, options);
    return (api.methods ?? ["*"]).map((method) => {
      const route = { urn, method, path: whole, pattern, source: api };
      return {
        mounted: route,
        handle,
        around,
        timeoutMs: api.timeoutMs,
        acceptsSockets: "acceptsSockets" in api,
      };
    });
  });
}

function problemOf(
  { index }: Pick<MountedApi, "index">,
  message: string,
  ctx: ModuleCreateContext,
) {
  return ctx.problem(index === undefined ? [] : ["mounts", index, "type"], message);
}

function createMountHandler(
  { urn, prefix, api }: MountedApi,
  names: readonly string[],
  { limits, clientIp, forwarded, routes, read, Response, ctx }: MountOptions,
): ServedRoute["handle"] {
  const { timeoutMs } = api;
  const handle: ServedRoute["handle"] = async (request, target, params, exchange, passage) => {
    const provided = passage?.provided;
    const count = passage ?? limits;
    count.enter();
    const client = new ClientSignal(request);
    const end = () => {
      client.release();
      count.leave();
    };
    const leftMs = passage?.left(timeoutMs) ?? timeoutMs;
    const info: HttpMountInfo = {
      mount: prefix,
      path: target.path.slice(prefix.length) || "/",
      request: {
        ...viewOf(request, target, clientIp, provided),
        ...(names.length === 0 ? {} : { params: readParams(names, params) }),
      },
      execution: optionsOf(request, client, limits.handlerDeadline(leftMs), exchange),
      async readBody() {
        if (request.method === "GET" || request.method === "HEAD") return null;
        return await read(request, target, [], [], undefined, ({ body }) => body, rethrow);
      },
      streamBody: (maxBytes = Infinity) => streamBody(request, limits, maxBytes),
      get forwarded() {
        return forwarded(request, target);
      },
      routes,
    };
    let answer: Response | undefined;
    try {
      const answering = Promise.resolve(api.fetch(request, info));
      const response: unknown = await limits.untilHandled(
        answering,
        urn,
        request.method,
        target.path,
        timeoutMs,
        leftMs,
      );
      if (!(response instanceof globalThis.Response)) {
        throw new Error(`\`fetch\` of ${urn} did not return a Response`);
      }
      // The connection belongs to somebody else from here on.
      if (response.status === SWITCHING_PROTOCOLS) return response;
      return answer = forwardResponse(response, {
        request,
        urn,
        format: undefined,
        client,
        limits,
        onFailure: (error) => logBreak(error, request.method, target.path, ctx),
        onEnd: end,
      }, Response);
    } finally {
      // A stream is still being sent.
      if (answer === undefined || !isStreaming(answer)) end();
    }
  };
  return async (request, target, ...rest) => {
    try {
      return await handle(request, target, ...rest);
    } catch (error) {
      return failureResponse(error, request, target, Response, ctx);
    }
  };
}

function rethrow(error: unknown): never {
  throw error;
}
