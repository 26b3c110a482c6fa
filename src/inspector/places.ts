/** Places as the inspector shows them: files below the working directory by their relative path. */
import type { Origin } from "../contract/errors.ts";
import type { Place } from "./api.ts";

/** Describes places. */
export interface Places {
  file(path: string): string;
  of(origin: Pick<Origin, "file" | "line" | "column"> | undefined): Place;
}

/** The place of what has no origin. */
export const UNKNOWN: Place = Object.freeze({ file: "", line: 0, column: 0 });

/** Creates the description for a working directory, an absolute path. */
export function createPlaces(cwd: string): Places {
  const folder = cwd.replace(/[\\/]*$/, "");
  const file = (path: string) =>
    path.startsWith(`${folder}/`) || path.startsWith(`${folder}\\`)
      ? path.slice(folder.length + 1)
      : path;
  return {
    file,
    of: (origin) =>
      origin === undefined
        ? UNKNOWN
        : { file: file(origin.file), line: origin.line, column: origin.column },
  };
}
