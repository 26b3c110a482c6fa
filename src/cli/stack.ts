/** Finds the location in user code where an error was thrown. */
import { isDiglyError } from "../contract/errors.ts";

/** A location in a program. */
export interface CodeLocation {
  /** Absolute path. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The end of a frame in V8's form, `at f (file:1:2)`, or JavaScriptCore's, `f@file:1:2`. */
const FRAME = /(?:^\s*at (?:.*?\()?|^[^@\n]*@)(.+?):(\d+):(\d+)\)?$/;

/** The URL of Digly's own code: its source folder, the folder of its package, or one file. */
const OWN_CODE = pathOf(import.meta.url.replace(/(?:src\/cli\/stack\.ts|chunks\/[^/]+)$/, ""));
/** The files of Digly below its folder: those of the sources, and those of the package. */
const OWN_FILES =
  /^(?:src\/|chunks\/|(?:mod|cli|testing)\.ts$|(?:mod|module|program|testing)\.mjs$)/;

/**
 * The innermost location in user code in the stack of a thrown value; a `DiglyError` is replaced
 * by its cause. Code in `node_modules` is not user code.
 */
export function locationInUserCode(thrown: unknown): CodeLocation | undefined {
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
  if (!OWN_CODE.endsWith("/")) return file !== OWN_CODE;
  if (!file.startsWith(OWN_CODE)) return true;
  return !OWN_FILES.test(file.slice(OWN_CODE.length));
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
