/** `Cluster.Nats`: joins the processes of an app over NATS. */
import type { Msg } from "@nats-io/transport-node";
import {
  type ClusterNode,
  type EventRecord,
  fail,
  type ModuleCreateContext,
  type RemoteCall,
  type RuntimeResource,
  type Serve,
  type Transport,
  type TransportHooks,
} from "../../contract/author.ts";
import { type Connection, openConnection, type Subscription } from "./connection.ts";
import { type NatsFields, ROLE_DEFAULTS, type RoleFields } from "./fields.ts";
import { readCallHead, readFrame, TO_NODE } from "./frames.ts";
import { createIncoming, type Incoming } from "./incoming.ts";
import { createElections, type Elections } from "./elections.ts";
import { createKeys } from "./keys.ts";
import { createLeases } from "./leases.ts";
import { createMeter } from "./meter.ts";
import { createOutgoing, type Outgoing } from "./outgoing.ts";
import { type Queries, startQueries } from "./queries.ts";
import { createPeers } from "./peers.ts";
import { startPresence } from "./presence.ts";
import { createShards, type Shards } from "./shards.ts";
import { createSubjects, nodeName } from "./subjects.ts";

/** Joins this process to the others. */
export function connect(
  resource: RuntimeResource<NatsFields>,
  cluster: ClusterNode,
  ctx: ModuleCreateContext,
): Transport {
  const { app, generation, roles, placements, roleOf, isLocal } = cluster;
  const { skew, events } = resource;
  const node = nodeName(roles);
  const subjects = createSubjects(app, generation, skew);
  // The schema and the check of the kind know these roles.
  const own = roles.map((role) => [role, resource.roles[role]!] as const);
  const keys = createKeys(resource.roles, ctx);
  const meter = createMeter(ctx);
  const peers = createPeers(cluster, skew, {
    onGone(gone) {
      incoming?.gone(gone.node);
      presence?.gone(gone);
    },
    onChange() {
      presence?.changed();
      for (const shards of shared.values()) shards.changed();
    },
  });
  let connection: Connection | undefined;
  let outgoing: Outgoing | undefined;
  let incoming: Incoming | undefined;
  let presence: ReturnType<typeof startPresence> | undefined;
  let queries: Queries | undefined;
  let elections: Elections | undefined;
  let release: (() => void) | undefined;
  /** The shards of the keyed roles of this node. */
  const shared = new Map<string, Shards>();
  const serving: Subscription[] = [];
  const forwards: (() => void)[] = [];

  /** Where calls of a resource go. */
  function subjectOf({ urn, role, input }: RemoteCall): string {
    if (keys.isKeyed(role)) return subjects.shard(role, keys.shardOf(role, urn, input), urn);
    const { runs = [] } = placements.find(({ name }) => name === role) ?? {};
    const byRule = runs.some((rule) => covers(rule, urn));
    return byRule ? subjects.call(urn) : subjects.labelled(role, urn);
  }

  /** True for a call that came in on the subject of its resource, or to this node alone. */
  function isAddressed(urn: string, subject: string): boolean {
    const role = roleOf(urn);
    return role !== undefined && roles.includes(role) &&
      [subjects.call(urn), subjects.labelled(role, urn), subjects.node(node)].includes(subject);
  }

  function onCall({ subject, data, reply }: Msg): void {
    const frame = readFrame(data);
    if (frame?.type !== TO_NODE.call || reply === undefined) return;
    const head = readCallHead(frame.head);
    if (isAddressed(head.urn, subject) || !cluster.isLocal(head.urn)) {
      incoming?.call(head, frame.body, reply);
    }
  }

  /** Takes a call by key, which came in on the subject of a shard that this node has. */
  function onKeyedCall(role: string, { subject, data, reply }: Msg): void {
    const frame = readFrame(data);
    if (frame?.type !== TO_NODE.call || reply === undefined) return;
    const head = readCallHead(frame.head);
    const shard = Number(subject.slice(subjects.allOfShard(role, 0).length - 3).split(".", 1)[0]);
    const shards = shared.get(role);
    if (roleOf(head.urn) !== role || subject !== subjects.shard(role, shard, head.urn)) return;
    incoming?.call(head, frame.body, reply, {
      enter() {
        const token = shards?.enter(shard);
        return token === undefined ? undefined : { lease: { role, shard, token } };
      },
      leave: () => shards?.leave(shard),
    });
  }

  /** Shares the shards of the keyed roles with the other nodes that run them. */
  async function shareShards(joined: Connection): Promise<void> {
    const leases = createLeases(joined, app);
    for (const role of roles.filter((role) => keys.isKeyed(role))) {
      try {
        await leases.open();
      } catch (error) {
        throw ctx.problem(["roles", role, "by"], (error as Error).message, { cause: error });
      }
      const shards = createShards(joined, {
        role,
        count: keys.shards(role),
        node,
        scope: subjects.scope,
        subjects,
        peers,
        leases,
        onCall: (message) => onKeyedCall(role, message),
      }, ctx);
      shared.set(role, shards);
      shards.start();
    }
  }

  /** Takes what other nodes say about calls. */
  function onControl(message: Msg): void {
    const frame = readFrame(message.data);
    if (frame === undefined) return;
    const { type, body } = frame;
    if (type === TO_NODE.call) return onCall(message);
    const { from, id, ids, index, parts } = (frame.head ?? {}) as Readonly<Record<string, unknown>>;
    const replyOf = (id: unknown) => subjects.reply(String(from), String(id));
    switch (type) {
      case TO_NODE.grant:
        return incoming?.grant(replyOf(id));
      case TO_NODE.part:
        return incoming?.part(replyOf(id), Number(index), body);
      case TO_NODE.credit:
        return incoming?.credit(replyOf(id), Number(parts));
      case TO_NODE.abort:
        return incoming?.abort(replyOf(id));
      case TO_NODE.probe:
        if (message.reply !== undefined) connection?.publish(message.reply, ALIVE);
        if (Array.isArray(ids)) incoming?.probe(ids.slice(0, MOST_IDS).map(replyOf));
    }
  }

  function onReply({ subject, data, headers }: Msg): void {
    const id = subject.slice(subjects.reply(node, "").length);
    outgoing?.reply(id, data, data.length === 0 && headers?.code === 503);
  }

  async function open(hooks: TransportHooks): Promise<void> {
    connection = await openConnection(resource, `digly ${app} ${node}`, ctx, {
      onReconnect() {
        outgoing?.reconnected();
        presence?.hello();
      },
      onDenied(subject, message) {
        outgoing?.denied(subject, message);
        queries?.denied(subject, message);
      },
    });
    outgoing = createOutgoing(connection, {
      node,
      subjects,
      peers,
      route: { subject: subjectOf, isKeyed: keys.isKeyed },
      onOutcome: meter.called,
    });
    connection.listen(subjects.reply(node, ">"), onReply);
    connection.listen(subjects.node(node), onControl);
    presence = startPresence(connection, { cluster, node, subjects, peers, ctx, load });
    shareEvents(hooks, connection);
    queries = startQueries(connection, hooks, { cluster, node, subjects, redact: ctx.redact });
    await connection.settle();
    ctx.log.info(`Joined the app ${app} as ${node}, generation ${generation}`);
  }

  function shareEvents(hooks: TransportHooks, { listen, publish }: Connection): void {
    for (const pattern of events) {
      forwards.push(hooks.forward(pattern, (record) => {
        const text = JSON.stringify(ctx.redact({ ...record, node }));
        publish(subjects.event(record.event), new TextEncoder().encode(text));
      }));
      listen(subjects.event(pattern), ({ data }) => {
        const record = JSON.parse(new TextDecoder().decode(data)) as EventRecord;
        if (record.node === node || typeof record.event !== "string") return;
        hooks.event({ ...record, node: String(record.node) });
      });
    }
  }

  const load = () => incoming?.load() ?? { active: 0, waiting: 0 };

  async function serve(run: Serve): Promise<void> {
    // The node was connected before.
    const opened = connection!;
    const { listen, settle } = opened;
    const total = (field: "concurrency" | "queue") =>
      own.reduce((sum, [, role]) => sum + (role[field] ?? ROLE_DEFAULTS[field]), 0);
    incoming = createIncoming(opened, {
      node,
      subjects,
      concurrency: Math.max(1, total("concurrency")),
      queue: total("queue"),
      serve: run,
      runs: (urn) => {
        const role = roleOf(urn);
        return role !== undefined && roles.includes(role);
      },
      onOutcome: (urn, outcome, seconds) => meter.served(roleOf(urn) ?? "", outcome, seconds),
    });
    for (const [name, role] of own) {
      if (keys.isKeyed(name)) continue;
      for (const rule of rulesOf(role)) serving.push(listen(subjects.rule(rule), onCall, name));
      if (role.labels !== undefined) {
        serving.push(listen(subjects.allLabelled(name), onCall, name));
      }
    }
    await settle();
    await shareShards(opened);
    // A node that only answers others has nothing else that keeps it alive.
    if (own.length > 0) release = ctx.acquireHold(`serves the roles ${roles.join(", ")}`);
    presence?.announce("ready");
  }

  async function execute(call: RemoteCall): Promise<unknown> {
    if (outgoing === undefined) {
      throw fail("ERR_UNAVAILABLE", {
        problem: `${call.urn} cannot be executed: this node is not connected`,
        executed: "no",
      });
    }
    return await outgoing.execute(call);
  }

  return {
    // A call by key goes to the node that has the key, also from a node that runs the role.
    isLocal: (urn) => isLocal(urn) && !keys.isKeyed(roleOf(urn) ?? ""),
    open,
    serve,
    execute,
    async drain() {
      presence?.announce("draining");
      await Promise.all(serving.map((subscription) => subscription.drain().catch(() => {})));
      await incoming?.drain();
      await Promise.all([...shared.values()].map((shards) => shards.stop()));
      release?.();
    },
    async close() {
      for (const end of forwards) end();
      await elections?.stop();
      queries?.close();
      presence?.leave();
      outgoing?.close();
      release?.();
      await connection?.close();
    },
    async status() {
      // Nodes answer a greeting at once, and one that has just connected has sent one.
      await new Promise((resolve) => setTimeout(resolve, GREETING_MS));
      const own = roles.length === 0 || presence === undefined ? [] : [presence.status()];
      const nodes = [...own, ...peers.all().map(({ status }) => status)];
      return { self: node, nodes: nodes.sort((a, b) => a.node < b.node ? -1 : 1) };
    },
    snapshots: async () => await queries?.snapshots(peers.count()) ?? {},
    recordings: async (traceId) => await queries?.recordings(traceId, peers.count()) ?? {},
    async lead(urn, events) {
      // Leaders are elected once the node is connected.
      elections ??= createElections(connection!, { app, node, subjects }, ctx);
      return await elections.join(urn, events);
    },
    watch: (take) => queries?.watch(take) ?? (() => {}),
  };
}

/** How long the answers to a greeting take, in milliseconds. */
const GREETING_MS = 500;

/** How many calls one message may ask about. */
const MOST_IDS = 10_000;

const ALIVE = new TextEncoder().encode("K\n");

/** True if a rule names a URN. */
function covers(rule: string, urn: string): boolean {
  return rule === "*" || rule === urn || rule.endsWith(".*") && urn.startsWith(rule.slice(0, -1));
}

/** The rules of a role without those that another one includes. */
function rulesOf({ runs = [] }: RoleFields): readonly string[] {
  const rules = [...new Set(runs)];
  return rules.filter((rule) => !rules.some((other) => other !== rule && covers(other, rule)));
}
