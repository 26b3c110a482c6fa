/** Pages of a list: filtered, in order, and cut. */

/** What to list. */
export interface PageRequest {
  /** Fields and the values that they must have. */
  readonly where?: Readonly<Record<string, unknown>>;
  readonly sort?: string | readonly string[];
  /** From 1. */
  readonly page?: number;
  readonly pageSize?: number;
}

/** A page of a list. */
export interface Page {
  readonly items: readonly unknown[];
  /** How many items all pages have. */
  readonly total: number;
  readonly page: number;
  readonly pages: number;
}

/** The page of a list that was asked for; one beyond the last is empty. */
export function listPage(
  items: readonly unknown[],
  { where = {}, sort = [], page = 1, pageSize = 20 }: PageRequest,
): Page {
  const wanted = Object.entries(where);
  const chosen = wanted.length === 0
    ? items
    : items.filter((item) => wanted.every(([field, value]) => isSame(valueOf(item, field), value)));
  const ordered = sort.length === 0 ? chosen : chosen.toSorted(comparison([sort].flat()));
  const start = (page - 1) * pageSize;
  return {
    items: ordered.slice(start, start + pageSize),
    total: ordered.length,
    page,
    pages: Math.ceil(ordered.length / pageSize),
  };
}

function comparison(fields: readonly string[]): (a: unknown, b: unknown) => number {
  const keys = fields.map((field) => {
    const isDescending = field.startsWith("-");
    return { field: isDescending ? field.slice(1) : field, sign: isDescending ? -1 : 1 };
  });
  return (a, b) => {
    for (const { field, sign } of keys) {
      const order = compare(valueOf(a, field), valueOf(b, field), sign);
      if (order !== 0) return order;
    }
    return 0;
  };
}

/** Numbers by size, other values by their text; what is missing comes last in either order. */
function compare(a: unknown, b: unknown, sign: number): number {
  const [isMissing, isOtherMissing] = [a ?? null, b ?? null].map((value) => value === null);
  if (isMissing || isOtherMissing) return Number(isMissing) - Number(isOtherMissing);
  if (typeof a === "number" && typeof b === "number") return sign * (a - b);
  const [text, other] = [textOf(a), textOf(b)];
  return text === other ? 0 : text < other ? -sign : sign;
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === "object" && a !== null && textOf(a) === textOf(b));
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A field of an item, or of a map in it: `address.city`. */
function valueOf(item: unknown, field: string): unknown {
  let value = item;
  for (const step of field.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) {
      return undefined;
    }
    value = (value as Readonly<Record<string, unknown>>)[step];
  }
  return value;
}
