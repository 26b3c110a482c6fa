/** Notices that a database is lost, and that it is back. */
import type { Logger } from "../../contract/author.ts";

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5_000;

/** Options of {@link watchServer}. */
export interface WatchOptions {
  /** The database, for people. */
  readonly name: string;
  readonly log: Logger;
  /** Reports that the app is not ready; gives what takes that back. */
  readonly reportUnready: (reason: string) => () => void;
}

/** A watch over one database. */
export interface Watch {
  /** Something failed: try whether the database still answers. */
  suspect(): void;
  stop(): void;
}

/**
 * Pings a database from the moment that a connection is lost until it answers again. While it does
 * not answer, the app is not ready.
 */
export function watchServer(
  ping: () => Promise<void>,
  { name, log, reportUnready }: WatchOptions,
): Watch {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isProbing = false;
  let isStopped = false;
  let takeBack: (() => void) | undefined;

  async function probe(delay: number): Promise<void> {
    try {
      await ping();
    } catch (error) {
      if (isStopped) return;
      if (takeBack === undefined) {
        log.error(`Lost ${name}: ${error instanceof Error ? error.message : String(error)}`);
        takeBack = reportUnready(`${name} does not answer`);
      }
      timer = setTimeout(() => void probe(Math.min(2 * delay, LONGEST_RETRY_MS)), delay);
      // The app may end although its database does not come back.
      (timer as { unref?: () => void }).unref?.();
      return;
    }
    isProbing = false;
    if (takeBack === undefined) return;
    takeBack();
    takeBack = undefined;
    log.info(`${name} answers again`);
  }

  return {
    suspect() {
      if (isProbing || isStopped) return;
      isProbing = true;
      void probe(FIRST_RETRY_MS);
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
