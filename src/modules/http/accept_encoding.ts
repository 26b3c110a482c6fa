/** Which encoding of a response a client prefers. */

/** The encodings that responses can have, the preferred one first. */
export const ENCODINGS = ["br", "gzip"] as const;

/** An encoding of a response. */
export type Encoding = typeof ENCODINGS[number];

/** What a client accepts. */
export interface Accepted {
  /** The encoding to use; `undefined` for none. */
  readonly encoding: Encoding | undefined;
  /** False if the client refuses responses without an encoding. */
  readonly identity: boolean;
}

/** Reads an `Accept-Encoding` header. Without one, responses are not encoded. */
export function parseAcceptEncoding(header: string | null): Accepted {
  const weights = new Map<string, number>();
  for (const item of (header ?? "").toLowerCase().split(",")) {
    const [name, ...parameters] = item.split(";").map((part) => part.trim());
    if (name === undefined || name === "") continue;
    const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
    weights.set(name === "x-gzip" ? "gzip" : name, weight === undefined ? 1 : weightOf(weight));
  }
  const others = weights.get("*");
  const identity = weights.get("identity") ?? others;
  let encoding: Encoding | undefined;
  // An encoding is preferred to none, unless the client says otherwise.
  let best = weights.get("identity") ?? 0;
  let isTie = true;
  for (const name of ENCODINGS) {
    const weight = weights.get(name) ?? others ?? 0;
    if (weight === 0 || weight < best || (weight === best && !isTie)) continue;
    encoding = name;
    best = weight;
    isTie = false;
  }
  return { encoding, identity: identity !== 0 };
}

/** A weight from 0 to 1; what is not one counts as 0. */
function weightOf(text: string): number {
  return /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(text) ? Number(text) : 0;
}
