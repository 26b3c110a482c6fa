/**
 * Which node leads for a resource. The leader has a record in a stream, which it writes again and
 * again; another node takes its place once the record is old. A record is written only over the one
 * that its writer has seen last, so that two nodes never both believe that their note was stored.
 */
import {
  type Leadership,
  type LeadershipEvents,
  messageOf,
  type ModuleCreateContext,
} from "../../contract/author.ts";
import {
  createJetStream,
  ensureStream,
  expecting,
  isOvertaken,
  type JetStream,
} from "../shared/jetstream.ts";
import { subjectToken } from "../shared/nats_subject.ts";
import type { Connection } from "./connection.ts";
import { LEASE_MS } from "./leases.ts";
import type { Subjects } from "./subjects.ts";

/** How often a leader writes its record, and the others look at it, in milliseconds. */
const ROUND_MS = LEASE_MS / 3;
/** A leader gives up this long before another node may take its place. */
const MARGIN_MS = LEASE_MS / 6;
const REQUEST_MS = 2_000;

/** What is stored about an election. */
interface ElectionRecord {
  /** Empty when the leader has resigned. */
  readonly owner: string;
  readonly note?: string;
}

/** The record of the server. */
interface Stored extends ElectionRecord {
  readonly seq: number;
  readonly time: number;
}

/** The elections that this node takes part in. */
export interface Elections {
  join(urn: string, events: LeadershipEvents): Promise<Leadership>;
  /** Resigns from all. */
  stop(): Promise<void>;
}

/** Who takes part. */
export interface ElectionOptions {
  readonly app: string;
  readonly node: string;
  readonly subjects: Subjects;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Creates the elections of a node. */
export function createElections(
  { nats, isUp }: Connection,
  { app, node, subjects }: ElectionOptions,
  ctx: ModuleCreateContext,
): Elections {
  const js = createJetStream(nats, REQUEST_MS);
  const stream = `digly-elections+${subjectToken(app)}`;
  const joined = new Set<Leadership>();
  let opened: Promise<() => number> | undefined;

  async function open(): Promise<() => number> {
    await ensureStream(js, {
      name: stream,
      subjects: [subjects.elections],
      max_msgs_per_subject: 1,
      storage: "file",
    });
    return await js.clock(stream, subjects.election("=clock"));
  }

  return {
    async join(urn, events) {
      opened ??= open();
      const now = await opened;
      const subject = subjects.election(urn);
      const election = createElection(js, { stream, subject, node, now }, {
        onElected(note) {
          ctx.log.info(`This node leads for ${urn}`);
          events.onElected(note);
        },
        onLost() {
          ctx.log.warn(`This node leads no more for ${urn}`);
          events.onLost();
        },
        onFailed(error) {
          if (isUp()) ctx.log.debug(`The election for ${urn} failed: ${messageOf(error)}`);
        },
      });
      joined.add(election);
      return election;
    },
    async stop() {
      await Promise.all([...joined].map((election) => election.resign().catch(() => {})));
    },
  };
}

interface Place {
  readonly stream: string;
  readonly subject: string;
  readonly node: string;
  /** The clock of the server. */
  readonly now: () => number;
}

/** Takes part in one election. */
function createElection(
  js: JetStream,
  { stream, subject, node, now }: Place,
  events: LeadershipEvents & { onFailed(error: unknown): void },
): Leadership {
  /** The record that this node has written, while it leads. */
  let held: { seq: number; validUntil: number } | undefined;
  let note: string | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  /** What is written and read for this election, one after the other. */
  let last: Promise<unknown> = Promise.resolve();

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = last.catch(() => {}).then(work);
    last = turn;
    return turn;
  }

  async function read(): Promise<Stored | undefined> {
    const message = await js.read(stream, { last_by_subj: subject });
    if (message === undefined) return undefined;
    const { seq, time } = message;
    return { ...readRecord(decoder.decode(message.data)), seq, time };
  }

  async function put(record: ElectionRecord, over: number): Promise<number | undefined> {
    try {
      return await js.publish(subject, encoder.encode(JSON.stringify(record)), expecting(over));
    } catch (error) {
      if (isOvertaken(error)) return undefined;
      throw error;
    }
  }

  function lose(): void {
    if (held === undefined) return;
    held = undefined;
    if (!isOver) events.onLost();
  }

  /** Writes the record of the leader again; false if another node has taken its place. */
  async function renew(): Promise<boolean> {
    if (held === undefined) return false;
    const asked = performance.now();
    const record = { owner: node, ...(note === undefined ? {} : { note }) };
    let seq = await put(record, held.seq);
    if (seq === undefined) {
      // A record whose answer was lost is ours, too.
      const current = await read();
      if (current?.owner === node) seq = await put(record, current.seq);
    }
    if (seq === undefined) lose();
    else if (held !== undefined) held = { seq, validUntil: asked + LEASE_MS - MARGIN_MS };
    return held !== undefined;
  }

  async function runForElection(): Promise<void> {
    const asked = performance.now();
    const current = await read();
    const isTaken = current !== undefined && current.owner !== "" && current.owner !== node &&
      now() - current.time < LEASE_MS;
    if (isTaken) return;
    const previous = current?.note;
    const record = { owner: node, ...(previous === undefined ? {} : { note: previous }) };
    const seq = await put(record, current?.seq ?? 0);
    if (seq === undefined || isOver) return;
    note = previous;
    held = { seq, validUntil: asked + LEASE_MS - MARGIN_MS };
    events.onElected(previous);
  }

  async function round(): Promise<void> {
    try {
      if (held === undefined) await runForElection();
      else await renew();
    } catch (error) {
      events.onFailed(error);
    }
    if (held !== undefined && performance.now() > held.validUntil) lose();
  }

  function schedule(ms: number): void {
    timer = setTimeout(() => {
      void inTurn(round).finally(() => {
        if (!isOver) schedule(ROUND_MS);
      });
    }, ms);
  }

  schedule(0);
  return {
    note: (text) =>
      inTurn(async () => {
        const before = note;
        note = text;
        // Whether it was stored must be known, so an answer that was lost is asked for again.
        while (held !== undefined && performance.now() < held.validUntil) {
          try {
            return await renew();
          } catch (error) {
            events.onFailed(error);
          }
        }
        note = before;
        lose();
        return false;
      }),
    async resign() {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      await inTurn(async () => {
        if (held === undefined) return;
        const { seq } = held;
        held = undefined;
        await put({ owner: "", ...(note === undefined ? {} : { note }) }, seq);
      });
    },
  };
}

function readRecord(text: string): ElectionRecord {
  const value = JSON.parse(text) as Partial<Record<"owner" | "note", unknown>> | null;
  const { owner, note } = value ?? {};
  return {
    owner: typeof owner === "string" ? owner : "",
    ...(typeof note === "string" ? { note } : {}),
  };
}
