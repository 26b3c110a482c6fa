/** How long values are kept: `500ms`, `30s`, `5m`, `1h`, `7d`, or a number of seconds. */

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** The milliseconds of a time; `undefined` for none. */
export function ttlMs(ttl: string | number | null | undefined): number | undefined {
  if (ttl === undefined || ttl === null) return undefined;
  const [, number, unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(String(ttl)) ?? [];
  const milliseconds = Number(number) * (UNITS[unit] ?? NaN);
  if (milliseconds > 0) return milliseconds;
  throw new Error("`ttl` must be a time such as 500ms, 30s, 5m, 1h or 7d, and more than 0");
}
