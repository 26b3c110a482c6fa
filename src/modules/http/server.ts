/** `Http.Server`: listens and answers requests with the routes that it mounts. */
import {
  formatUrn,
  type HttpRouteDescription,
  type HttpServerApi,
  type HttpUsedMiddleware,
  type ModuleCreateContext,
  type ResourceInstance,
  type RuntimeResource,
  sizeBytes,
} from "../../contract/author.ts";
import { type Address, joinAddress, type Member, type Place } from "./address.ts";
import { createClientIp } from "./client_ip.ts";
import { describeRoutes } from "./describe_routes.ts";
import { createForwarded } from "./forwarded.ts";
import {
  createLimits,
  longestTimeouts,
  type RequestLimits,
  type Timeouts,
  timeoutsOf,
} from "./limits.ts";
import { type Adapter, type Listener, ListenError, loadAdapter, offlineAdapter } from "./listen.ts";
import type { Metrics } from "./metrics.ts";
import { compileMounts } from "./mounts.ts";
import { composeMiddleware, createMiddlewareFinder } from "./middleware.ts";
import { createProbes, followRuntime } from "./probes.ts";
import { clientPatience } from "./patience.ts";
import type { ServerFields } from "./resources.ts";
import { mountablesOf, routesOf } from "./routes.ts";
import type { ResponseClass } from "./response_class.ts";
import { compileRoutes, type ServingMember } from "./serve.ts";
import type { SocketFields } from "./socket_fields.ts";
import type { TlsMaterial } from "./tls.ts";
import { watchExchanges } from "./watch.ts";

/**
 * Creates a server. It opens its port in `init`, so that a port in use is found early and probes are
 * answered, but it says that it listens, and answers other requests, once the whole app has started.
 */
export function create(
  resource: RuntimeResource<ServerFields>,
  ctx: ModuleCreateContext,
): ResourceInstance {
  let server = resource;
  const { port, host } = server;

  let address: Address | undefined;
  let member: Member | undefined;
  let release: (() => void) | undefined;
  let metrics: Metrics | undefined;
  let unwatch: (() => void) | undefined;
  let limits = createLimits(server, timeoutsOf(server), ctx);
  /** Those of the server before reloads, under which requests may still be answered. */
  const earlierLimits: RequestLimits[] = [];
  const allLimits = () => [limits, ...earlierLimits];
  const stateOf = followRuntime(ctx);

  function makeMember(Response: ResponseClass): Member {
    const [ofServer, ofLimits] = [server, limits];
    return {
      ctx,
      hosts: server.hosts,
      probes: createProbes(server, metrics, stateOf, Response, ctx),
      watch: watchExchanges(server, ctx),
      routes: () => compileAll(ofServer, ofLimits, Response, ctx),
    };
  }

  /** Joins the servers at an address; the first one opens it. */
  async function join(place: Place, adapter: Adapter): Promise<Address> {
    const joined = await joinAddress(place, ctx, makeMember, adapter);
    member = joined.member;
    return address = joined.address;
  }

  /** The address of a server that has been initialised. */
  function openedAddress(): Address {
    return address!;
  }

  const placeOf = (tls: TlsMaterial | undefined): Place => (
    { host, port, timeouts: timeoutsAt(server, ctx), tls, maxMessageBytes: largestMessage(ctx) }
  );

  /** Does what needs the address, whose errors belong to fields of the server. */
  async function atAddress(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ListenError)) throw error;
      const { at, message, help, cause } = error;
      throw ctx.problem(at, message, { help, cause });
    }
  }

  async function count(): Promise<void> {
    if (!server.metrics || metrics !== undefined) return;
    const { createMetrics } = await import("./metrics.ts");
    metrics = createMetrics(ctx, formatUrn(server.kind, server.metadata.name));
  }

  /** What a server with `tls` presents. */
  async function loadCertificate({ tls }: ServerFields): Promise<TlsMaterial | undefined> {
    if (tls === undefined) return undefined;
    const { loadTls } = await import("./tls_files.ts");
    return loadTls(tls, ctx);
  }

  async function follow(tls: TlsMaterial | undefined): Promise<void> {
    unwatch?.();
    unwatch = undefined;
    if (server.tls === undefined || tls === undefined) return;
    const { followTls } = await import("./tls_files.ts");
    unwatch = followTls(server.tls, tls, address?.listener.setTls, ctx);
  }

  /** Continues with other fields and routes; connections stay open unless their own settings differ. */
  async function takeOver(next: RuntimeResource<ServerFields>): Promise<void> {
    const opened = openedAddress();
    const tls = await loadCertificate(next);
    // A server with an address has joined it as a member.
    const before = { server, limits, member: member! };
    server = next;
    if (!hasSameLimits(before.server, next)) limits = createLimits(next, timeoutsOf(next), ctx);
    await count();
    const other = makeMember((await loadAdapter()).Response);
    try {
      await opened.replace(before.member, other);
      member = other;
      await atAddress(() => opened.listenAgain(placeOf(tls)));
    } catch (error) {
      ({ server, limits } = before);
      if (member === other) await opened.replace(other, member = before.member);
      throw error;
    }
    if (limits !== before.limits) earlierLimits.push(before.limits);
    if (!server.metrics) {
      metrics?.close();
      metrics = undefined;
    }
    await follow(tls);
  }

  let offline: Promise<Address> | undefined;
  const api: HttpServerApi = {
    get port() {
      return ctx.serve ? address?.listener.port ?? port : port;
    },
    get hosts() {
      return server.hosts;
    },
    async fetch(request) {
      if (ctx.serve) return await openedAddress().fetch(request);
      // Nothing is compiled for an app that never gets a request.
      const place = {
        host,
        port: 0,
        timeouts: timeoutsOf(server),
        tls: undefined,
        maxMessageBytes: undefined,
      };
      offline ??= join(place, offlineAdapter).then(async (joined) => {
        await joined.compile();
        joined.open();
        return joined;
      });
      return await (await offline).fetch(request);
    },
    routes: () => describeServer(server, ctx),
  };
  if (!ctx.serve) return { api, teardown: () => limits.close() };

  return {
    api,
    async init() {
      await count();
      const tls = await loadCertificate(server);
      const adapter = await loadAdapter();
      try {
        await atAddress(() => join(placeOf(tls), adapter));
      } catch (error) {
        metrics?.close();
        throw error;
      }
      await follow(tls);
      // Clients must not wait for a boot that is aborted.
      ctx.signal.addEventListener("abort", () => address?.refuse(), { once: true });
    },
    async start() {
      const { listener, compile, open } = openedAddress();
      await compile();
      release = ctx.acquireHold(`listening on ${listener.url}`);
      ctx.once("Runtime.Started", () => {
        open();
        const { kind, metadata: { name } } = server;
        ctx.log.info(`Listening on ${listener.url}`);
        void ctx.emitResourceEvent(kind, name, "Listening", describe(listener));
      });
    },
    reload(changed) {
      const next = changed as RuntimeResource<ServerFields>;
      if (next.port !== port || next.host !== host) return undefined;
      return () => takeOver(next);
    },
    drain(deadline) {
      for (const one of allLimits()) one.shortenTimeouts(clientPatience(deadline));
      const streams = Promise.all(allLimits().map((one) => one.drainStreams(deadline)));
      return address?.drain(deadline, streams.then(() => undefined));
    },
    async teardown() {
      unwatch?.();
      if (address !== undefined && member !== undefined) await address.leave(member);
      for (const one of allLimits()) one.close();
      metrics?.close();
      release?.();
    },
    snapshot: () => address === undefined ? {} : describe(address.listener),
  };
}

