/** The data embedded in an executable; its entry sets it before the program starts. */
import type { BundledApp } from "../contract/bundle.ts";

/** The data embedded in an executable. */
export interface EmbeddedBundle {
  /** The app that was bundled. */
  readonly app?: BundledApp;
  /** Path of a JSON file with the chunks of the program by name, for `digly bundle`. */
  readonly program?: string;
}

/** The name of the global symbol whose value is the bundle. */
export const EMBEDDED_BUNDLE = "digly.bundle";

/** The data embedded in this executable; `undefined` in any other form of the program. */
export function embeddedBundle(): EmbeddedBundle | undefined {
  return (globalThis as { [key: symbol]: EmbeddedBundle | undefined })[Symbol.for(EMBEDDED_BUNDLE)];
}
