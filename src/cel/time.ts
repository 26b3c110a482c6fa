/** Timestamps and durations: their range, and how they are written and read. */
import { CelError } from "./cel_error.ts";
import { Duration, Timestamp } from "./values.ts";

const SECOND = 1_000_000_000n;
/** From 0001-01-01T00:00:00Z to the end of 9999, in seconds since 1970. */
const FIRST_SECOND = -62_135_596_800n;
const LAST_SECOND = 253_402_300_799n;
const LAST_NANO = LAST_SECOND * SECOND + SECOND - 1n;
/** Nanoseconds have 64 bits, which are 292 years. */
const LONGEST = 2n ** 63n - 1n;

/** A timestamp of these nanoseconds since 1970. */
export function timestampOf(nanos: bigint): Timestamp {
  if (nanos < FIRST_SECOND * SECOND || nanos > LAST_NANO) {
    throw new CelError("The timestamp is not in the years 1 to 9999");
  }
  return new Timestamp(nanos);
}

/** A duration of these nanoseconds. */
export function durationOf(nanos: bigint): Duration {
  if (nanos < -LONGEST || nanos > LONGEST) {
    throw new CelError("The duration is longer than 292 years");
  }
  return new Duration(nanos);
}

const TIMESTAMP =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/** Reads RFC 3339; `undefined` for any other text. */
export function parseTimestamp(text: string): Timestamp | undefined {
  const match = TIMESTAMP.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = "", sign, zoneHour, zoneMinute] =
    match;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  date.setUTCHours(Number(hour), Number(minute), Number(second));
  // A field out of range, such as the 31st of February, moves the others.
  const isDate = date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day) &&
    date.getUTCHours() === Number(hour) && date.getUTCMinutes() === Number(minute) &&
    date.getUTCSeconds() === Number(second);
  if (!isDate) return undefined;
  const offset = sign === undefined
    ? 0
    : (sign === "-" ? 1 : -1) * (Number(zoneHour) * 60 + Number(zoneMinute)) * 60_000;
  return timestampOf(
    BigInt(date.getTime() + offset) * 1_000_000n + BigInt(fraction.padEnd(9, "0")),
  );
}

/** As RFC 3339 in UTC, with as many digits of the second as there are. */
export function writeTimestamp({ nanos }: Timestamp): string {
  const fraction = ((nanos % SECOND) + SECOND) % SECOND;
  const seconds = (nanos - fraction) / SECOND;
  const text = new Date(Number(seconds) * 1000).toISOString().replace(/\.\d+Z$/, "");
  return `${text}${writeFraction(fraction)}Z`;
}

/** As seconds: `3600s`, `1.5s`. */
export function writeDuration({ nanos }: Duration): string {
  const size = nanos < 0n ? -nanos : nanos;
  return `${nanos < 0n ? "-" : ""}${size / SECOND}${writeFraction(size % SECOND)}s`;
}

function writeFraction(nanos: bigint): string {
  return nanos === 0n ? "" : `.${String(nanos).padStart(9, "0").replace(/0+$/, "")}`;
}

const UNITS: Readonly<Record<string, bigint>> = {
  h: 3600n * SECOND,
  m: 60n * SECOND,
  s: SECOND,
  ms: 1_000_000n,
  us: 1_000n,
  "µs": 1_000n,
  "μs": 1_000n,
  ns: 1n,
};

const PART = /(\d*)(?:\.(\d*))?(h|ms|m|s|us|µs|μs|ns)/y;

/** Reads `1h30m`, `90s`, `-1.5s`; `undefined` for any other text. */
export function parseDuration(text: string): Duration | undefined {
  const sign = text.startsWith("-") ? -1n : 1n;
  const size = text.replace(/^[+-]/, "");
  if (size === "0") return new Duration(0n);
  let total = 0n;
  let at = 0;
  while (at < size.length) {
    PART.lastIndex = at;
    const match = PART.exec(size);
    const [whole, digits = "", fraction = "", unit] = match ?? [""];
    if (digits === "" && fraction === "" || digits.length > 18) return undefined;
    // The pattern accepts only these units.
    const scale = UNITS[unit!]!;
    const kept = fraction.slice(0, 18);
    total += BigInt(digits || "0") * scale +
      BigInt(kept || "0") * scale / 10n ** BigInt(kept.length);
    at += whole.length;
  }
  return size === "" ? undefined : durationOf(sign * total);
}
