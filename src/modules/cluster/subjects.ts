/**
 * The subjects of an app, below `digly.1.<app>.<generation>`, where 1 is the version of the protocol:
 *
 *     x.<urn>                   calls, in a queue group per role; one subscription per rule
 *     l.<role>.<urn>            calls of resources that a role finds by their labels
 *     k.<role>.<shard>.<urn>    calls by key, to the node that has the shard
 *     n.<role>.<node>           to one node
 *     r.<role>.<node>.<id>      to one call of a node
 *     e.<event>                 events
 *
 * and below `digly.1.<app>`, for nodes of every generation:
 *
 *     h.<role>.<node>           heartbeats
 *     o.<urn>                   elections of resources
 *     q.<role>.<node>           answers to greetings and questions: heartbeats, snapshots, events
 */

import { subjectToken as token } from "../shared/nats_subject.ts";

/** The subjects of one node. */
export interface Subjects {
  /** What keeps generations apart where names are not subjects. */
  readonly scope: string;
  readonly call: (urn: string) => string;
  readonly rule: (rule: string) => string;
  readonly labelled: (role: string, urn: string) => string;
  readonly allLabelled: (role: string) => string;
  readonly shard: (role: string, shard: number, urn: string) => string;
  readonly allOfShard: (role: string, shard: number) => string;
  readonly node: (node: string) => string;
  readonly reply: (node: string, id: string) => string;
  readonly event: (event: string) => string;
  readonly heartbeat: (node: string) => string;
  readonly heartbeats: string;
  /** What one node at a time does for a resource; kept in a stream. */
  readonly election: (urn: string) => string;
  readonly elections: string;
  /** The answers to a node's greeting. */
  readonly greeting: (node: string) => string;
  readonly query: (node: string) => string;
  readonly queries: string;
}

/** Nodes of all generations call each other with `skew: allow`. */
const ANY_GENERATION = "any";

/** Makes the subjects. */
export function createSubjects(
  app: string,
  generation: string,
  skew: "strict" | "allow",
): Subjects {
  const whole = `digly.1.${token(app)}`;
  const prefix = `${whole}.${skew === "strict" ? generation : ANY_GENERATION}`;
  return {
    scope: skew === "strict" ? generation : ANY_GENERATION,
    call: (urn) => `${prefix}.x.${tokens(urn)}`,
    rule: (rule) => `${prefix}.x.${pattern(rule)}`,
    labelled: (role, urn) => `${prefix}.l.${token(role)}.${tokens(urn)}`,
    allLabelled: (role) => `${prefix}.l.${token(role)}.>`,
    shard: (role, shard, urn) => `${prefix}.k.${token(role)}.${shard}.${tokens(urn)}`,
    allOfShard: (role, shard) => `${prefix}.k.${token(role)}.${shard}.>`,
    node: (node) => `${prefix}.n.${node}`,
    reply: (node, id) => `${prefix}.r.${node}.${id}`,
    event: (event) => `${prefix}.e.${pattern(event)}`,
    heartbeat: (node) => `${whole}.h.${node}`,
    heartbeats: `${whole}.h.>`,
    election: (urn) => `${whole}.o.${tokens(urn)}`,
    elections: `${whole}.o.>`,
    greeting: (node) => `${whole}.q.${node}.hello`,
    query: (node) => `${whole}.q.${node}`,
    queries: `${whole}.q.all`,
  };
}

/** The name of this node: its roles as one token, so that permissions can be given by role, and its own. */
export function nodeName(roles: readonly string[]): string {
  const role = roles.length === 0 ? "observer" : roles.map(token).join("+");
  return `${role}.${crypto.randomUUID().slice(0, 8)}`;
}

/** A rule or a pattern of events: `Work.*` and `*` match any number of tokens. */
function pattern(text: string): string {
  if (text === "*") return ">";
  return text.endsWith(".*") ? `${tokens(text.slice(0, -2))}.>` : tokens(text);
}

function tokens(text: string): string {
  return text.split(".").map(token).join(".");
}
