/** The tables of durable jobs, in SQLite or PostgreSQL. */
import type {
  DurableJobs,
  JobState,
  SqlTransaction,
  SqlTransactions,
} from "../../contract/author.ts";
import { createJobsApi, type RunStatement } from "./jobs_api.ts";
import { hasEnded } from "./owner.ts";

/** How long a process may work on a job without saying so again. */
export const LEASE_MS = 10_000;

/** The advisory lock of PostgreSQL under which tables are created and jobs are begun. */
const LOCK = 0x64_69_67_6a;

const TABLES = [
  `CREATE TABLE IF NOT EXISTS digly_jobs (
    id text PRIMARY KEY, resource text NOT NULL, state text NOT NULL,
    input text NOT NULL, output text, error text, runs integer NOT NULL,
    owner text, lease bigint NOT NULL, created bigint NOT NULL, updated bigint NOT NULL
  )`,
  "CREATE INDEX IF NOT EXISTS digly_jobs_state ON digly_jobs (resource, state, created)",
  `CREATE TABLE IF NOT EXISTS digly_job_steps (
    job text NOT NULL, step text NOT NULL, output text, error text, ended bigint NOT NULL,
    PRIMARY KEY (job, step)
  )`,
];

/**
 * On PostgreSQL, steps are numbered in the order in which they end, which their rows do not keep: space of deleted
 * ones is used again. SQLite numbers its rows.
 */
const NUMBER = "number";
const HAS_NUMBER = `SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass('digly_job_steps')
  AND attname = '${NUMBER}' AND NOT attisdropped`;
const ADD_NUMBER = `ALTER TABLE digly_job_steps ADD COLUMN ${NUMBER} bigserial`;

/** A step that has ended. */
export interface StepRecord {
  /** As JSON. */
  readonly output: string | undefined;
  /** As JSON, of a step that has failed and whose failure was caught. */
  readonly error: string | undefined;
}

/** A job that this process works on. */
export interface ClaimedJob {
  readonly id: string;
  /** As JSON. */
  readonly input: string;
}

/** How a job ended, with its output or error as JSON. */
export interface JobEnd {
  readonly state: JobState;
  readonly output?: string;
  readonly error?: string;
}

/** A job that was claimed, if there is one, and how many others have not ended. */
export interface NextJob {
  readonly job: ClaimedJob | undefined;
  readonly left: number;
}

/** The jobs of one resource. */
export interface JobStore {
  /** Creates the tables. */
  prepare(): Promise<void>;
  begin(job: ClaimedJob, owner: string): Promise<void>;
  /** Claims a job that was interrupted. */
  claimNext(owner: string): Promise<NextJob>;
  /** The same; begins `job` if all jobs have ended. */
  claimOrBegin(job: ClaimedJob, owner: string): Promise<NextJob>;
  /** Says that the owner still works on a job; gives its state if it is not the owner any more. */
  renew(id: string, owner: string, transaction?: SqlTransaction): Promise<string | undefined>;
  /** The steps that have ended. */
  steps(id: string): Promise<ReadonlyMap<string, StepRecord>>;
  /** Records a step; false if it is recorded already. */
  record(
    transaction: SqlTransaction,
    id: string,
    step: string,
    result: StepRecord,
  ): Promise<boolean>;
  write: SqlTransactions["write"];
  /** Ends a job, unless it has another owner by now. */
  finish(id: string, owner: string, end: JobEnd): Promise<void>;
  /** Lets another process continue with a job. */
  release(id: string, owner: string): Promise<void>;
  /** Forgets jobs that have ended longer ago. */
  forget(ms: number): Promise<void>;
  readonly jobs: DurableJobs["durableJobs"];
}

type Row = Readonly<Record<string, unknown>>;

