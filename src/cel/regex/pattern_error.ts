/** Thrown for a string that is not a pattern. */
export class PatternError extends Error {}

/** Thrown for a pattern that is larger than any that is matched. */
export class PatternSizeError extends PatternError {}
