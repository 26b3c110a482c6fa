/** Addresses that servers share: one listener for each host and port, like the sites of Caddy. */
import type { ModuleCreateContext } from "../../contract/author.ts";
import { RequestError } from "./errors.ts";
import { unavailable } from "./failure_response.ts";
import type { Timeouts } from "./limits.ts";
import type { Adapter, Listener } from "./listen.ts";
import type { Probes } from "./probes.ts";
import { errorResponse } from "./respond.ts";
import type { ResponseClass } from "./response_class.ts";
import { createServe, type Serve, type ServingMember } from "./serve.ts";
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
  /** Continues with another member in the place of one. Rejects, and changes nothing, if it cannot. */
  replace(member: Member, other: Member): Promise<void>;
  /** Listens again if the connections of `place` have other settings. Throws as opening does. */
  listenAgain(place: Place): Promise<void>;
  /** Answers a request that does not come from the network. */
  fetch(request: Request): Promise<Response>;
  /** Answers waiting requests with 503, unless it is open. */
  refuse(): void;
  /**
   * Waits for the streams of a member that stops, and drains the listener if all of them stop or
   * this is the last one.
   */
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

/** How long clients may delay that a server listens again with other settings. */
const DRAIN_MS = 2_000;

/** The target of a request that has none which is well-formed. */
const NO_TARGET = { path: "/", search: "", hostName: undefined };

interface SharedAddress extends Address {
  join(member: Member): void;
}

/** The addresses of each app, which has one signal, including those that are being opened. */
const addresses = new WeakMap<object, Map<string, Promise<SharedAddress>>>();

/**
 * Joins the servers at `host` and `port`; the first one opens the listener. Port 0 gives every
 * server its own address. Throws a {@link ListenError} if the address is not available.
 */
export async function joinAddress(
  place: Place,
  ctx: ModuleCreateContext,
  makeMember: (Response: ResponseClass) => Member,
  adapter: Adapter,
): Promise<{ readonly address: Address; readonly member: Member }> {
  const member = makeMember(adapter.Response);
  let open = addresses.get(ctx.signal);
  if (open === undefined) addresses.set(ctx.signal, open = new Map());
  const key = place.port === 0 ? undefined : `${place.host} ${place.port}`;
  const existing = key === undefined ? undefined : await open.get(key);
  if (existing !== undefined) {
    existing.join(member);
    return { address: existing, member };
  }
  const opening = openAddress(
    place,
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
  opened: Place,
  { listen, Response }: Adapter,
  first: Member,
  onClosed: () => void,
): Promise<SharedAddress> {
  const members = new Set([first]);
  let siteOf: FindSite<Site>;
  let isRefusing = false;
  let isReady = () => {};
  const ready = new Promise<void>((resolve) => isReady = resolve);
  let compiled: Promise<void> | undefined;
  let compiledSiteOf: FindSite<Site> | undefined;
  let drained: Promise<void> | undefined;
  let place = opened;
  let scheme: "http" | "https" = "http";
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

  async function compile(list: Iterable<Member> = members): Promise<void> {
    const all = await Promise.all(
      Array.from(list, async (member) => ({ ...member, ...await member.routes() })),
    );
    compiledSiteOf = groupByHost(all, (group): Site => ({
      probes: probesOf(group),
      serve: createServe(group, Response),
    }));
  }

  function open(): void {
    if (isRefusing || compiledSiteOf === undefined) return;
    siteOf = compiledSiteOf;
    isReady();
  }

  async function listenAt(at: Place): Promise<Listener> {
    const warn = (message: string) => first.ctx.log.warn(message);
    const opened = await listen({ ...at, fetch: answer, warn });
    scheme = at.tls === undefined ? "http" : "https";
    authority = new URL(opened.url).host;
    place = at;
    return opened;
  }

  regroup();
  let listener = await listenAt(opened);
  return {
    get listener() {
      return listener;
    },
    join(member) {
      members.add(member);
      compiled = undefined;
      // A server that a reload adds has routes once it is started; the others have theirs already.
      if (compiledSiteOf === undefined) regroup();
    },
    // A request that did not come over a connection is one of this machine.
    fetch: async (request) => await answer(request, () => "127.0.0.1"),
    compile: () => compiled ??= compile(),
    open,
    async replace(member, other) {
      const changed = Array.from(members, (one) => one === member ? other : one);
      await compile(changed);
      open();
      members.clear();
      for (const one of changed) members.add(one);
    },
    async listenAgain(other) {
      if (JSON.stringify(other) === JSON.stringify(place)) return;
      const [before, { port }] = [place, listener];
      await listener.drain(Date.now() + DRAIN_MS);
      await listener.close();
      try {
        listener = await listenAt({ ...other, port });
      } catch (error) {
        listener = await listenAt({ ...before, port });
        throw error;
      }
    },
    refuse() {
      isRefusing = true;
      isReady();
    },
    async drain(deadline, streams) {
      // A server that a reload removes leaves the listener to the others.
      if (members.size > 1 && !first.ctx.signal.aborted) return await streams;
      drained ??= listener.drain(deadline);
      await Promise.all([drained, streams]);
      await listener.flush(deadline);
    },
    async leave(member) {
      members.delete(member);
      if (members.size > 0) {
        if (!first.ctx.signal.aborted) {
          await compile();
          open();
        }
        return;
      }
      onClosed();
      await listener.close();
    },
  };
}

function probesOf(members: readonly Pick<Member, "probes">[]): Probes[] {
  return members.map(({ probes }) => probes).filter((probes) => probes !== undefined);
}
