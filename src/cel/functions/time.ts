/** What timestamps and durations consist of: `t.getHours('Europe/Berlin')`. */
import { CelError } from "../cel_error.ts";
import type { Context } from "../context.ts";
import { type Duration, int, type Timestamp } from "../values.ts";
import type { Functions } from "./implementation.ts";

/** A part of a date whose UTC fields are those of the wanted time zone. */
const FIELDS: Readonly<Record<string, (local: Date) => number>> = {
  getFullYear: (local) => local.getUTCFullYear(),
  getMonth: (local) => local.getUTCMonth(),
  getDate: (local) => local.getUTCDate(),
  getDayOfMonth: (local) => local.getUTCDate() - 1,
  getDayOfWeek: (local) => local.getUTCDay(),
  getDayOfYear: (local) => {
    const first = new Date(local);
    first.setUTCMonth(0, 1);
    return Math.round((local.getTime() - first.getTime()) / 86_400_000);
  },
  getHours: (local) => local.getUTCHours(),
  getMinutes: (local) => local.getUTCMinutes(),
  getSeconds: (local) => local.getUTCSeconds(),
  getMilliseconds: (local) => local.getUTCMilliseconds(),
};

/** How long a duration is in these units, in nanoseconds; what is left over is dropped. */
const UNITS: Readonly<Record<string, bigint>> = {
  getHours: 3_600_000_000_000n,
  getMinutes: 60_000_000_000n,
  getSeconds: 1_000_000_000n,
};

export const TIME: Functions = {
  ...Object.fromEntries(
    Object.entries(FIELDS).flatMap(([name, read]) => [
      [`timestamp.${name}()`, (_: Context, time: Timestamp) => read(dateOf(time))],
      [
        `timestamp.${name}(string)`,
        (context: Context, time: Timestamp, zone: string) =>
          read(localDate(dateOf(time), zone, context)),
      ],
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(UNITS).map(([name, unit]) => [
      `duration.${name}()`,
      (_: Context, { nanos }: Duration) => int(nanos / unit),
    ]),
  ),
  "duration.getMilliseconds()": (_, { nanos }: Duration) =>
    int(nanos % 1_000_000_000n / 1_000_000n),
};

function dateOf({ nanos }: Timestamp): Date {
  const millis = nanos / 1_000_000n;
  return new Date(Number(nanos % 1_000_000n < 0n ? millis - 1n : millis));
}

const OFFSET = /^([+-]?)(\d\d?):(\d\d)$/;

/** A date whose UTC fields are what a clock in the zone shows. */
function localDate(date: Date, zone: string, context: Context): Date {
  const offset = OFFSET.exec(zone);
  if (offset !== null) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3]);
    return new Date(date.getTime() + (offset[1] === "-" ? -minutes : minutes) * 60_000);
  }
  context.spend(FORMAT_STEPS);
  const parts: Record<string, string> = {};
  for (const { type, value } of formatOf(zone, context).formatToParts(date)) parts[type] = value;
  const local = new Date(date);
  const year = Number(parts["year"]);
  local.setUTCFullYear(
    parts["era"] === "BC" ? 1 - year : year,
    Number(parts["month"]) - 1,
    Number(parts["day"]),
  );
  local.setUTCHours(Number(parts["hour"]), Number(parts["minute"]), Number(parts["second"]));
  return local;
}

const formats = new Map<string, Intl.DateTimeFormat>();
/** As many zones as the world has, and some; texts of users must not fill the memory. */
const MAX_FORMATS = 1_000;
/** What looking up a time zone costs, also one that does not exist. */
const ZONE_STEPS = 1_000;
/** What formatting a date in a time zone costs. */
const FORMAT_STEPS = 8;

function formatOf(zone: string, context: Context): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format !== undefined) return format;
  context.spend(ZONE_STEPS);
  try {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone || "UTC",
      hourCycle: "h23",
      era: "short",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch {
    throw new CelError("The time zone does not exist", {
      help: "Write a name such as 'Europe/Berlin', or an offset such as '+02:00'",
    });
  }
  if (formats.size >= MAX_FORMATS) formats.clear();
  formats.set(zone, format);
  return format;
}
