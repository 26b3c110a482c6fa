/** One connection to PostgreSQL, which the driver opens again when it is lost. */
import postgres from "postgres";
import type { Outcome, RunOptions } from "./database.ts";
import { isArrayType } from "./postgres_arrays.ts";
import { postgresError } from "./postgres_error.ts";
import { POSTGRES_TYPES, toPostgres } from "./postgres_values.ts";
import { timedOut, tooManyRows } from "./sql_error.ts";

/** How long a cancelled statement may take to end before its connection is closed. */
const CANCEL_MS = 5_000;
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

/** A query of the driver that is running. */
type Cancellable = Promise<unknown> & { cancel(): unknown };

/** Creates a connection; it is opened by its first statement. */
export function createConnection(options: ConnectionOptions): Connection {
  const { url, timeoutMs, onLost, onIdle } = options;
  let pending = 0;
  let cancelling = 0;
  let isClosed = false;
  /** Which parameters of a statement are arrays. */
  const arrays = new Map<string, readonly boolean[]>();
  let client = open();

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

  /** Cancels a query; the connection counts as busy until the server cannot mean another one. */
  async function cancel(own: postgres.Sql, query: Cancellable): Promise<void> {
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
    onCancel: (cancel: () => void) => void,
  ): Promise<Outcome> {
    const own = client;
    const isArray = values.some(Array.isArray) ? await arraysOf(own, text) : [];
    const parameters = values.map((value, index) =>
      // Type 0 lets the server say which type a parameter has.
      own.typed(toPostgres(value, isArray[index] === true) as never, 0)
    );
    const query = own.unsafe(text, parameters, { prepare: true, simple: false } as never);
    let stopped = false;
    const stop = () => {
      if (!stopped) void cancel(own, query);
      stopped = true;
    };
    onCancel(stop);
    const rows: Record<string, unknown>[] = [];
    let isTooLong = false;
    try {
      const { count, command } = await query.forEach((row) => {
        if (rows.length < maxRows) rows.push(row);
        else {
          isTooLong = true;
          stop();
        }
      });
      if (isTooLong) throw tooManyRows(maxRows);
      return { rows, changed: /^(?:INSERT|UPDATE|DELETE|MERGE)/.test(command) ? count : 0 };
    } catch (error) {
      if (isTooLong) throw tooManyRows(maxRows);
      if (stopped || cancelling === 0 || (error as { code?: unknown }).code !== CANCELLED) {
        throw error;
      }
      // The server has cancelled this statement instead of one that had ended.
      return await attempt(text, values, maxRows, onCancel);
    }
  }

  /** Settles with `work`, or earlier when it takes too long or is aborted. */
  async function bounded<T>(
    text: string,
    signal: AbortSignal | undefined,
    work: (onCancel: (cancel: () => void) => void) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    pending++;
    let stopWork = () => {};
    const own = client;
    const settled = work((given) => stopWork = given).finally(() => pending--);
    return await new Promise<T>((resolve, reject) => {
      const stop = (error: unknown) => {
        reject(error);
        stopWork();
        const stuck = setTimeout(() => {
          if (own === client && !isClosed) discard();
        }, CANCEL_MS);
        settled.catch(() => {}).finally(() => clearTimeout(stuck));
      };
      const abort = () => stop(signal!.reason);
      const timer = timeoutMs === 0
        ? undefined
        : setTimeout(() => stop(timedOut(timeoutMs)), timeoutMs);
      signal?.addEventListener("abort", abort, { once: true });
      settled.finally(() => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
      }).then(resolve, (error) => reject(postgresError(error, text)));
    });
  }

  return {
    get pending() {
      return pending;
    },
    run: (text, values, { maxRows, signal }) =>
      bounded(text, signal, (onCancel) => attempt(text, values, maxRows, onCancel)),
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
    prepare: (text) => bounded(text, undefined, async () => void await arraysOf(client, text)),
    discard,
    async close() {
      isClosed = true;
      await client.end({ timeout: CLOSE_S });
    },
  };
}
