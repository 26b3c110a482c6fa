/** Paths of routes: joined, cleaned and put into the form the router matches. */

/** A path as the router takes it: parameters are numbered, their names stand beside. */
export interface RoutePattern {
  /** `/users/:p0/posts`. */
  readonly pattern: string;
  /** Names of the parameters, in the order they stand in the path. */
  readonly names: readonly string[];
}

const PARAMETER = /^(?::([A-Za-z_][\w-]*)|\{([A-Za-z_][\w-]*)\})$/;

/** `/v1/` and `/hello` make `/v1/hello`; one slash between segments, none at the end. */
export function joinPaths(...paths: readonly string[]): string {
  return `/${paths.join("/").split("/").filter((segment) => segment !== "").join("/")}`;
}

/** Reads a clean path. Throws an `Error` that says what is wrong with it. */
export function parsePath(path: string): RoutePattern {
  const names: string[] = [];
  const segments = path.split("/").slice(1).map((segment, index, all) => {
    const match = PARAMETER.exec(segment);
    if (match !== null) {
      const name = (match[1] ?? match[2])!;
      if (names.includes(name)) throw new Error(`The path "${path}" has two parameters "${name}"`);
      names.push(name);
      return `:p${names.length - 1}`;
    }
    if (segment === "*" && index === all.length - 1) return segment;
    if (/[:{}*?#]/.test(segment)) {
      throw new Error(
        `The path "${path}" has a segment "${segment}" that is neither text nor a parameter; ` +
          "a parameter is a whole segment, `:id` or `{id}`",
      );
    }
    // Requests arrive percent-encoded.
    return segment.includes("%") ? segment : encodeURI(segment);
  });
  return { pattern: `/${segments.join("/")}`, names };
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
