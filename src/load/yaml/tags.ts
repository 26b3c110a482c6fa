/** Tags of YAML nodes: those of the core schema, and `!raw`. */
import { didYouMean } from "../../diagnostics/nearest.ts";
import { readPlain, Unrepresentable } from "./scalar.ts";

/** A scalar as the core schema reads it. */
export type Scalar = null | boolean | number | string;

const CORE = "tag:yaml.org,2002:";
const LIST_TAG = "!!seq";
const MAPPING_TAG = "!!map";

/** What a scalar with a tag other than `!!str` must be. */
const FITS: ReadonlyMap<string, (value: Scalar) => boolean> = new Map([
  ["!!int", Number.isInteger],
  ["!!float", (value) => typeof value === "number"],
  ["!!bool", (value) => typeof value === "boolean"],
  ["!!null", (value) => value === null],
]);
const TEXT_TAGS = ["!", "!!str"];
const KNOWN = ["!raw", "!!str", ...FITS.keys(), LIST_TAG, MAPPING_TAG];

/** The short form of a tag, `!!str`, where it has one; `handles` are those of `%TAG`. */
export function shortTag(written: string, handles: ReadonlyMap<string, string>): string {
  if (written === "!") return written;
  let full = written.slice(2, -1);
  if (!written.startsWith("!<")) {
    const handle = written.slice(0, written.indexOf("!", 1) + 1 || 1);
    const prefix = handles.get(handle) ?? (handle === "!!" ? CORE : handle);
    full = prefix + written.slice(handle.length);
  }
  return full.startsWith(CORE) ? `!!${full.slice(CORE.length)}` : full;
}

/** The value of a scalar with this tag, or what is wrong with it. */
export function readTagged(tag: string, text: string, isPlain: boolean): Scalar | Unrepresentable {
  if (TEXT_TAGS.includes(tag)) return text;
  if (tag === "!raw") return isPlain ? readPlain(text) : text;
  const fits = FITS.get(tag);
  if (fits === undefined) return rejectTag(tag, "a string");
  const value = readPlain(text);
  if (value instanceof Unrepresentable || fits(value)) return value;
  return new Unrepresentable(`"${text}" does not fit the tag ${tag}`, "Remove the tag");
}

/** What is wrong with this tag on a collection. */
export function checkCollectionTag(tag: string, isMapping: boolean): Unrepresentable | undefined {
  if (tag === "!raw" || tag === "!" || tag === (isMapping ? MAPPING_TAG : LIST_TAG)) {
    return undefined;
  }
  return rejectTag(tag, isMapping ? "a map" : "a list");
}

/** What is wrong with this tag on a key. */
export function checkKeyTag(tag: string): Unrepresentable | undefined {
  return TEXT_TAGS.includes(tag) || tag in FITS ? undefined : rejectTag(tag, "a key");
}

function rejectTag(tag: string, what: string): Unrepresentable {
  if (KNOWN.includes(tag)) {
    return new Unrepresentable(`The tag ${tag} does not fit ${what}`, "Remove the tag");
  }
  const help = didYouMean(tag, KNOWN) ??
    "Quote a string that begins with `!`; besides the tags of YAML itself there is only !raw";
  return new Unrepresentable(`Unknown tag ${tag}`, help);
}
