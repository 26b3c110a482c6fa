/** Messages without the length of what they repeat. */

/** A longer word is cut: nobody reads more of a name, and a terminal shows it over many lines. */
const LONGEST_WORD = /\S{300,}/gu;
const WORD_ENDS = /^(\S{200})\S*(\S{20})$/u;

/** A longer message is cut. It repeats a long string with spaces. */
const LONGEST = 8_000;
const [HEAD, TAIL] = [6_000, 1_000];

/**
 * A message, or the help of one, with what it repeats of the user's input cut to a readable length.
 * Sensitive values must have been removed before, since a part of one would not be recognised.
 */
export function shortened(message: string): string {
  const text = message.replace(
    LONGEST_WORD,
    (word) => word.replace(WORD_ENDS, (_, start: string, end: string) => `${start}…${end}`),
  );
  return text.length > LONGEST ? `${text.slice(0, HEAD)} … ${text.slice(-TAIL)}` : text;
}
