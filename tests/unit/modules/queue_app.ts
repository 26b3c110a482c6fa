/** Apps with a queue. */
import { bootApp, type TestApp, type TestAppOptions } from "../../../testing.ts";

/** Options of {@link bootQueue}. */
export interface QueueAppOptions extends TestAppOptions {
  readonly url: string;
  /** The name of the queue, which the database is shared under. */
  readonly queue: string;
  readonly fields?: string;
  readonly worker?: string | null;
  readonly more?: string;
}

/** Boots an app with a queue, `Queue.Publish.Add` and `.Later`, and a worker unless it is null. */
export function bootQueue(
  { url, queue, fields = "", worker = "", more = "", ...options }: QueueAppOptions,
): Promise<TestApp> {
  return bootApp({
    manifest: `name: Test
imports: [digly:queue, digly:sql, digly:javascript]
---
kind: Queue.Queue
metadata: { name: ${queue} }
url: ${JSON.stringify(url)}
${fields}
---
kind: Queue.Publish
metadata: { name: Add }
queue: Queue.Queue.${queue}
---
kind: Queue.Publish
metadata: { name: Later }
queue: Queue.Queue.${queue}
inputs: { n: "\${{ input.n }}" }
delay: "\${{ input.delay }}"
${
      worker === null ? "" : `---
kind: Queue.Worker
metadata: { name: W }
queue: Queue.Queue.${queue}
execute: JavaScript.Script.Work
${worker}`
    }
---
kind: JavaScript.Script
metadata: { name: Work }
code: function main() {}
${more}`,
    ...options,
  });
}

/** Deliveries, and a way to wait for them. */
export class Inbox {
  readonly all: unknown[] = [];
  #waiting: (() => void)[] = [];

  readonly receive: (message: unknown) => void = (message) => {
    this.all.push(message);
    for (const wake of this.#waiting.splice(0)) wake();
  };

  async until(length: number): Promise<unknown[]> {
    while (this.all.length < length) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return this.all;
  }
}

/** The snapshot of a resource; of any of its kind without a name. */
export async function snapshotOf(
  { kernel }: TestApp,
  kind: string,
  name?: string,
): Promise<Record<string, unknown>> {
  const { resources } = await kernel.takeSnapshot();
  const found = resources.find((one) => one.kind === kind && (name ?? one.name) === one.name);
  return found!.snapshot as Record<string, unknown>;
}

/** Looks at a state until it is as expected, for a minute at most. */
export async function eventually(look: () => Promise<void>): Promise<void> {
  const end = Date.now() + 60_000;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
}
