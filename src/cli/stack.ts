/** Finds the place in a user's controller that an error comes from. */
import { isDiglyError } from "../contract/errors.ts";

/** A place in a program. */
export interface CodePlace {
  /** Absolute path. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The end of a frame in V8's form, `at f (file:1:2)`, or JavaScriptCore's, `f@file:1:2`. */
const FRAME = /(?:^\s*at (?:.*?\()?|^[^@\n]*@)(.+?):(\d+):(\d+)\)?$/;

/**
 * Where the program's own code lies: its source folder, or the one file it was built into.
 */
const OWN = pathOf(import.meta.url.replace(/src\/cli\/stack\.ts$/, ""));

/**
 * The innermost place in user code of what was thrown; looks through errors of Digly. What
 * lies in `node_modules` is not the user's.
 */
export function placeInUserCode(thrown: unknown): CodePlace | undefined {
  let error = thrown;
  while (isDiglyError(error) && error.cause !== undefined) error = error.cause;
  if (!(error instanceof Error) || isDiglyError(error)) return undefined;
  for (const line of (error.stack ?? "").split("\n")) {
    const [, place, row, column] = FRAME.exec(line) ?? [];
    if (place === undefined) continue;
    const file = pathOf(place);
    if (isUserCode(file)) return { file, line: Number(row), column: Number(column) };
  }
  return undefined;
}

function isUserCode(file: string): boolean {
  if (!/^(?:\/|[A-Za-z]:[\\/])/.test(file)) return false;
  if (/\/\$bunfs\/|~BUN|[\\/]node_modules[\\/]/.test(file)) return false;
  if (!OWN.endsWith("/")) return file !== OWN;
  if (!file.startsWith(OWN)) return true;
  return !/^(?:src\/|mod\.ts$|cli\.ts$)/.test(file.slice(OWN.length));
}

function pathOf(place: string): string {
  const bare = place.replace(/^async /, "").replace(/[?#].*$/, "");
  if (!bare.startsWith("file:")) return bare;
  try {
    return decodeURIComponent(new URL(bare).pathname).replace(/^\/(?=[A-Za-z]:)/, "");
  } catch {
    return bare;
  }
}
