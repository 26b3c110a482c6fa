/** Thrown for a string that is not a pattern. */
export class PatternError extends Error {}
