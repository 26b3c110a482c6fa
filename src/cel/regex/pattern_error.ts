/** What is wrong with a pattern, without quoting it: it may come from a value that is secret. */

/** What may be wrong at a place of a pattern: the rest of a sentence, and what to do. */
const PROBLEMS = {
  backReference: [
    "is a back-reference, which RE2 does not have",
    "Compare the parts in the expression instead",
  ],
  lookAround: [
    "is a look-around, which RE2 does not have",
    "Write a second condition instead, such as !x.matches(…)",
  ],
  notACharacter: ["is beyond the last character of Unicode", "Write at most \\x{10FFFF}"],
  openClass: ["begins a class that is not closed", "Add a ], or write \\[ for the character"],
  openEscape: ["is a backslash with nothing after it", "Write \\\\ for the character"],
  openGroup: ["begins a group that is not closed", "Add a ), or write [(] for the character"],
  repeatsNothing: ["repeats nothing", "Write it in brackets, such as [*], for the character"],
  repeatsTwice: ["repeats a repetition", "Put the first repetition in a group: (?:a*)+"],
  reversedRange: [
    "begins a range whose end comes first",
    "Write the smaller character first, such as [a-z]",
  ],
  reversedRepetition: [
    "begins a repetition whose maximum comes first",
    "Write the smaller number first, such as {1,3}",
  ],
  unknownClass: ["begins an unknown class", "Write a class such as [:alpha:] or [:digit:]"],
  unknownEscape: [
    "begins an unknown escape",
    "Write \\\\ for a backslash, or the character without one",
  ],
  unknownGroup: [
    "begins a group of an unknown kind",
    "Write (…), (?:…) without a capture, or (?i) to ignore case",
  ],
  unknownProperty: [
    "begins an unknown class of Unicode",
    "Write a category or a script, such as \\pL or \\p{Greek}",
  ],
  unopenedGroup: ["closes a group that was not opened", "Add a (, or write [)] for the character"],
} as const;

/** Thrown for a string that is not a pattern. */
export class PatternError extends Error {
  /** What to do. */
  readonly help: string;

  /** `at` is the offset of the part in `pattern` that is wrong. */
  constructor(problem: keyof typeof PROBLEMS, pattern: string, at: number) {
    const [words, help] = PROBLEMS[problem];
    // People count characters, and an offset is in UTF-16 code units.
    super(`character ${Array.from(pattern.slice(0, at)).length + 1} ${words}`);
    this.help = help;
  }
}

/** Thrown for a pattern that is larger than any that is matched. */
export class PatternSizeError extends Error {}
