/** Sizes as people write them: `512KiB`, `10MB`, or a whole number of bytes. */

/** Bytes per unit, by its name in upper case. */
export const SIZES: ReadonlyMap<string, number> = new Map([
  ["B", 1],
  ["KB", 1e3],
  ["MB", 1e6],
  ["GB", 1e9],
  ["KIB", 2 ** 10],
  ["MIB", 2 ** 20],
  ["GIB", 2 ** 30],
]);

/**
 * The bytes of a size; `undefined` for text that is not one.
 *
 * @example
 * sizeBytes("512KiB"); // 524288
 * sizeBytes("large"); // undefined
 */
export function sizeBytes(size: string | number): number | undefined {
  if (typeof size === "number") return size;
  const [, digits = "", unit = ""] = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(size) ?? [];
  const factor = unit === "" ? 1 : SIZES.get(unit.toUpperCase());
  // There is no part of a byte.
  if (digits === "" || factor === undefined || (factor === 1 && digits.includes("."))) {
    return undefined;
  }
  return Math.floor(Number(digits) * factor);
}

/** The pattern of a size written as text; definitions use it in their schemas. */
export const SIZE_PATTERN: string = String.raw`^\d+(\s*B|(\.\d+)?\s*[KMG]i?B)?$`;
