/** Plain scalars of the YAML 1.2 core schema. */

/** The reason why a scalar has no value. */
export class Unrepresentable {
  readonly problem: string;
  readonly help: string;
  constructor(problem: string, help: string) {
    this.problem = problem;
    this.help = help;
  }
}

const INTEGER = /^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$/;
const FLOAT = /^[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$/;
const WORDS: ReadonlyMap<string, null | boolean | number> = new Map<
  string,
  null | boolean | number
>([
  ["", null],
  ["~", null],
  ...["null", "Null", "NULL"].map((text): [string, null] => [text, null]),
  ...["true", "True", "TRUE"].map((text): [string, boolean] => [text, true]),
  ...["false", "False", "FALSE"].map((text): [string, boolean] => [text, false]),
  ...[".inf", ".Inf", ".INF"].flatMap((text): [string, number][] => [
    [text, Infinity],
    [`+${text}`, Infinity],
    [`-${text}`, -Infinity],
  ]),
  ...[".nan", ".NaN", ".NAN"].map((text): [string, number] => [text, NaN]),
]);
const LONGEST_WORD = 5;
const QUOTE = "Quote it to keep it as a string";

/** The value of a scalar without quotes. */
export function readPlain(text: string): null | boolean | number | string | Unrepresentable {
  const first = text.charCodeAt(0);
  const isDigit = first >= 48 && first <= 57;
  if (text.length <= LONGEST_WORD && !isDigit) {
    const word = WORDS.get(text);
    if (word !== undefined) return word;
  }
  // Numbers begin with a digit, `+`, `-` or `.`; most texts do not.
  if (first > 57 || first < 43 || first === 44 || first === 47) return text;
  if (INTEGER.test(text)) return readInteger(text);
  return FLOAT.test(text) ? readFloat(text) : text;
}

function readInteger(text: string): number | Unrepresentable {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value + 0; // -0 is the float's
  return new Unrepresentable(
    `The integer ${shorten(text)} is too large to be represented exactly (2^53)`,
    QUOTE,
  );
}

function readFloat(text: string): number | Unrepresentable {
  const value = Number(text);
  if (Number.isFinite(value)) return value;
  return new Unrepresentable(`The number ${shorten(text)} is too large`, QUOTE);
}

function shorten(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 40)}…`;
}
