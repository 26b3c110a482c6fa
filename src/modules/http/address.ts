/** Addresses that servers share: one listener for each host and port, like the sites of Caddy. */
import type { ModuleCreateContext } from "../../contract/author.ts";
import { RequestError } from "./errors.ts";
import type { Timeouts } from "./limits.ts";
import type { Adapter, Listener } from "./listen.ts";
import type { Probes } from "./probes.ts";
import { errorResponse } from "./respond.ts";
import type { ResponseClass } from "./response_class.ts";
import { createServe, type Serve, type ServingMember, unavailable } from "./serve.ts";
import { type FindSite, groupByHost } from "./sites.ts";
import { type Peer, readTarget, type Target } from "./target.ts";
import type { TlsMaterial } from "./tls.ts";

/** A server at an address. */
export interface Member extends Omit<ServingMember, "routes" | "around"> {
  readonly hosts: readonly string[] | undefined;
  readonly probes: Probes | undefined;
  /** Compiles its routes, when everything that they may execute exists. */
  readonly routes: () => Promise<Pick<ServingMember, "routes" | "around">>;
}

/** An address with a listener. */
export interface Address {
  readonly listener: Listener;
  /** Compiles the routes of all members. */
  compile(): Promise<void>;
  /** Answers with the compiled routes from now on; requests wait until then. */
  open(): void;
  /** Answers a request that does not come from the network. */
  fetch(request: Request): Promise<Response>;
  /** Answers waiting requests with 503, unless it is open. */
  refuse(): void;
  /** Drains the listener, for all members at once, and waits for the streams of a member. */
  drain(deadline: number, streams: Promise<void>): Promise<void>;
  /** Removes a member; the last one closes the listener. */
  leave(member: Member): Promise<void>;
}

/** Where to listen. */
export interface Place {
  readonly host: string;
  readonly port: number;
  /** Timeouts of the connections, which the servers share. */
  readonly timeouts: Timeouts;
  /** For HTTPS. */
  readonly tls: TlsMaterial | undefined;
  /** The size of the largest message of a WebSocket; `undefined` if there are no WebSockets. */
  readonly maxMessageBytes: number | undefined;
}

/** The members that answer for the same hosts. */
interface Site {
  readonly probes: readonly Probes[];
  readonly serve?: Serve;
}

/** The target of a request that has none which is well-formed. */
const NO_TARGET = { path: "/", search: "", hostName: undefined };

interface SharedAddress extends Address {
  join(member: Member): void;
}

/** The addresses of each kernel, including those that are being opened. */
const addresses = new WeakMap<object, Map<string, Promise<SharedAddress>>>();

/**
 * Joins the servers at `host` and `port`; the first one opens the listener. Port 0 gives every
 * server its own address. Throws a {@link ListenError} if the address is not available.
 */
export async function joinAddress(
  { host, port, timeouts, tls, maxMessageBytes }: Place,
  ctx: ModuleCreateContext,
  makeMember: (Response: ResponseClass) => Member,
  adapter: Adapter,
): Promise<{ readonly address: Address; readonly member: Member }> {
  const member = makeMember(adapter.Response);
  let open = addresses.get(ctx.kernel);
  if (open === undefined) addresses.set(ctx.kernel, open = new Map());
  const key = port === 0 ? undefined : `${host} ${port}`;
  const existing = key === undefined ? undefined : await open.get(key);
  if (existing !== undefined) {
    existing.join(member);
    return { address: existing, member };
  }
  const opening = openAddress(
    { host, port, timeouts, tls, maxMessageBytes },
    adapter,
    member,
    () => key && open.delete(key),
  );
  if (key !== undefined) open.set(key, opening);
  try {
    return { address: await opening, member };
  } catch (error) {
    if (key !== undefined) open.delete(key);
    throw error;
  }
}

async function openAddress(
  { host, port, timeouts, tls, maxMessageBytes }: Place,
  { listen, Response }: Adapter,
  first: Member,
  onClosed: () => void,
): Promise<SharedAddress> {
  const members = new Set([first]);
  let siteOf: FindSite<Site>;
  let isRefusing = false;
  let isReady!: () => void;
  const ready = new Promise<void>((resolve) => isReady = resolve);
  let compiled: Promise<void> | undefined;
  let compiledSiteOf: FindSite<Site> | undefined;
  let drained: Promise<void> | undefined;
  const scheme = tls === undefined ? "http" : "https";
  let authority = "";

  function regroup(): void {
    siteOf = groupByHost([...members], (group): Site => ({ probes: probesOf(group) }));
  }

  function answer(request: Request, peer: Peer): Response | Promise<Response> {
    let target: Target;
    try {
      target = readTarget(request, authority, peer, scheme);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      const serve = siteOf(undefined)?.serve;
      return serve?.refuse(error, request, { ...NO_TARGET, scheme, host: authority, peer }) ??
        errorResponse(error, Response);
    }
    const site = siteOf(target.hostName);
    if (site === undefined) {
      return errorResponse(
        new RequestError(404, "NOT_FOUND", "No site answers for this host"),
        Response,
      );
    }
    for (const probe of site.probes) {
      const answered = probe(request.method, target.path);
      if (answered !== undefined) return answered;
    }
    if (site.serve !== undefined) return site.serve.answer(request, target);
    // Look the site up again: members may have joined by the time everything is ready.
    return ready.then(() =>
      siteOf(target.hostName)?.serve?.answer(request, target) ?? unavailable(Response)
    );
  }

  async function compile(): Promise<void> {
    const all = await Promise.all(
      Array.from(members, async (member) => ({ ...member, ...await member.routes() })),
    );
    compiledSiteOf = groupByHost(all, (group): Site => ({
      probes: probesOf(group),
      serve: createServe(group, Response),
    }));
  }

  regroup();
  const listener = await listen({
    host,
    port,
    timeouts,
    tls,
    maxMessageBytes,
    fetch: answer,
    warn: (message) => first.ctx.log.warn(message),
  });
  authority = new URL(listener.url).host;
  return {
    listener,
    join(member) {
      members.add(member);
      regroup();
    },
    // A request that did not come over a connection is one of this machine.
    fetch: async (request) => await answer(request, () => "127.0.0.1"),
    compile: () => compiled ??= compile(),
    open() {
      if (isRefusing || compiledSiteOf === undefined) return;
      siteOf = compiledSiteOf;
      isReady();
    },
    refuse() {
      isRefusing = true;
      isReady();
    },
    async drain(deadline, streams) {
      drained ??= listener.drain(deadline);
      await Promise.all([drained, streams]);
      await listener.flush(deadline);
    },
    async leave(member) {
      members.delete(member);
      if (members.size > 0) return;
      onClosed();
      await listener.close();
    },
  };
}

function probesOf(members: readonly Pick<Member, "probes">[]): Probes[] {
  return members.map(({ probes }) => probes).filter((probes) => probes !== undefined);
}
