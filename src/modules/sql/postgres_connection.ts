/** One connection to PostgreSQL, which the driver opens again when it is lost. */
import postgres from "postgres";
import type { Outcome, RunOptions } from "./database.ts";
import { isArrayType } from "./postgres_arrays.ts";
import { postgresError } from "./postgres_error.ts";
import { POSTGRES_TYPES, toPostgres } from "./postgres_values.ts";
import { timedOut, tooManyRows, unavailable } from "./sql_error.ts";

/** After what time a statement is watched: for most, that would cost as much as they do. */
const WATCH_MS = 20;
/** How long a cancelled statement may take to end before its connection is closed. */
const CANCEL_MS = 5_000;
/** How often to look whether a statement that is to be cancelled runs by now. */
const LOOK_MS = 10;
/** How long connecting may take where statements have no limit, in seconds. */
const CONNECT_S = 30;
/** The server's code for a cancelled statement. */
const CANCELLED = "57014";
/** How long closing waits for what runs, in seconds. */
const CLOSE_S = 5;

/** What a connection is opened with. */
export interface ConnectionOptions {
  readonly url: string;
  /** How long a statement may take, connecting included; 0 for any time. */
  readonly timeoutMs: number;
  /** Called when the connection is lost, or cannot be opened. */
  readonly onLost: () => void;
  /** Called when it has become idle after a statement that was cancelled. */
  readonly onIdle: () => void;
}

/** One connection. */
export interface Connection {
  /** How many statements it runs, or is about to. */
  readonly pending: number;
  run(text: string, values: readonly unknown[], options: RunOptions): Promise<Outcome>;
  /** Runs several statements, without a time limit. */
  script(text: string): Promise<void>;
  /** Prepares a statement. */
  prepare(text: string): Promise<void>;
  /** Closes it at once, whatever it is doing; the next statement opens another. */
  discard(): void;
  close(): Promise<void>;
}

/** A query of the driver. */
type Cancellable = Promise<unknown> & {
  cancel(): unknown;
  /** False while it waits for others of the connection; the types of the driver leave it out. */
  readonly active?: boolean;
};

