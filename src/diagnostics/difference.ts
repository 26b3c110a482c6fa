/** The difference between two values, in lines for people. */
import { formatPath } from "../contract/field_path.ts";
import type { PathSegment } from "../contract/resource.ts";

/**
 * Options of {@link differenceLines}.
 *
 * @example
 * const options: DifferenceOptions = { partial: true };
 * differenceLines({ a: 1, b: 2 }, { a: 1 }, options); // []
 */
export interface DifferenceOptions {
  /** Keys of maps that only the actual value has are no difference. */
  readonly partial?: boolean;
}

/** The places at which two values differ. */
export function differencesBetween(actual: unknown, expected: unknown): Difference[] {
  return [...differencesOf(actual, expected, false, [])];
}

/** A place at which two values differ; a side without a value there is `undefined`. */
export interface Difference {
  readonly path: readonly PathSegment[];
  readonly actual: { readonly value: unknown } | undefined;
  readonly expected: { readonly value: unknown } | undefined;
}

/** The most differences that are listed. */
const MOST_LISTED = 20;
/** The longest text of a value. */
const LONGEST_TEXT = 200;
/** How deep values are compared one by one; deeper ones are compared by their text. */
const DEEPEST = 64;

/**
 * Where `actual` differs from `expected`, one line for each place: `.items[1]: 2, expected 3`.
 * Empty if nothing differs.
 *
 * @example
 * differenceLines({ a: 1 }, { a: 2 }); // [".a: 1, expected 2"]
 */
export function differenceLines(
  actual: unknown,
  expected: unknown,
  { partial = false }: DifferenceOptions = {},
): string[] {
  const differences = [...differencesOf(actual, expected, partial, [])];
  const lines = differences.slice(0, MOST_LISTED).map(lineOf);
  const more = differences.length - lines.length;
  if (more > 0) lines.push(`and ${more} more difference${more === 1 ? "" : "s"}`);
  return lines;
}

/**
 * A value as a short text, such as `{"a":1}`.
 *
 * @example
 * showValue({ a: 1 }); // '{"a":1}'
 */
export function showValue(value: unknown): string {
  const text = textOf(value);
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT)}…`;
}

function lineOf({ path, actual, expected }: Difference): string {
  const place = formatPath(path);
  const at = place === "$" ? "" : `${place.replace(/^\$/, "")}: `;
  if (actual === undefined) return `${at}missing, expected ${showValue(expected?.value)}`;
  if (expected === undefined) return `${at}${showValue(actual.value)}, expected nothing`;
  const [shown, wanted] = textsThatDiffer(showValue(actual.value), showValue(expected.value), {
    actual: textOf(actual.value),
    expected: textOf(expected.value),
  });
  return `${at}${shown}, expected ${wanted}`;
}

/** Long texts that begin alike are shown from where they differ. */
function textsThatDiffer(
  shown: string,
  wanted: string,
  whole: { readonly actual: string; readonly expected: string },
): readonly [string, string] {
  if (shown !== wanted) return [shown, wanted];
  let start = 0;
  while (whole.actual[start] === whole.expected[start] && start < whole.actual.length) start++;
  const from = (text: string) => `…${showText(text.slice(Math.max(0, start - 20)))}`;
  return [from(whole.actual), from(whole.expected)];
}

function showText(text: string): string {
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT)}…`;
}

function* differencesOf(
  actual: unknown,
  expected: unknown,
  partial: boolean,
  path: readonly PathSegment[],
): Iterable<Difference> {
  if (Object.is(actual, expected) || isSameNumber(actual, expected)) return;
  const isShallow = path.length < DEEPEST;
  if (isShallow && Array.isArray(actual) && Array.isArray(expected)) {
    yield* listDifferences(actual, expected, partial, path);
  } else if (isShallow && isMap(actual) && isMap(expected)) {
    yield* mapDifferences(actual, expected, partial, path);
  } else if (textOf(actual) !== textOf(expected)) {
    yield { path, actual: { value: actual }, expected: { value: expected } };
  }
}

/** Items that both lists begin and end with are left out, so that one more item is one difference. */
function* listDifferences(
  actual: readonly unknown[],
  expected: readonly unknown[],
  partial: boolean,
  path: readonly PathSegment[],
): Iterable<Difference> {
  const isSame = (a: unknown, b: unknown) => textOf(a) === textOf(b);
  let [actualEnd, expectedEnd] = [actual.length, expected.length];
  let start = 0;
  if (actualEnd !== expectedEnd) {
    const shorter = Math.min(actualEnd, expectedEnd);
    while (start < shorter && isSame(actual[start], expected[start])) start++;
    while (
      actualEnd > start && expectedEnd > start &&
      isSame(actual[actualEnd - 1], expected[expectedEnd - 1])
    ) {
      actualEnd--;
      expectedEnd--;
    }
  }
  for (let index = start; index < Math.max(actualEnd, expectedEnd); index++) {
    const at = [...path, index];
    if (index >= actualEnd) {
      yield { path: at, actual: undefined, expected: { value: expected[index] } };
    } else if (index >= expectedEnd) {
      yield { path: at, actual: { value: actual[index] }, expected: undefined };
    } else yield* differencesOf(actual[index], expected[index], partial, at);
  }
}

function* mapDifferences(
  actual: Readonly<Record<string, unknown>>,
  expected: Readonly<Record<string, unknown>>,
  partial: boolean,
  path: readonly PathSegment[],
): Iterable<Difference> {
  for (const [key, value] of Object.entries(expected)) {
    const at = [...path, key];
    if (Object.hasOwn(actual, key)) yield* differencesOf(actual[key], value, partial, at);
    else yield { path: at, actual: undefined, expected: { value } };
  }
  if (partial) return;
  for (const [key, value] of Object.entries(actual)) {
    if (Object.hasOwn(expected, key)) continue;
    yield { path: [...path, key], actual: { value }, expected: undefined };
  }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** An integer may be a number or a `BigInt`. */
function isSameNumber(a: unknown, b: unknown): boolean {
  const isNumber = (value: unknown) => typeof value === "number" || typeof value === "bigint";
  return isNumber(a) && isNumber(b) && String(a) === String(b);
}

/** A value as JSON, as far as it is; nothing is left out, so different values have different texts. */
function textOf(value: unknown): string {
  if (value === undefined) return "undefined";
  if (typeof value === "bigint") return String(value);
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  try {
    return JSON.stringify(value, (_key, item: unknown) => {
      if (typeof item === "bigint") return String(item);
      if (ArrayBuffer.isView(item)) return `bytes of length ${item.byteLength}`;
      if (typeof item === "number" && !Number.isFinite(item)) return String(item);
      return item instanceof Map ? Object.fromEntries(item) : item;
    }) ?? `a ${typeof value}`;
  } catch {
    return "a value that is not JSON";
  }
}
