/** How a duration or a size is written that somebody has written in words or with another unit. */

/** A number and a unit, as people write them. */
const QUANTITY = /^\s*(\d+(?:\.\d+)?)\s*([a-z]+)\.?\s*$/i;

/** By the first letters of their names; milliseconds come before minutes. */
const DURATION_UNITS: readonly (readonly [RegExp, unit: string])[] = [
  [/^(?:ms|msecs?|millis(?:econds?)?)$/i, "ms"],
  [/^(?:s|secs?|seconds?)$/i, "s"],
  [/^(?:m|mins?|minutes?)$/i, "m"],
  [/^(?:h|hrs?|hours?)$/i, "h"],
];

const SIZE_UNITS: readonly (readonly [RegExp, unit: string])[] = [
  [/^(?:k|ki|kilos?|kilobytes?|kibibytes?|kb|kib)$/i, "KiB"],
  [/^(?:m|mi|megs?|megabytes?|mebibytes?|mb|mib)$/i, "MiB"],
  [/^(?:g|gi|gigs?|gigabytes?|gibibytes?|gb|gib)$/i, "GiB"],
  [/^(?:b|bytes?)$/i, "B"],
];

/** The help for text that is not a duration or a size, which `message` says. */
export function notationHelp(text: string, message: string): string | undefined {
  const [, amount = "", word = ""] = QUANTITY.exec(text) ?? [];
  const unitAmong = (units: typeof SIZE_UNITS) => units.find(([names]) => names.test(word))?.[1];
  if (message.startsWith("must be a duration")) {
    const unit = unitAmong(DURATION_UNITS);
    if (unit === undefined) return undefined;
    // Only some fields may be hours long.
    return unit === "h" && !message.includes("2h")
      ? `Write ${Number(amount) * 60}m`
      : `Write ${amount}${unit}`;
  }
  if (!message.startsWith("must be a size")) return undefined;
  if (/^\d+\.\d+$/.test(text)) return `Add a unit, such as ${text}KiB`;
  const unit = unitAmong(SIZE_UNITS);
  if (unit === undefined) return undefined;
  return `Write ${unit === "B" ? Math.ceil(Number(amount)) : amount}${unit}`;
}
