/** Paths of routes: joined, cleaned and put into the form the router matches. */

/** A path as the router takes it: parameters are numbered, their names stand beside. */
export interface RoutePattern {
  /** `/users/:p0/posts`. */
  readonly pattern: string;
  /** Names of the parameters, in the order they stand in the path. */
  readonly names: readonly string[];
}

/** Why a path cannot be read. */
export interface PathProblem {
  /** A predicate: `has two parameters "id"`. */
  readonly problem: string;
  readonly help?: string;
}

const PARAMETER = /^(?::([A-Za-z_][\w-]*)|\{([A-Za-z_][\w-]*)\})$/;

/** `/v1/` and `/hello` make `/v1/hello`; one slash between segments, none at the end. */
export function joinPaths(...paths: readonly string[]): string {
  return `/${paths.join("/").split("/").filter((segment) => segment !== "").join("/")}`;
}

/** Reads a clean path, or says what is wrong with it. */
export function parsePath(path: string): RoutePattern | PathProblem {
  const names: string[] = [];
  const segments: string[] = [];
  const written = path.split("/").slice(1);
  for (const [index, segment] of written.entries()) {
    const match = PARAMETER.exec(segment);
    if (match !== null) {
      const name = (match[1] ?? match[2])!;
      if (names.includes(name)) return { problem: `has two parameters "${name}"` };
      segments.push(`:p${names.length}`);
      names.push(name);
    } else if (segment === "*" && index === written.length - 1) segments.push(segment);
    else if (/[:{}*?#\\]/.test(segment)) {
      return {
        problem: `has a segment "${segment}" that is neither text nor a parameter`,
        help: "A parameter is a whole segment, `:id` or `{id}`; a `*` is the last one",
      };
    } else if (/^(?:\.|%2e){1,2}$/i.test(segment)) {
      return {
        problem: `has a segment "${segment}", which no request can have`,
        help: "Requests are resolved before a route is chosen: write the path without it",
      };
    } else {
      const encoded = encodeSegment(segment);
      if (encoded === undefined) return { problem: `has a segment "${segment}" with a bad escape` };
      segments.push(encoded);
    }
  }
  return { pattern: `/${segments.join("/")}`, names };
}

/** A segment as requests have it: percent-encoded, with upper-case digits. */
function encodeSegment(segment: string): string | undefined {
  try {
    decodeURIComponent(segment);
    return segment.replaceAll(/[^%]+/g, encodeURI)
      .replaceAll(/%[0-9a-f]{2}/gi, (escape) => escape.toUpperCase());
  } catch {
    return undefined; // A lone surrogate, or a `%` without two digits.
  }
}

/** Sorts so that text goes before a parameter, and a parameter before `*`. */
export function compareSpecificity(a: string, b: string): number {
  const [left, right] = [a.split("/"), b.split("/")];
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const difference = weigh(left[index]!) - weigh(right[index]!);
    if (difference !== 0) return difference;
  }
  return 0;
}

function weigh(segment: string): number {
  return segment === "*" ? 2 : segment.startsWith(":") ? 1 : 0;
}
