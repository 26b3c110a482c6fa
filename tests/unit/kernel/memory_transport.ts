/** A transport between kernels of one process: the smallest one that keeps the contract. */
import { errorFromJSON, errorToJSON } from "../../../src/contract/author.ts";
import { fail } from "../../../src/contract/errors.ts";
import type { EventRecord } from "../../../src/contract/events.ts";
import type { RuntimeResource } from "../../../src/contract/resource.ts";
import type { Controller } from "../../../src/contract/module.ts";
import type {
  ClusterNode,
  Leadership,
  LeadershipEvents,
  RemoteCall,
  Serve,
  Transport,
  TransportHooks,
} from "../../../src/contract/transport.ts";
import { decodeValue, encodeValue } from "../../../src/modules/cluster/codec.ts";
import { isLive } from "../../../src/contract/results.ts";

/** Who would lead, of whom the first does. */
interface Election {
  readonly candidates: LeadershipEvents[];
  note: string | undefined;
}

interface Node {
  readonly cluster: ClusterNode;
  hooks: TransportHooks | undefined;
  serve: Serve | undefined;
  running: Set<Promise<unknown>>;
}

/** The nodes that can reach each other, and what has happened to them in order. */
export interface MemoryNetwork {
  readonly controller: Controller;
  readonly steps: string[];
}

/** The definition of its kind. */
export const NET_DEFINITION = `
transport: true
schema:
  type: object
  properties: { roles: { type: object }, events: { type: array }, secret: { type: string } }
`;

/** Creates a network without nodes. */
export function memoryNetwork(): MemoryNetwork {
  const nodes = new Set<Node>();
  const steps: string[] = [];
  const elections = new Map<string, Election>();

  function lead(name: string, events: LeadershipEvents): Promise<Leadership> {
    const election = elections.get(name) ?? { candidates: [], note: undefined };
    elections.set(name, election);
    const { candidates } = election;
    candidates.push(events);
    if (candidates.length === 1) queueMicrotask(() => events.onElected(election.note));
    return Promise.resolve({
      note(text) {
        if (candidates[0] !== events) return Promise.resolve(false);
        election.note = text;
        return Promise.resolve(true);
      },
      resign() {
        const wasLeading = candidates[0] === events;
        candidates.splice(candidates.indexOf(events), 1);
        if (wasLeading) candidates[0]?.onElected(election.note);
        return Promise.resolve();
      },
    });
  }

  function connect(resource: RuntimeResource, cluster: ClusterNode): Transport {
    const self: Node = { cluster, hooks: undefined, serve: undefined, running: new Set() };
    const label = cluster.roles.join("+");
    const ends: (() => void)[] = [];

    async function execute({ urn, input, role, wire, signal }: RemoteCall): Promise<unknown> {
      const target = [...nodes].find(({ cluster: { roles }, serve }) =>
        roles.includes(role) && serve !== undefined
      );
      if (target === undefined) {
        throw fail("ERR_UNAVAILABLE", {
          problem: `${urn} cannot be executed: no node runs the role ${role}`,
          executed: "no",
        });
      }
      const abort = new AbortController();
      signal?.addEventListener("abort", () => abort.abort(signal.reason), { once: true });
      const work = target.serve!({
        urn,
        input: crossed(input),
        wire: crossed(wire) as RemoteCall["wire"],
        signal: abort.signal,
      });
      target.running.add(work.catch(() => {}));
      const result = await work.catch((error: unknown) => {
        throw errorFromJSON(crossed(errorToJSON(error)));
      });
      return isLive(result) ? result : crossed(result);
    }

    return {
      isLocal: (urn) => cluster.isLocal(urn),
      async open(hooks) {
        await Promise.resolve();
        steps.push(`open ${label}`);
        nodes.add(self);
        self.hooks = hooks;
        for (const pattern of (resource["events"] ?? []) as readonly string[]) {
          ends.push(hooks.forward(pattern, (record) => {
            const sent = crossed({ ...record, node: label }) as EventRecord;
            for (const other of nodes) if (other !== self) other.hooks?.event(sent);
          }));
        }
      },
      async serve(serve) {
        await Promise.resolve();
        steps.push(`serve ${label}`);
        self.serve = serve;
      },
      execute,
      lead,
      status: () =>
        Promise.resolve({
          self: label,
          nodes: Array.from(nodes, ({ cluster: { roles }, serve, running }) => ({
            node: roles.join("+"),
            roles,
            generation: "1",
            version: undefined,
            state: serve === undefined ? "starting" : "ready",
            active: running.size,
            waiting: 0,
            uptimeMs: 0,
          })),
        }),
      watch(take) {
        const stops = [...nodes].map(({ cluster: { roles }, hooks }) =>
          hooks?.observe((record) =>
            take(crossed({ ...record, node: roles.join("+") }) as EventRecord)
          )
        );
        return () => stops.forEach((stop) => stop?.());
      },
      recordings: (traceId) =>
        Promise.resolve(Object.fromEntries(
          [...nodes].filter((node) => node !== self).map(({ cluster: { roles }, hooks }) => [
            roles.join("+"),
            crossed(hooks?.recordings(traceId)),
          ]),
        )),
      async drain() {
        steps.push(`drain ${label}`);
        self.serve = undefined;
        await Promise.all(self.running);
      },
      async close() {
        await Promise.resolve();
        steps.push(`close ${label}`);
        for (const end of ends) end();
        nodes.delete(self);
      },
    };
  }

  return {
    steps,
    controller: {
      connect: (resource, node) => connect(resource, node),
    },
  };
}

/** A value after it has crossed to another process and back. */
const crossed = (value: unknown): unknown => decodeValue(encodeValue(value));
