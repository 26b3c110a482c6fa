/** `Queue.Worker`: executes a resource for each message of a queue. */
import {
  type Controller,
  defineController,
  formatUrn,
  isDiglyError,
} from "../../contract/author.ts";
import type { QueueApi } from "./api.ts";
import type { Delivery } from "./backend.ts";
import { longDurationMs, type WorkerFields } from "./fields.ts";
import { createWorkLoop } from "./work_loop.ts";

const DEFAULT_LEASE_MS = 10_000;
/** How long after its timeout an execution may still need to be recorded. */
const GRACE_MS = 1_000;

const controller: Controller = defineController<WorkerFields>({
  create(resource, ctx) {
    const { kind, metadata: { name }, concurrency, execute } = resource;
    const urn = formatUrn(kind, name);
    const queue = ctx.use<QueueApi>(resource.queue);
    const inputs = Object.hasOwn(resource, "inputs") ? ctx.template(resource.inputs) : undefined;
    const timeoutMs = resource.timeout === undefined ? 0 : longDurationMs(resource.timeout);
    const counts = { completed: 0, retried: 0, dead: 0 };
    let release: (() => void) | undefined;

    function inputOf({ id, body: text, attempt, published, notes }: Delivery): unknown {
      const body: unknown = JSON.parse(text);
      if (inputs === undefined) return body;
      const message = {
        id,
        body,
        attempt,
        published: new Date(published).toISOString(),
        queue: notes.origin ?? queue.name,
        error: notes.error ?? null,
      };
      return inputs({ input: body, message });
    }

    async function perform(delivery: Delivery, signal: AbortSignal): Promise<void> {
      const { traceparent } = delivery.notes;
      await ctx.execute(urn, new Delivered(delivery), {
        signal,
        ...(traceparent === undefined ? {} : { traceparent }),
      });
    }

    /** Settles a message whose delivery has failed. */
    async function failed(delivery: Delivery, thrown: unknown): Promise<"retried" | "dead"> {
      const { id, attempt } = delivery;
      const error = ctx.redact(errorOf(thrown));
      const { outcome, delayMs } = await queue.failed(delivery, error);
      const event = { id, attempt, error };
      if (outcome === "retried") {
        ctx.log.warn(`A delivery failed, and is repeated in ${delayMs} ms`, {
          id,
          attempt,
          error: thrown,
        });
        void ctx.emitResourceEvent(kind, name, "Retried", { ...event, delayMs });
      } else {
        ctx.log.error(`A message is dead after ${attempt} deliveries`, { id, error: thrown });
        void ctx.emitResourceEvent(kind, name, "Dead", event);
      }
      return outcome;
    }

    const loop = createWorkLoop({
      concurrency,
      leaseMs: leaseOf(resource, timeoutMs),
      timeoutMs,
      timeout: resource.timeout,
      queue,
      execute,
      clock: ctx.clock,
      log: ctx.log,
      perform,
      failed,
      onCompleted: (delivery) => {
        const { id, attempt } = delivery;
        void ctx.emitResourceEvent(kind, name, "Completed", { id, attempt });
      },
      onSettled: (outcome) => counts[outcome]++,
    });

    return {
      start() {
        if (!ctx.serve) return; // `digly exec` starts nothing in the background.
        release = ctx.acquireHold(`works on ${resource.queue}`);
        loop.start();
      },
      /** Also a message that is in no queue, as by `digly exec`. */
      execute(input, execution) {
        const delivery = input instanceof Delivered ? input.delivery : byHand(input);
        return execution.execute(execute, inputOf(delivery));
      },
      drain: (deadline) => loop.drain(deadline),
      teardown: () => release?.(),
      snapshot: () => ({ queue: resource.queue, running: loop.running(), ...counts }),
    };
  },
});

/** The input of a worker's own executions. */
class Delivered {
  readonly delivery: Delivery;

  constructor(delivery: Delivery) {
    this.delivery = delivery;
  }
}

function byHand(input: unknown): Delivery {
  const body = JSON.stringify(input ?? null);
  return { id: "0", body, notes: {}, attempt: 1, published: Date.now(), lease: "" };
}

/** An execution with a timeout needs no longer lease. */
function leaseOf({ lease }: WorkerFields, timeoutMs: number): number {
  if (lease !== undefined) return longDurationMs(lease);
  return timeoutMs === 0 ? DEFAULT_LEASE_MS : Math.min(DEFAULT_LEASE_MS, timeoutMs + GRACE_MS);
}

/** What is kept of an error with a message. */
function errorOf(thrown: unknown): { readonly code: string; readonly message: string } {
  if (isDiglyError(thrown)) return { code: thrown.code, message: thrown.message };
  return { code: "ERR_EXECUTION_FAILED", message: String(thrown) };
}

export default controller;
