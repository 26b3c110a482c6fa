/** Parts of semver, which `scripts/embed.ts` puts into a file that evaluates them on first use. */
import type Range from "semver/classes/range.js";
import type satisfies from "semver/functions/satisfies.js";

/** Parts of semver. */
export declare function loadLibrary(): {
  readonly Range: typeof Range;
  readonly satisfies: typeof satisfies;
};
