/** The version of this program; the release script changes it together with package.json. */
export const VERSION = "0.1.0";

declare const DIGLY_COMMIT: string | undefined;

/** The commit this program was built from; `undefined` where it runs from its sources. */
export const COMMIT: string | undefined = typeof DIGLY_COMMIT === "string"
  ? DIGLY_COMMIT
  : undefined;
