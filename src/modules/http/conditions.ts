/** Conditional requests and ranges, as RFC 9110 defines them. */

/** What a response describes: the version of a file. */
export interface Representation {
  /** A strong ETag, with its quotes. */
  readonly etag: string;
  /** When it was changed last, in milliseconds since 1970, without fractions of a second. */
  readonly modifiedAt: number;
}

/** Bytes of a file, from the first to the one before `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** The status that the preconditions of a request ask for; `undefined` to continue. */
export function preconditionStatus(
  headers: Headers,
  { etag, modifiedAt }: Representation,
): 304 | 412 | undefined {
  const match = headers.get("if-match");
  if (match !== null) {
    if (!listsTag(match, etag, "strong")) return 412;
  } else if (dateOf(headers.get("if-unmodified-since")) < modifiedAt) return 412;
  const noneMatch = headers.get("if-none-match");
  if (noneMatch !== null) return listsTag(noneMatch, etag, "weak") ? 304 : undefined;
  return dateOf(headers.get("if-modified-since")) >= modifiedAt ? 304 : undefined;
}

/**
 * The range that a request asks for; `undefined` for all. Malformed ranges, other units and several
 * ranges at once are ignored, and so is a range of another version than the one in `If-Range`.
 */
export function rangeOf(
  headers: Headers,
  representation: Representation,
  size: number,
): ByteRange | "unsatisfiable" | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/i.exec(headers.get("range") ?? "") ?? [];
  if (first === undefined || last === undefined || first + last === "") return undefined;
  if (!isSameVersion(headers.get("if-range"), representation)) return undefined;
  if (first === "") {
    const length = Math.min(Number(last), size);
    return length === 0 ? "unsatisfiable" : { start: size - length, end: size };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return undefined;
  if (start >= size) return "unsatisfiable";
  return { start, end: last === "" ? size : Math.min(Number(last) + 1, size) };
}

/** Whether `If-Range` names this version; a date must be exact, and a weak ETag names none. */
function isSameVersion(header: string | null, { etag, modifiedAt }: Representation): boolean {
  if (header === null) return true;
  const text = header.trim();
  return /^(?:W\/)?"/.test(text) ? text === etag : dateOf(text) === modifiedAt;
}

/** Whether a list of ETags, or `*`, includes one. */
function listsTag(list: string, etag: string, comparison: "strong" | "weak"): boolean {
  if (list.trim() === "*") return true;
  for (const [tag] of list.matchAll(/(?:W\/)?"[^"]*"/g)) {
    if (tag === etag || comparison === "weak" && tag === `W/${etag}`) return true;
  }
  return false;
}

/** The time of a date in a header; `NaN`, to which everything compares false, for anything else. */
function dateOf(header: string | null): number {
  if (header === null || !/\bGMT$/.test(header)) return NaN;
  return Date.parse(header);
}