/** Creates a connection; it is opened by its first statement. */
export function createConnection(options: ConnectionOptions): Connection {
  const { url, timeoutMs, onLost, onIdle } = options;
  let pending = 0;
  let cancelling = 0;
  let isClosed = false;
  /** Starts to watch the timeout and the signal of statements that have just begun. */
  const unwatched = new Set<() => void>();
  let watching: ReturnType<typeof setTimeout> | undefined;
  /** Which parameters of a statement are arrays. */
  const arrays = new Map<string, readonly boolean[]>();
  let client = open();
  /** The client that is connected, and one that is connecting. */
  let connected: postgres.Sql | undefined;
  let connecting: { readonly client: postgres.Sql; readonly done: Promise<unknown> } | undefined;

  function open(): postgres.Sql {
    const opened = postgres(url, {
      max: 1,
      max_lifetime: null,
      connect_timeout: timeoutMs === 0 ? CONNECT_S : Math.max(1, Math.ceil(timeoutMs / 1_000)),
      onnotice: () => {},
      onclose: () => {
        if (!isClosed && opened === client) discard();
      },
      connection: { application_name: "digly", TimeZone: "UTC" },
      types: POSTGRES_TYPES,
    });
    return opened;
  }

  /**
   * Continues with another client: after a loss, the driver's would report the last error of the
   * lost connection for the first statement of the next one, and wait before it connects.
   */
  function discard(): void {
    const lost = client;
    client = open();
    void lost.end({ timeout: 0 });
    onLost();
  }

  /**
   * Connects by a statement of its own: the driver never gets ready if the one that it connects for
   * is cancelled meanwhile.
   */
  async function connect(own: postgres.Sql): Promise<void> {
    if (connecting?.client !== own) connecting = { client: own, done: own.unsafe("SELECT 1") };
    try {
      await connecting.done;
      connected = own;
    } finally {
      if (connecting?.client === own) connecting = undefined;
    }
  }

  async function arraysOf(own: postgres.Sql, text: string): Promise<readonly boolean[]> {
    let found = arrays.get(text);
    if (found === undefined) {
      const { types } = await own.unsafe(text).describe();
      const parsers = own.options.parsers as Readonly<Record<number, { readonly array?: boolean }>>;
      found = types.map((type) => isArrayType(type) || parsers[type]?.array === true);
      arrays.set(text, found);
    }
    return found;
  }

  /** Cancels a query as soon as it runs; resolves when the server has been asked, or it has ended. */
  async function cancel(
    own: postgres.Sql,
    query: Cancellable,
    hasEnded: () => boolean,
  ): Promise<void> {
    // The driver would give the rows of a cancelled query that still waits to the one behind it.
    while (query.active !== true && !hasEnded()) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    if (!hasEnded()) void cancelRunning(own, query);
  }

  /** Cancels a running query; the connection is busy until the server cannot mean another one. */
  async function cancelRunning(own: postgres.Sql, query: Cancellable): Promise<void> {
    pending++;
    cancelling++;
    try {
      await query.cancel();
      await query.catch(() => {});
      await own.unsafe("SELECT 1");
    } catch { /* It was this statement that was cancelled, or the connection is lost. */ }
    cancelling--;
    pending--;
    onIdle();
  }

  async function attempt(
    text: string,
    values: readonly unknown[],
    maxRows: number,
    onCancel: (cancel: () => Promise<void>) => void,
  ): Promise<Outcome> {
    const own = client;
    let stopped: Promise<void> | undefined;
    onCancel(() => stopped = Promise.resolve());
    if (connected !== own) await connect(own);
    const isArray = values.some(Array.isArray) ? await arraysOf(own, text) : [];
    const parameters = values.map((value, index) =>
      // Type 0 lets the server say which type a parameter has.
      own.typed(toPostgres(value, isArray[index] === true) as never, 0)
    );
    // It was given up before it began.
    if (stopped !== undefined) throw unavailable("the statement was cancelled");
    const query = own.unsafe(text, parameters, { prepare: true, simple: false } as never);
    let hasEnded = false;
    const stop = () => stopped ??= cancel(own, query, () => hasEnded);
    onCancel(stop);
    const rows: Record<string, unknown>[] = [];
    let isTooLong = false;
    try {
      const { count, command } = await query.forEach((row) => {
        if (rows.length < maxRows) rows.push(row);
        else {
          isTooLong = true;
          void stop();
        }
      });
      if (isTooLong) throw tooManyRows(maxRows);
      return { rows, changed: /^(?:INSERT|UPDATE|DELETE|MERGE)/.test(command) ? count : 0 };
    } catch (error) {
      if (isTooLong) throw tooManyRows(maxRows);
      if (
        stopped !== undefined || cancelling === 0 ||
        (error as { code?: unknown }).code !== CANCELLED
      ) {
        throw error;
      }
      // The server has cancelled this statement instead of one that had ended.
      return await attempt(text, values, maxRows, onCancel);
    } finally {
      hasEnded = true;
    }
  }

  /** Has a statement watched if it still runs after a while. */
  function watchLater(watch: () => void): void {
    unwatched.add(watch);
    watching ??= setTimeout(() => {
      watching = undefined;
      const all = [...unwatched];
      unwatched.clear();
      for (const watch of all) watch();
    }, WATCH_MS);
  }

  /** Settles with `work`, or earlier when it takes too long or is aborted. */
  function bounded<T>(
    text: string,
    options: Pick<RunOptions, "signal">,
    work: (onCancel: (cancel: () => Promise<void>) => void) => Promise<T>,
  ): Promise<T> {
    const own = client;
    pending++;
    return new Promise<T>((resolve, reject) => {
      let stopWork = () => Promise.resolve();
      let unwatch = () => {};
      let isSettled = false;
      let onSettled = () => {};
      const stop = (error: unknown) => {
        reject(error);
        void stopWork().then(() => {
          if (isSettled) return;
          const stuck = setTimeout(() => {
            if (own === client && !isClosed) discard();
          }, CANCEL_MS);
          onSettled = () => clearTimeout(stuck);
        });
      };
      const start = performance.now();
      const watch = () => {
        const { signal } = options;
        const abort = () => stop(signal!.reason);
        const timer = timeoutMs === 0 ? undefined : setTimeout(
          () => stop(timedOut(timeoutMs)),
          timeoutMs - (performance.now() - start),
        );
        signal?.addEventListener("abort", abort, { once: true });
        unwatch = () => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", abort);
        };
        if (signal?.aborted === true) abort();
      };
      const settle = () => {
        isSettled = true;
        pending--;
        unwatched.delete(watch);
        unwatch();
        onSettled();
      };
      // Who waits for a connection notices at once that its user has left.
      if (connected === own) watchLater(watch);
      else watch();
      work((given) => stopWork = given).then((result) => {
        settle();
        resolve(result);
      }, (error) => {
        settle();
        reject(postgresError(error, text));
      });
    });
  }

  return {
    get pending() {
      return pending;
    },
    run: (text, values, options) =>
      bounded(text, options, (onCancel) => attempt(text, values, options.maxRows, onCancel)),
    async script(text) {
      pending++;
      try {
        await client.unsafe(text).simple();
      } catch (error) {
        throw postgresError(error, text);
      } finally {
        pending--;
      }
    },
    prepare: (text) =>
      bounded(text, {}, async () => {
        const own = client;
        if (connected !== own) await connect(own);
        await arraysOf(own, text);
      }),
    discard,
    async close() {
      isClosed = true;
      clearTimeout(watching);
      await client.end({ timeout: CLOSE_S });
    },
  };
}
