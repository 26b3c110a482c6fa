/** The table of messages in PostgreSQL, and the statements on it. */

/** The advisory lock of whoever creates the table: processes may start at the same time. */
export const TABLE_LOCK = 0x6469676c7971; // "diglyq"

export const TABLE = `
  CREATE TABLE IF NOT EXISTS digly_queue (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    queue text NOT NULL,
    body text NOT NULL,
    published bigint NOT NULL,
    due bigint NOT NULL,
    attempt integer NOT NULL DEFAULT 0,
    lease text,
    dead boolean NOT NULL DEFAULT false,
    notes text
  );
  CREATE INDEX IF NOT EXISTS digly_queue_due ON digly_queue (queue, dead, due, id)`;

/** The time of the server in milliseconds: the clocks of those who share a queue may differ. */
const NOW = "floor(extract(epoch FROM statement_timestamp()) * 1000)::bigint";

/** A list of claims, \`[{ id, lease }]\`, as a table. */
const CLAIMS = "json_to_recordset($1::text::json) AS claim (id bigint, lease text)";

const NOTIFY = (queue: string): string => `notified AS (SELECT pg_notify('digly_queue', ${queue}))`;

/** The names of the statements. */
type StatementName =
  | "add"
  | "addMany"
  | "claim"
  | "next"
  | "renew"
  | "remove"
  | "retry"
  | "release"
  | "bury"
  | "counts";

export const STATEMENTS: Readonly<Record<StatementName, string>> = {
  add: `WITH added AS (
      INSERT INTO digly_queue (queue, body, published, due, notes)
      VALUES ($1::text, $2::text, ${NOW}, ${NOW} + $3::bigint, $4::text) RETURNING id
    ), ${NOTIFY("$1::text")}
    SELECT id FROM added, notified`,
  addMany: `WITH added AS (
      INSERT INTO digly_queue (queue, body, published, due, notes)
      SELECT $1::text, message->>'body', ${NOW}, ${NOW} + (message->>'delay')::bigint,
        message->>'notes'
      FROM json_array_elements($2::text::json) WITH ORDINALITY AS list (message, position)
      ORDER BY position RETURNING id
    ), ${NOTIFY("$1::text")}
    SELECT id FROM added, notified ORDER BY id`,
  claim: `WITH next AS (
      SELECT id FROM digly_queue WHERE queue = $1::text AND NOT dead AND due <= ${NOW}
      ORDER BY due, id LIMIT $2::integer FOR UPDATE SKIP LOCKED
    )
    UPDATE digly_queue AS q
    SET lease = $3::text, due = ${NOW} + $4::bigint, attempt = attempt + 1
    FROM next WHERE q.id = next.id
    RETURNING q.id, q.body, q.published, q.attempt, q.notes`,
  next: `SELECT min(due) - ${NOW} AS wait FROM digly_queue WHERE queue = $1::text AND NOT dead`,
  renew: `UPDATE digly_queue AS q SET due = ${NOW} + $2::bigint FROM ${CLAIMS}
    WHERE q.id = claim.id AND q.lease = claim.lease RETURNING q.id`,
  remove: `DELETE FROM digly_queue AS q USING ${CLAIMS}
    WHERE q.id = claim.id AND q.lease = claim.lease RETURNING q.id`,
  retry: `WITH changed AS (
      UPDATE digly_queue SET due = ${NOW} + $3::bigint, notes = $4::text, lease = NULL
      WHERE id = $1::bigint AND lease = $2::text RETURNING id
    ), ${NOTIFY("$5::text")}
    SELECT id FROM changed, notified`,
  release: `WITH changed AS (
      UPDATE digly_queue SET due = ${NOW}, attempt = attempt - 1, lease = NULL
      WHERE id = $1::bigint AND lease = $2::text RETURNING id
    ), ${NOTIFY("$3::text")}
    SELECT id FROM changed, notified`,
  bury: `UPDATE digly_queue SET dead = true, notes = $3::text, lease = NULL
    WHERE id = $1::bigint AND lease = $2::text RETURNING id`,
  counts: `SELECT
      count(*) FILTER (WHERE NOT dead AND due <= ${NOW}) AS ready,
      count(*) FILTER (WHERE NOT dead AND due > ${NOW} AND lease IS NULL) AS delayed,
      count(*) FILTER (WHERE NOT dead AND due > ${NOW} AND lease IS NOT NULL) AS active,
      count(*) FILTER (WHERE dead) AS dead,
      coalesce(${NOW} - min(published) FILTER (WHERE NOT dead AND due <= ${NOW}), 0) AS oldest
    FROM digly_queue WHERE queue = $1::text`,
};
