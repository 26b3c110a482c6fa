/** Thrown for a text that is not a pattern. */
export class PatternError extends Error {}
