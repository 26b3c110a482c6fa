/** A timer for a point in time, however far away. */
import type { Clock } from "../../contract/author.ts";

/** The longest single timer: a machine that slept, or whose time was set, is noticed after it. */
const LONGEST_WAIT_MS = 3_600_000;

/** Calls `ring` later, once the clock shows `time`; the returned function cancels that. */
export function setAlarm(clock: Clock, time: number, ring: () => void): () => void {
  let cancel: () => void;
  const wait = () => {
    // A timer of a fraction of a millisecond fires too early.
    const left = Math.max(0, Math.ceil(time - clock.now()));
    cancel = clock.setTimeout(() => {
      if (clock.now() >= time) ring();
      else wait();
    }, Math.min(left, LONGEST_WAIT_MS));
  };
  wait();
  return () => cancel();
}
