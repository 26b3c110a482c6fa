/** `Event.Listener`: executes a resource when an event is emitted. */
import {
  type Context,
  type Controller,
  defineController,
  type EventRecord,
  formatUrn,
  inputError,
  isDiglyError,
  type Late,
  type ModuleCreateContext,
} from "../../contract/author.ts";

/** The fields of an `Event.Listener`. */
export interface ListenerFields {
  readonly event: string;
  readonly where?: string;
  readonly execute: string;
  readonly inputs?: unknown | Late<unknown>;
}

/** The URNs of the listeners that led to an execution, among its values. */
const LISTENERS = "digly.listeners";

/** Events that every execution emits. */
const EXECUTION_EVENT = /\.(?:Executing|Executed|Failed)$/;

/** How many events are kept until the app has started, and how many names are remembered. */
const MOST_KEPT = 1_000;

const controller: Controller = defineController<ListenerFields>({
  create({ kind, metadata: { name }, event, where, execute, inputs }, ctx) {
    const urn = formatUrn(kind, name);
    const input = inputs === undefined ? undefined : ctx.template(inputs);
    const isWanted = condition(where, ctx);
    const counts = { executed: 0, failed: 0, ignored: 0 };
    let early: (() => void)[] | undefined = [];

    ctx.once("Runtime.Started", () => {
      const kept = early ?? [];
      early = undefined;
      for (const run of kept) run();
    });
    ctx.on(event, (_payload: unknown, record: EventRecord, emitter?: Context) => {
      const listeners = listenersOf(emitter);
      if (listeners.includes(urn)) return ignoreOwn(record);
      // What is to be executed may not be initialised yet.
      if (early !== undefined) return keep(() => void run(record, emitter, listeners));
      return run(record, emitter, listeners);
    });

    function keep(run: () => void): void {
      if (early === undefined) return;
      if (early.length < MOST_KEPT) early.push(run);
      else if (early.length === MOST_KEPT) {
        early.push(() => ctx.log.warn(`More than ${MOST_KEPT} events before the start were lost`));
      }
    }

    async function run(
      record: EventRecord,
      emitter: Context | undefined,
      listeners: readonly string[],
    ): Promise<void> {
      if (!isWanted(record)) return;
      counts.executed++;
      try {
        await ctx.execute(urn, record, {
          ...(emitter === undefined ? {} : { traceparent: emitter.traceparent }),
          values: { ...emitter?.values, [LISTENERS]: [...listeners, urn] },
        });
      } catch (error) {
        // Nothing is executed once the resources of an app are torn down.
        if (ctx.signal.aborted && isDiglyError(error) && error.code === "ERR_ABORTED") return;
        counts.failed++;
        ctx.log.error(`${record.event} could not be handled`, { error });
      }
    }

    /** An execution whose events start it again would never end. */
    function ignoreOwn({ event }: EventRecord): void {
      if (EXECUTION_EVENT.test(event)) return;
      if (counts.ignored++ > 0) return;
      ctx.log.warn(`Ignored ${event}, which an execution of this listener led to`, { event });
    }

    return {
      /** Also by hand, as by `digly exec`, with the record of an event. */
      execute(record, context) {
        const problem = recordProblem(record);
        if (problem !== undefined) throw inputError(urn, [problem]);
        const scope = scopeOf(record as EventRecord);
        return context.execute(execute, input === undefined ? scope.payload : input(scope));
      },
      snapshot: () => ({ ...counts }),
    };
  },
});

export default controller;

/** Whether an event meets the condition; one for which it fails does not. */
function condition(
  where: string | undefined,
  ctx: ModuleCreateContext,
): (record: EventRecord) => boolean {
  if (where === undefined) return () => true;
  const matches = ctx.expression(where, ["where"]);
  const warned = new Set<string>();
  return (record) => {
    try {
      const result = matches(scopeOf(record));
      if (typeof result === "boolean") return result;
      warn(record, "is not true or false");
    } catch (error) {
      warn(record, "failed", { error });
    }
    return false;
  };

  /** Once per event, since events of a pattern may differ in their payload. */
  function warn({ event }: EventRecord, problem: string, fields?: Record<string, unknown>): void {
    if (warned.has(event) || warned.size >= MOST_KEPT) return;
    warned.add(event);
    ctx.log.warn(`\`where\` ${problem} for ${event}`, fields);
  }
}

function listenersOf(emitter: Context | undefined): readonly string[] {
  const listeners = emitter?.values[LISTENERS];
  return Array.isArray(listeners) ? listeners : [];
}

function scopeOf(event: EventRecord): { readonly payload: unknown; readonly event: EventRecord } {
  return { payload: event.payload ?? null, event };
}

function recordProblem(record: unknown) {
  if (typeof record !== "object" || record === null) {
    return { path: [], message: "must be an object", keyword: "type" };
  }
  return typeof (record as Partial<EventRecord>).event === "string"
    ? undefined
    : { path: ["event"], message: "must be a string", keyword: "type" };
}