/** Compiles the routes of a server, and those of other resources that it mounts. */
async function compileAll(
  server: RuntimeResource<ServerFields>,
  limits: RequestLimits,
  Response: ResponseClass,
  ctx: ModuleCreateContext,
): Promise<Pick<ServingMember, "routes" | "around">> {
  const routes = routesOf(server, mountablesOf(resources(ctx)));
  const clientIp = createClientIp(server.trustProxy);
  const find = createMiddlewareFinder(ctx);
  const forwarded = createForwarded(server.trustProxy);
  const options = { clientIp, limits, Response, ctx };
  const ofServer = find(server.use ?? []);
  const around = composeMiddleware(ofServer, options);
  const aroundOf = (use: readonly HttpUsedMiddleware[]) =>
    use.length === 0 ? around : composeMiddleware([...ofServer, ...use], options);
  const compiled = await compileRoutes(routes, (route) => {
    const use = find(route.use);
    const headersOnly = use.filter(({ api }) => api.runsWhenBusy === true);
    return { around: aroundOf(use), aroundOtherMethods: aroundOf(headersOnly) };
  }, options);
  const mounted = await compileMounts(server, {
    ...options,
    forwarded,
    aroundOf,
    routes: () => describeServer(server, ctx),
  });
  return { routes: [...compiled, ...mounted], around };
}

/** Describes the routes of a server. */
function describeServer(
  server: RuntimeResource<ServerFields>,
  ctx: ModuleCreateContext,
): readonly HttpRouteDescription[] {
  const find = createMiddlewareFinder(ctx);
  const ofServer = find(server.use ?? []);
  const routes = routesOf(server, mountablesOf(resources(ctx)));
  return describeRoutes(routes, ({ use }) => [...ofServer, ...find(use)], ctx);
}

function describe({ url, host, port }: Listener): Record<string, unknown> {
  return { url, host, port };
}

/** True if two versions of a server have the same limits. */
function hasSameLimits(one: ServerFields, other: ServerFields): boolean {
  const limitsOf = ({ maxBodyBytes, maxBodyNesting, maxInFlight, timeouts }: ServerFields) =>
    JSON.stringify({ maxBodyBytes, maxBodyNesting, maxInFlight, timeouts });
  return limitsOf(one) === limitsOf(other);
}

/** The timeouts of the connections of all servers at the address of this one. */
function timeoutsAt({ host, port, timeouts }: ServerFields, ctx: ModuleCreateContext): Timeouts {
  const shared = [{ timeouts }];
  for (const other of resources(ctx) as Iterable<RuntimeResource<ServerFields>>) {
    const isShared = port !== 0 && other.port === port && other.host === host;
    if (isShared && typeof other.timeouts === "object") shared.push(other);
  }
  return longestTimeouts(shared.map(timeoutsOf));
}

/** The size of the largest message of a WebSocket in the app; `undefined` if it has none. */
function largestMessage(ctx: ModuleCreateContext): number | undefined {
  const sizes = ctx.getResources("Http.Socket")
    .map((socket) => sizeBytes((socket as RuntimeResource<SocketFields>).maxMessageBytes) ?? 0);
  return sizes.length === 0 ? undefined : Math.max(...sizes);
}

/** Every resource. Those of other modules have no readable fields, so they cannot be mounted. */
function* resources({ kernel }: ModuleCreateContext): Generator<RuntimeResource> {
  for (const named of kernel.registry.values()) yield* named.values();
}
