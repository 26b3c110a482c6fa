/** Removes values whose time is over, which NATS keeps otherwise. Reading ignores them anyway. */
import type { Msg } from "@nats-io/transport-node";
import { messageOf, type ModuleCreateContext } from "../../contract/author.ts";
import { expecting, parseAck, pull } from "../shared/jetstream.ts";
import type { NatsStore } from "../shared/nats_store.ts";

/** The header with the time at which a value is dropped, in milliseconds. */
export const EXPIRES = "Digly-Expires";

/** How often one of the processes that share a bucket looks at all values. */
const INTERVAL_MS = 600_000;
const BATCH = 1_000;
/** How long the server may take for a batch. */
const BATCH_MS = 10_000;

/** Options of {@link startSweeper}. */
export interface SweeperOptions {
  readonly store: Pick<NatsStore, "js" | "nats">;
  readonly stream: string;
  readonly own: (name: string) => string;
  readonly now: () => number;
  readonly purge: (subject: string, revision: number) => Promise<boolean>;
}

/** Sweeps from time to time, until the returned function is called. */
export function startSweeper(options: SweeperOptions, ctx: ModuleCreateContext): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isStopped = false;

  function schedule(): void {
    if (isStopped) return;
    timer = setTimeout(() => {
      sweepInTurn(options).catch((error) => {
        ctx.log.debug(`Values whose time is over could not be removed: ${messageOf(error)}`);
      }).finally(schedule);
    }, INTERVAL_MS * (0.75 + Math.random() / 2));
    (timer as { unref?: () => void }).unref?.();
  }

  schedule();
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}

/** Sweeps unless another process has done so recently. */
async function sweepInTurn(options: SweeperOptions): Promise<void> {
  const { store: { js }, stream, own, now } = options;
  const subject = own("swept");
  const last = await js.read(stream, { last_by_subj: subject });
  if (last !== undefined && now() - last.time < INTERVAL_MS / 2) return;
  // Of several at once, only the first can write.
  await js.publish(subject, new Uint8Array(), expecting(last?.seq ?? 0));
  await sweep(options);
}

/** Removes all values whose time is over; gives how many. */
export async function sweep(
  { store: { js, nats }, stream, now, purge }: Omit<SweeperOptions, "own">,
): Promise<number> {
  const { name } = await js.api<{ name: string }>(`CONSUMER.CREATE.${stream}`, {
    stream_name: stream,
    config: {
      ack_policy: "none",
      deliver_policy: "all",
      replay_policy: "instant",
      headers_only: true,
      mem_storage: true,
      inactive_threshold: 30e9,
    },
  });
  let swept = 0;
  for (;;) {
    const messages: Msg[] = [];
    await pull(
      nats,
      { stream, consumer: name, batch: BATCH, waitMs: 0, timeoutMs: BATCH_MS },
      (message) => messages.push(message),
    );
    for (const { subject, reply, headers } of messages) {
      const expires = headers?.get(EXPIRES) ?? "";
      if (expires === "" || Number(expires) > now()) continue;
      // Messages of a consumer have an address for answers.
      if (await purge(subject, parseAck(reply!).seq)) swept++;
    }
    if (messages.length < BATCH) return swept;
  }
}
