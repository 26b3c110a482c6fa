import { maxSatisfying } from "semver";

/** The newest of `versions` in `range`, release candidates included or not. */
export function newest(
  versions: readonly string[],
  range: string,
  candidates: boolean,
): string | undefined {
  return maxSatisfying(versions, range, { includePrerelease: candidates }) ?? undefined;
}
