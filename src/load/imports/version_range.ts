/** Ranges of versions as npm has them: `>=0.2 <1`. */
import { loadLibrary } from "./semver.js";

/** What is wrong with a range. */
export interface RangeMistake {
  readonly problem: string;
  readonly help: string;
}

/** What is wrong with a range; `whole` puts it where it is written, for the help. */
export function rangeMistake(
  range: string,
  whole: (range: string) => string = (range) => range,
): RangeMistake | undefined {
  const problem = `"${range}" is not a valid version range`;
  // semver reads ">=20<23" as one comparator that never matches.
  if (/[\dx*][<>~^]/i.test(range)) {
    const parts = range.replace(/([\dx*])(?=[<>~^])/gi, "$1 ");
    return { problem, help: `Put a space between its parts: "${whole(parts)}"` };
  }
  try {
    new (loadLibrary().Range)(range);
    return undefined;
  } catch {
    return { problem, help: "Write it as npm does, such as >=20 <23, ^22.13 or 24.x" };
  }
}

/** True for a version inside a valid range; prereleases count as well. */
export function isInRange(version: string, range: string): boolean {
  return loadLibrary().satisfies(version, range, { includePrerelease: true });
}
