/** Arrays of PostgreSQL as text: `{1,NULL,"a \"b\"",{…}}`. */

/** Object identifiers of the arrays of built-in types, and of their elements. */
const BUILT_IN: readonly (readonly [array: number, element: number])[] = [
  [1000, 16], // bool
  [1001, 17], // bytea
  [1002, 18], // "char"
  [1003, 19], // name
  [1016, 20], // int8
  [1005, 21], // int2
  [1007, 23], // int4
  [1009, 25], // text
  [1028, 26], // oid
  [199, 114], // json
  [3807, 3802], // jsonb
  [1021, 700], // float4
  [1022, 701], // float8
  [1041, 869], // inet
  [651, 650], // cidr
  [1014, 1042], // bpchar
  [1015, 1043], // varchar
  [1182, 1082], // date
  [1183, 1083], // time
  [1115, 1114], // timestamp
  [1185, 1184], // timestamptz
  [1187, 1186], // interval
  [1270, 1266], // timetz
  [1231, 1700], // numeric
  [2951, 2950], // uuid
];

/** How the driver reads and writes a type. */
export interface PostgresType {
  readonly to: number;
  readonly from: number[];
  readonly serialize: (value: unknown) => unknown;
  readonly parse: (text: string) => unknown;
}

/** The arrays of built-in types, whose elements are read as `types` says, and are text otherwise. */
export function arrayTypes(types: readonly PostgresType[]): Record<string, PostgresType> {
  return Object.fromEntries(BUILT_IN.map(([array, element]) => {
    const parse = types.find(({ from }) => from.includes(element))?.parse ?? ((text) => text);
    const type: PostgresType = {
      to: array,
      from: [array],
      serialize: (value) => value,
      parse: (text) => parseArray(text, parse),
    };
    return [`array${array}`, type];
  }));
}

const IDENTIFIERS: ReadonlySet<number> = new Set(BUILT_IN.map(([array]) => array));

/** True for the identifier of an array of a built-in type. */
export function isArrayType(identifier: number): boolean {
  return IDENTIFIERS.has(identifier);
}

/** A list as text; `null` is NULL, and everything else is quoted. */
export function arrayText(
  list: readonly unknown[],
  toText: (item: unknown) => string | null,
): string {
  const items = list.map((item) => {
    if (Array.isArray(item)) return arrayText(item, toText);
    const text = toText(item);
    return text === null ? "NULL" : `"${text.replace(/["\\]/g, "\\$&")}"`;
  });
  return `{${items.join()}}`;
}

/** Reads an array; bounds, as in `[0:1]={1,2}`, are ignored. */
export function parseArray(text: string, parse: (text: string) => unknown): unknown[] {
  let at = text.indexOf("{");

  function list(): unknown[] {
    const items: unknown[] = [];
    at++;
    while (text[at] !== "}") {
      if (text[at] === ",") at++;
      else if (text[at] === "{") items.push(list());
      else if (text[at] === '"') items.push(parse(quoted()));
      else items.push(bare());
    }
    at++;
    return items;
  }

  function quoted(): string {
    let value = "";
    for (at++; text[at] !== '"'; at++) {
      if (text[at] === "\\") at++;
      value += text[at];
    }
    at++;
    return value;
  }

  function bare(): unknown {
    const start = at;
    while (text[at] !== "," && text[at] !== "}") at++;
    const value = text.slice(start, at);
    return value === "NULL" ? null : parse(value);
  }

  return list();
}
