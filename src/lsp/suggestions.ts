/** The names that a message suggests: `Did you mean "port"?`. */

const SUGGESTION = /did you mean ((?:"[^"\n]*"(?:, | or )?)+)/gi;

/** The names that a problem suggests, in its words. */
export function suggestionsIn(text: string): string[] {
  const found = Array.from(
    text.matchAll(SUGGESTION),
    ([, names = ""]) => Array.from(names.matchAll(/"([^"\n]*)"/g), ([, name = ""]) => name),
  ).flat();
  return [...new Set(found)];
}
