/** The time of events as text, which costs more to write than the rest of a record. */

let writtenAt = NaN;
let written = "";

/** The current time as ISO 8601, written once a millisecond. */
export function currentTimestamp(): string {
  const now = Date.now();
  if (now !== writtenAt) {
    written = new Date(now).toISOString();
    writtenAt = now;
  }
  return written;
}
