/** One connection to PostgreSQL, which the driver opens again when it is lost. */
import postgres from "postgres";
import { BoundedWork, nothingToCancel, type WorkHost } from "./bounded_work.ts";
import type { Outcome, RunOptions } from "./database.ts";
import { describeStatement, type Description } from "./postgres_describe.ts";
import { postgresError } from "./postgres_error.ts";
import { POSTGRES_TYPES, toPostgres } from "./postgres_values.ts";
import { tooManyRows, unavailable } from "./sql_error.ts";
import { createWatcher } from "./watcher.ts";

/** After what time a statement is watched. Under load, many wait this long for their turn. */
const WATCH_MS = 100;
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
  /** Called when a statement has ended, so that it has less to do. */
  readonly onEnd: () => void;
}

/** One connection. */
export interface Connection {
  /** How many statements it runs, or is about to. */
  readonly pending: number;
  run(text: string, values: readonly unknown[], options: RunOptions): Promise<Outcome>;
  /** Runs several statements, without a time limit. */
  script(text: string): Promise<void>;
  /** Prepares a statement, and gives what the server says about it. */
  describe(text: string): Promise<Description>;
  /** Closes it at once, whatever it is doing; the next statement opens another. */
  discard(): void;
  close(): Promise<void>;
}

/** A statement to run. */
interface Request {
  readonly text: string;
  readonly values: readonly unknown[];
  readonly maxRows: number;
}

/** Statements without parameters are prepared, too. The types of the driver leave \`simple\` out. */
const PREPARED = { prepare: true, simple: false } as { prepare: true };
const NO_ARRAYS: readonly boolean[] = [];
/** Commands whose count is that of changed rows. */
const WRITES = /^(?:INSERT|UPDATE|DELETE|MERGE)/;

/** A query of the driver. */
type Cancellable = Promise<unknown> & {
  cancel(): unknown;
  /** False while it waits for others of the connection; the types of the driver leave it out. */
  readonly active?: boolean;
};

/** A query that was sent. */
interface Running {
  readonly query: Cancellable;
  hasEnded: boolean;
}

/** Creates a connection; it is opened by its first statement. */
export function createConnection(options: ConnectionOptions): Connection {
  const { url, timeoutMs, onLost, onEnd } = options;
  let pending = 0;
  let cancelling = 0;
  let isClosed = false;
  const watcher = createWatcher(timeoutMs === 0 ? WATCH_MS : Math.min(WATCH_MS, timeoutMs / 2));
  const descriptions = new Map<string, Description>();
  const host: WorkHost = {
    timeoutMs,
    onEnd(work) {
      pending--;
      watcher.delete(work);
      onEnd();
    },
    onStuck(work) {
      if (work.client === client && !isClosed) discard();
    },
  };
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

  /** What the server says about a statement; each is asked about once. */
  async function describe(own: postgres.Sql, text: string): Promise<Description> {
    let description = descriptions.get(text);
    if (description === undefined) {
      description = describeStatement(await own.unsafe(text).describe(), own.options.parsers);
      descriptions.set(text, description);
    }
    return description;
  }

  /** Cancels a query as soon as it runs; resolves when the server has been asked, or it has ended. */
  async function cancel(own: postgres.Sql, running: Running): Promise<void> {
    const { query } = running;
    // The driver would give the rows of a cancelled query that still waits to the one behind it.
    while (query.active !== true && !running.hasEnded) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    if (!running.hasEnded) void cancelRunning(own, query);
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
    onEnd();
  }

  /** Sends a statement, once it is connected. */
  function send(
    work: BoundedWork<Outcome>,
    own: postgres.Sql,
    request: Request,
    isArray: readonly boolean[],
  ): void {
    const { text, values, maxRows } = request;
    const rows: Record<string, unknown>[] = [];
    let isTooLong = false;
    let query: ReturnType<postgres.Sql["unsafe"]>;
    try {
      if (work.isStopped) throw unavailable("the statement was cancelled");
      // Text without a type lets the server say which type a parameter has.
      const parameters = values.map((value, index) => toPostgres(value, isArray[index] === true));
      query = own.unsafe(text, parameters as string[], PREPARED);
    } catch (error) {
      work.fail(error);
      return;
    }
    const running: Running = { query, hasEnded: false };
    work.cancel = () => cancel(own, running);
    query.forEach((row) => {
      if (rows.length < maxRows) rows.push(row);
      else if (!isTooLong) {
        isTooLong = true;
        if (!work.isStopped) void work.cancel();
        work.cancel = nothingToCancel;
      }
    }).then(({ count, command }) => {
      running.hasEnded = true;
      if (isTooLong) work.fail(tooManyRows(maxRows));
      else work.succeed({ rows, changed: WRITES.test(command) ? count : 0 });
    }, (error) => {
      running.hasEnded = true;
      if (isTooLong) work.fail(tooManyRows(maxRows));
      // The server may have cancelled this statement instead of one that had ended.
      else if (!work.isStopped && cancelling > 0 && error.code === CANCELLED) start(work, request);
      else work.fail(error);
    });
  }

  function start(work: BoundedWork<Outcome>, request: Request): void {
    const own = client;
    work.cancel = nothingToCancel;
    const hasLists = request.values.some(Array.isArray);
    if (connected === own && !hasLists) send(work, own, request, NO_ARRAYS);
    else {
      preparing(own, hasLists ? request.text : undefined)
        .then((isArray) => send(work, own, request, isArray), (error) => work.fail(error));
    }
  }

  /** Connects, and gives which parameters of a statement are arrays. */
  async function preparing(
    own: postgres.Sql,
    text: string | undefined,
  ): Promise<readonly boolean[]> {
    if (connected !== own) await connect(own);
    return text === undefined ? NO_ARRAYS : (await describe(own, text)).isArray;
  }

  /** Begins work, which is watched once it takes a while. */
  function begin<T>(text: string, options: Pick<RunOptions, "signal">): BoundedWork<T> {
    const work = new BoundedWork<T>(text, options, client, host);
    pending++;
    // Who waits for a connection notices at once that its user has left.
    if (connected === client) watcher.add(work);
    else work.watch();
    return work;
  }

  return {
    get pending() {
      return pending;
    },
    run(text, values, options) {
      const work = begin<Outcome>(text, options);
      start(work, { text, values, maxRows: options.maxRows });
      return work.promise;
    },
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
    describe(text) {
      const work = begin<Description>(text, {});
      const own = client;
      preparing(own, undefined)
        .then(() => describe(own, text))
        .then((description) => work.succeed(description), (error) => work.fail(error));
      return work.promise;
    },
    discard,
    async close() {
      isClosed = true;
      watcher.stop();
      await client.end({ timeout: CLOSE_S });
    },
  };
}
