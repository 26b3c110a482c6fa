/** Checks keywords whose values are not schemas: numbers, strings, lists of values. */
import { didYouMean } from "../../diagnostics/nearest.ts";
import { patternProblem } from "../patterns.ts";
import { type KeywordCheck, report, sortOf, warn } from "./problems.ts";

/** A keyword whose value `fits`. */
export function must(what: string, fits: (value: unknown) => boolean): KeywordCheck {
  return (check, value) => {
    if (fits(value)) return;
    const isQuoted = typeof value === "string" && value !== "" && fits(parseScalar(value));
    report(
      check,
      `\`${check.path.at(-1)}\` must be ${what}, and it is ${sortOf(value)}`,
      isQuoted ? `Write ${value} without quotes` : undefined,
    );
  };
}

function parseScalar(text: string): unknown {
  if (text === "true" || text === "false") return text === "true";
  return Number(text);
}

export const isNumber = (value: unknown): boolean =>
  typeof value === "number" && Number.isFinite(value);
const isCount = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0;
export const isString = (value: unknown): value is string => typeof value === "string";
export const isBoolean = (value: unknown): value is boolean => typeof value === "boolean";

export const aNumber: KeywordCheck = must("a number", isNumber);
export const aCount: KeywordCheck = must("a whole number from 0", isCount);
export const aString: KeywordCheck = must("a string", isString);
export const aBoolean: KeywordCheck = must("true or false", isBoolean);
export const aList: KeywordCheck = must("a list", Array.isArray);
export const anything: KeywordCheck = () => {};

/** An exclusive bound, which was a boolean in draft-04. */
export const anExclusiveBound: KeywordCheck = (check, value, node) => {
  if (!isBoolean(value)) return aNumber(check, value, node);
  const keyword = String(check.path.at(-1));
  const bound = keyword === "exclusiveMinimum" ? "minimum" : "maximum";
  const help = `Write ${keyword}: ${String(node[bound] ?? "…")} instead of \`${bound}\``;
  report(check, `\`${keyword}\` must be a number, and it is ${sortOf(value)}`, help);
};

export const anEnum: KeywordCheck = (check, value) => {
  if (Array.isArray(value) && value.length > 0) return;
  const found = Array.isArray(value) ? "empty" : sortOf(value);
  const help = isString(value) ? `Write [${value}]` : undefined;
  report(check, `\`enum\` must be a list of values, and it is ${found}`, help);
};

export const aPattern: KeywordCheck = (check, value, node) => {
  if (!isString(value)) return aString(check, value, node);
  const reason = patternProblem(value);
  if (reason === undefined) return;
  const help = /\(\?|\\[1-9]/.test(reason)
    ? "Patterns are matched in linear time, so there is no look-around and no back-reference"
    : undefined;
  report(check, `"${value}" is not a pattern: ${reason}`, help);
};

const FORMATS = [
  "binary",
  "byte",
  "date",
  "date-time",
  "double",
  "duration",
  "email",
  "float",
  "hostname",
  "int32",
  "int64",
  "ipv4",
  "ipv6",
  "iso-date-time",
  "iso-time",
  "json-pointer",
  "password",
  "regex",
  "relative-json-pointer",
  "time",
  "uri",
  "uri-reference",
  "uri-template",
  "url",
  "uuid",
];

export const aFormat: KeywordCheck = (check, value, node) => {
  if (!isString(value)) return aString(check, value, node);
  const near = FORMATS.includes(value) ? undefined : didYouMean(value, FORMATS);
  if (near !== undefined) warn(check, `"${value}" is not a known format: nothing checks it`, near);
};
