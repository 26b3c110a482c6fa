/** Sizes as people write them: `512KiB`, `10MB`, or a plain number of bytes. */

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
  const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(size) ?? [];
  const factor = unit === "" ? 1 : SIZES.get(String(unit).toUpperCase());
  return factor === undefined ? undefined : Math.floor(Number(digits) * factor);
}

/** The pattern of sizes in the schemas of built-in kinds. */
export const SIZE_PATTERN: string = String.raw`^\d+(\.\d+)?\s*([KMG]i?B|B)?$`;
