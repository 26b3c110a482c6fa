/** Parts of many answers of the inspector's API. */

/** The answer to a request that failed. */
export interface ApiProblem {
  readonly error: ApiError;
}

/** A mistake in a request, or a failure of the app. */
export interface ApiError {
  /** `ERR_…` or a code of the app. */
  readonly code: string;
  readonly message: string;
  /** What to do about it. */
  readonly help?: string;
  readonly place?: Place;
  /** The lines of the manifest around `place`, as the terminal shows them. */
  readonly frame?: string;
}

/** A place in a file; lines and columns count from 1. */
export interface Place {
  /** The path of a local file as the terminal shows it, or the URL of another one. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Stands in for a value that is too large to be recorded. */
export interface CutValue {
  readonly $cut: {
    /** The beginning of its JSON text. */
    readonly text: string;
    /** The length of that text; undefined if it was not written in full. */
    readonly length?: number;
  };
}

/**
 * A part of a list that grows at its end. Older items are forgotten as new ones arrive, so memory
 * stays bounded.
 */
export interface Page<Item> {
  /** Oldest first. */
  readonly items: readonly Item[];
  /** `?after=` for the items that come next. */
  readonly next: number;
  /** How many items between `?after=` and the first one here were forgotten. */
  readonly lost: number;
}
