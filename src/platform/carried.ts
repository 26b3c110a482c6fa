/** What an executable carries beside the program; its entry sets it before the program starts. */
import type { BundledApp } from "../contract/bundle.ts";

/** What may lie inside an executable. */
export interface Carried {
  /** The app it was made for. */
  readonly app?: BundledApp;
  /** Path of the chunks of the program, text by name as JSON, to make further executables of. */
  readonly program?: string;
}

/** The name under which {@link carried} finds it. */
export const CARRIED = "digly.carried";

/** What this executable carries; `undefined` in any other form of the program. */
export function carried(): Carried | undefined {
  return (globalThis as { [key: symbol]: Carried | undefined })[Symbol.for(CARRIED)];
}
