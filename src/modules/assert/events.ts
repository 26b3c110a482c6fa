/** `Assert.Events`: events that must be emitted in a certain order. */
import {
  type Controller,
  defineController,
  differenceLines,
  durationMs,
  type EventRecord,
  showValue,
} from "../../contract/author.ts";
import { failed } from "./failure.ts";

/** An expected event. */
type Expected = Readonly<Partial<EventRecord>> & { readonly event: string };

/** The fields of an `Assert.Events`. */
export interface EventsFields {
  readonly events: readonly (string | Expected)[];
  readonly within?: string | number;
}

/** How many of the events that came instead are shown. */
const MOST_SHOWN = 10;

const controller: Controller = defineController<EventsFields>({
  create(resource, ctx) {
    const expected = resource.events.map((one) => typeof one === "string" ? { event: one } : one);
    let matched = 0;
    /** What came since the last match, and what is wrong with the last one of the expected name. */
    let others: string[] = [];
    let nearest: readonly string[] = [];
    let failure: unknown;
    let release: (() => void) | undefined;
    let cancel: (() => void) | undefined;

    ctx.on("*", (_payload, record) => {
      const next = expected[matched];
      if (next === undefined) return;
      if (!isNamed(record.event, next.event)) return remember(record);
      const { event: _event, ...fields } = next;
      const lines = differenceLines(record, fields, { partial: true });
      if (lines.length > 0) {
        nearest = [`  the last ${record.event} differs:`, ...lines.map((line) => `    ${line}`)];
        return remember(record);
      }
      matched++;
      others = [];
      nearest = [];
      if (matched === expected.length) settle();
    });

    function remember({ event }: EventRecord): void {
      others.push(event);
      if (others.length > MOST_SHOWN) others.shift();
    }

    function settle(): void {
      cancel?.();
      release?.();
    }

    function judge(): void {
      const missing = expected[matched];
      if (missing === undefined) return;
      const of = expected.length === 1 ? "" : ` (${matched + 1} of ${expected.length})`;
      const previous = expected[matched - 1];
      const since = previous === undefined ? "" : ` after ${previous.event}`;
      throw failed(ctx, ["events", matched], [
        `The event ${describe(missing)}${of} was not emitted${since}`,
        ...nearest,
        others.length === 0
          ? "  no other events were emitted"
          : `  emitted instead: ${others.join(", ")}`,
      ]);
    }

    function startTimer(within: string | number): void {
      release = ctx.acquireHold("waits for events");
      cancel = ctx.clock.setTimeout(() => {
        release?.();
        try {
          judge();
        } catch (error) {
          failure = error;
          ctx.requestExit(1);
        }
        // The schema has checked the duration.
      }, durationMs(within)!);
    }

    return {
      start() {
        const { within } = resource;
        if (ctx.serve && within !== undefined && matched < expected.length) startTimer(within);
      },
      /** Judges the events so far. */
      execute() {
        judge();
        return null;
      },
      teardown() {
        settle();
        if (failure !== undefined) throw failure;
        if (ctx.serve) judge();
      },
      snapshot: () => ({ matched, expected: expected.length }),
    };
  },
});

export default controller;

function isNamed(event: string, pattern: string): boolean {
  if (pattern === "*") return true;
  return pattern.endsWith(".*") ? event.startsWith(pattern.slice(0, -1)) : event === pattern;
}

function describe({ event, ...fields }: Expected): string {
  return Object.keys(fields).length === 0 ? event : `${event} with ${showValue(fields)}`;
}
