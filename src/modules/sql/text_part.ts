/** Places of a statement in the string that it is written as. */
import type { TextPart, TextParts } from "../../contract/author.ts";
import { wordLength } from "./mistake.ts";
import type { Place } from "./statement.ts";

/** The part of the string that a place of the statement is in. */
export function textPartOf(
  place: Place,
  { texts, offsets }: Omit<TextParts, "values">,
): TextPart {
  if ("value" in place) {
    // An expression is between two texts, and each text has an offset.
    const start = offsets[place.value]! + texts[place.value]!.length;
    return { start, end: Math.max(start + 1, offsets[place.value + 1]!) };
  }
  // The place is in one of the texts.
  const text = texts[place.text]!;
  const start = offsets[place.text]! + place.offset;
  return { start, end: start + wordLength(text, place.offset) };
}
