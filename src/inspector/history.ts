/** What has happened: events, log lines and reloads, as far as they are remembered. */
import type { EventRecord } from "../contract/events.ts";
import type { LogRecord } from "../contract/log.ts";
import type { EventTap } from "../kernel/probe.ts";
import type { ClusterEvent, EventItem, LogItem, ReloadItem } from "./api.ts";
import { capture, type Redact } from "./capture.ts";
import { RateLimit, Ring } from "./ring.ts";

/** The most items of each list. */
export const MOST_EVENTS = 2_000;
export const MOST_LOGS = 2_000;
export const MOST_RELOADS = 100;

/** The most events that are recorded each second. */
const EVENTS_A_SECOND = { unwatched: 200, watched: 1_000 } as const;

/** The most characters of a log line. */
const LONGEST_MESSAGE = 8 * 1_024;

/** Every execution has these, and executions are recorded by themselves. */
const OF_EXECUTIONS = /\.(?:Executing|Executed|Failed)$/;

/** What the history needs from the inspector. */
export interface HistoryServices {
  readonly redact: Redact;
  readonly now: () => number;
  readonly isWatched: () => boolean;
  /** True while somebody reads events as they happen. */
  readonly wantsEvents: () => boolean;
  readonly onEvent: (item: EventItem) => void;
  readonly onLog: (item: LogItem) => void;
  /** Called with every event, also those that are not recorded. */
  readonly onRecord: (record: EventRecord) => void;
}

/** Remembers what has happened. */
export class History {
  readonly events: Ring<Omit<EventItem, "seq">> = new Ring(MOST_EVENTS);
  readonly logs: Ring<Omit<LogItem, "seq">> = new Ring(MOST_LOGS);
  readonly reloads: Ring<Omit<ReloadItem, "seq">> = new Ring(MOST_RELOADS);
  readonly tap: EventTap;
  readonly #services: HistoryServices;
  /** Changes with the readers of events. */
  demands = 0;

  constructor(services: HistoryServices) {
    this.#services = services;
    const admitted = new RateLimit(services.now);
    this.tap = {
      write: (record) => {
        services.onRecord(record);
        if (isOfExecution(record)) return;
        const { unwatched, watched } = EVENTS_A_SECOND;
        if (!admitted.admits(services.isWatched() ? watched : unwatched)) this.events.skip();
        else this.#event(record);
      },
      isListening: services.wantsEvents,
      wants: (event) => services.wantsEvents() && !OF_EXECUTIONS.test(event),
      revision: () => this.demands,
    };
  }

  #event({ payload, ...record }: EventRecord): void {
    const { redact, onEvent } = this.#services;
    const shown = payload === undefined ? {} : { payload: capture(payload, redact).value };
    onEvent(this.events.add({ ...redact(record), ...shown }));
  }

  /** Adds a log line, which is plain and redacted. */
  log({ time, message, fields, ...rest }: LogRecord): void {
    const { redact, onLog } = this.#services;
    onLog(this.logs.add({
      ...rest,
      timestamp: new Date(time).toISOString(),
      message: message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}…` : message,
      ...(fields === undefined ? {} : { fields: fieldsOf(capture(fields, redact).value) }),
    }));
  }
}

/** An event of any process of a cluster, as pages receive it. */
export function clusterEvent({ payload, ...record }: EventRecord, redact: Redact): ClusterEvent {
  const shown = payload === undefined ? {} : { payload: capture(payload, redact).value };
  const { node = "" } = record;
  return { ...redact({ ...record, node }), ...shown };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return value as Readonly<Record<string, unknown>>;
}

function isOfExecution({ event, kind }: EventRecord): boolean {
  return kind !== undefined && OF_EXECUTIONS.test(event) && event.lastIndexOf(".") === kind.length;
}