/** Creates the store of the jobs of the resource `urn`. */
export function createJobStore(urn: string, database: SqlTransactions): JobStore {
  const isPostgres = database.dialect === "postgres";
  // The clock of the database: those of several machines differ.
  const now = isPostgres
    ? "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
    : "CAST((julianday('now') - 2440587.5) * 86400000 AS integer)";

  /** Replaces `?1` by the form of the database. */
  function sql(text: string): string {
    const dated = text.replaceAll("NOW", now)
      .replaceAll("STEP_NUMBER", isPostgres ? NUMBER : "rowid");
    return isPostgres ? dated.replaceAll(/\?(?=\d)/g, "$") : dated;
  }

  const run: RunStatement = (transaction, text, values = []) => transaction.run(sql(text), values);
  const write = <T>(work: (transaction: SqlTransaction) => Promise<T>) => database.write(work);

  /** Nobody else creates tables or begins jobs until the transaction ends; SQLite has one writer. */
  async function exclusively(transaction: SqlTransaction): Promise<void> {
    if (isPostgres) await transaction.run(`SELECT pg_advisory_xact_lock(${LOCK})`, []);
  }

  async function insert(
    transaction: SqlTransaction,
    { id, input }: ClaimedJob,
    owner: string,
  ): Promise<void> {
    await run(
      transaction,
      `INSERT INTO digly_jobs (id, resource, state, input, runs, owner, lease, created, updated)
       VALUES (?1, ?2, 'running', ?3, 1, ?4, NOW + ${LEASE_MS}, NOW, NOW)`,
      [id, urn, input, owner],
    );
  }

  const unfinished = (transaction: SqlTransaction): Promise<readonly Row[]> =>
    run(
      transaction,
      `SELECT id, input, owner, lease < NOW AS expired FROM digly_jobs
       WHERE resource = ?1 AND state = 'running' ORDER BY created`,
      [urn],
    );

  const isFree = ({ owner, expired }: Row) =>
    owner === null || expired === true || expired === 1 || hasEnded(String(owner));

  /** Claims what nobody works on. */
  async function claim(transaction: SqlTransaction, row: Row, owner: string): Promise<boolean> {
    const rows = await run(
      transaction,
      `UPDATE digly_jobs SET owner = ?1, lease = NOW + ${LEASE_MS}, runs = runs + 1, updated = NOW
       WHERE id = ?2 AND state = 'running' AND coalesce(owner, '') = ?3 RETURNING id`,
      [owner, row["id"], row["owner"] ?? ""],
    );
    return rows.length > 0;
  }

  async function claimNext(
    transaction: SqlTransaction,
    owner: string,
  ): Promise<NextJob> {
    const rows = await unfinished(transaction);
    for (const row of rows.filter(isFree)) {
      if (!await claim(transaction, row, owner)) continue;
      const job = { id: String(row["id"]), input: String(row["input"]) };
      return { job, left: rows.length - 1 };
    }
    return { job: undefined, left: rows.length };
  }

  return {
    prepare: () =>
      write(async (transaction) => {
        await exclusively(transaction);
        for (const text of TABLES) await transaction.run(text, []);
        if (!isPostgres) return;
        // Asked first, since the change waits for all that use the table.
        const [known] = await transaction.run(HAS_NUMBER, []);
        if (known === undefined) await transaction.run(ADD_NUMBER, []);
      }),
    begin: (job: ClaimedJob, owner: string) =>
      write((transaction) => insert(transaction, job, owner)),
    claimNext: (owner: string) => write((transaction) => claimNext(transaction, owner)),
    claimOrBegin: (job: ClaimedJob, owner: string) =>
      write(async (transaction) => {
        await exclusively(transaction);
        const next = await claimNext(transaction, owner);
        if (next.job !== undefined || next.left > 0) return next;
        await insert(transaction, job, owner);
        return { job, left: 0 };
      }),
    async renew(
      id: string,
      owner: string,
      transaction?: SqlTransaction,
    ): Promise<string | undefined> {
      const work = async (transaction: SqlTransaction) => {
        const rows = await run(
          transaction,
          `UPDATE digly_jobs SET lease = NOW + ${LEASE_MS}, updated = NOW
           WHERE id = ?1 AND owner = ?2 AND state = 'running' RETURNING id`,
          [id, owner],
        );
        if (rows.length > 0) return undefined;
        const [row] = await run(transaction, "SELECT state FROM digly_jobs WHERE id = ?1", [id]);
        return String(row?.["state"] ?? "gone");
      };
      return transaction === undefined ? await write(work) : await work(transaction);
    },
    async steps(id: string): Promise<Map<string, StepRecord>> {
      const rows = await write((transaction) =>
        run(transaction, "SELECT step, output, error FROM digly_job_steps WHERE job = ?1", [id])
      );
      return new Map(rows.map((row) => [String(row["step"]), recordOf(row)]));
    },
    async record(
      transaction: SqlTransaction,
      id: string,
      step: string,
      { output, error }: StepRecord,
    ): Promise<boolean> {
      const rows = await run(
        transaction,
        `INSERT INTO digly_job_steps (job, step, output, error, ended)
         VALUES (?1, ?2, ?3, ?4, NOW) ON CONFLICT DO NOTHING RETURNING step`,
        [id, step, output ?? null, error ?? null],
      );
      return rows.length > 0;
    },
    write,
    async finish(id, owner, { state, output, error }) {
      await write((transaction) =>
        run(
          transaction,
          `UPDATE digly_jobs SET state = ?3, output = ?4, error = ?5, owner = NULL, updated = NOW
           WHERE id = ?1 AND owner = ?2 AND state = 'running'`,
          [id, owner, state, output ?? null, error ?? null],
        )
      );
    },
    async release(id, owner) {
      await write((transaction) =>
        run(
          transaction,
          "UPDATE digly_jobs SET owner = NULL, lease = 0 WHERE id = ?1 AND owner = ?2",
          [id, owner],
        )
      );
    },
    forget: (ms: number) =>
      write(async (transaction) => {
        const old = `SELECT id FROM digly_jobs
          WHERE resource = ?1 AND state <> 'running' AND updated < NOW - ?2`;
        await run(transaction, `DELETE FROM digly_job_steps WHERE job IN (${old})`, [urn, ms]);
        await run(transaction, `DELETE FROM digly_jobs WHERE id IN (${old})`, [urn, ms]);
      }),
    jobs: createJobsApi(urn, write, run),
  };
}

function recordOf({ output, error }: Row): StepRecord {
  const text = (value: unknown) => value === null ? undefined : String(value);
  return { output: text(output), error: text(error) };
}
