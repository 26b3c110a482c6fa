/** Paths of routes: joined, normalised and converted to patterns of the router. */

/** A path as a pattern of the router, with numbered parameters and their names. */
export interface RoutePattern {
  /** `/users/:p0/posts`. */
  readonly pattern: string;
  /** Names of the parameters, in the order of the path; `*` at its end is one, too. */
  readonly names: readonly string[];
}

/** Why a path is invalid. */
export interface PathProblem {
  /** A predicate: `has two parameters "id"`. */
  readonly problem: string;
  readonly help?: string;
}

const PARAMETER = /^(?::([A-Za-z_][\w-]*)|\{([A-Za-z_][\w-]*)\})$/;

/** Joins `/v1/` and `/hello` to `/v1/hello`, with single slashes and none at the end. */
export function joinPaths(...paths: readonly string[]): string {
  return `/${paths.join("/").split("/").filter((segment) => segment !== "").join("/")}`;
}

/** Parses a normalised path, or describes what is wrong with it. */
export function parsePath(path: string): RoutePattern | PathProblem {
  const names: string[] = [];
  const segments: string[] = [];
  const written = path.split("/").slice(1);
  for (const [index, segment] of written.entries()) {
    const match = PARAMETER.exec(segment);
    if (match !== null) {
      const [, colon, braces = ""] = match;
      const name = colon ?? braces;
      if (names.includes(name)) return { problem: `has two parameters "${name}"` };
      segments.push(`:p${names.length}`);
      names.push(name);
    } else if (segment === "*" && index === written.length - 1) {
      segments.push(segment);
      names.push(segment);
    } else if (/[:{}*?#\\]/.test(segment)) {
      return {
        problem: `has a segment "${segment}" that is neither text nor a parameter`,
        help: "A parameter is a whole segment, `:id` or `{id}`, and `*` must be the last segment",
      };
    } else if (/^(?:\.|%2e){1,2}$/i.test(segment)) {
      return {
        problem: `has a segment "${segment}", which no request can contain`,
        help: "Such segments are resolved before a route is chosen; write the path without them",
      };
    } else {
      const encoded = encodeSegment(segment);
      if (encoded === undefined) return { problem: `has a segment "${segment}" with a bad escape` };
      segments.push(encoded);
    }
  }
  return { pattern: `/${segments.join("/")}`, names };
}

/** Percent-encodes a segment as it occurs in requests, with upper-case digits. */
function encodeSegment(segment: string): string | undefined {
  try {
    decodeURIComponent(segment);
    return segment.replaceAll(/[^%]+/g, encodeURI)
      .replaceAll(/%[0-9a-f]{2}/gi, (escape) => escape.toUpperCase());
  } catch {
    return undefined; // A lone surrogate, or a `%` without two digits.
  }
}
