/** The text of a file, with positions as the protocol counts them. */
import type { Position, Range } from "./protocol.ts";
import type { TextPart } from "../contract/source.ts";

/** A change of a document; without a range, the whole text is replaced. */
export interface TextChange {
  readonly range?: Range;
  readonly text: string;
}

/** The text of a file, and where its lines begin. */
export class TextDocument {
  /** The URL of the file. */
  readonly url: string;
  readonly text: string;
  /** The version of an open document. */
  readonly version: number | undefined;
  #starts: readonly number[] | undefined;

  constructor(url: string, text: string, version?: number) {
    this.url = url;
    this.text = text;
    this.version = version;
  }

  /** The document after some changes, each of which is about the text after the one before. */
  changed(changes: readonly TextChange[], version: number): TextDocument {
    return changes.reduce<TextDocument>((document, { range, text }) => {
      if (range === undefined) return new TextDocument(this.url, text, version);
      const [start, end] = [document.offsetAt(range.start), document.offsetAt(range.end)];
      const before = document.text.slice(0, start);
      const after = document.text.slice(Math.max(start, end));
      return new TextDocument(this.url, before + text + after, version);
    }, new TextDocument(this.url, this.text, version));
  }

  positionAt(offset: number): Position {
    const at = Math.max(0, Math.min(offset, this.text.length));
    const starts = this.#lineStarts();
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      // Its three positions are those of lines.
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= at) low = middle;
      else high = middle - 1;
    }
    // The line is one of the document.
    return { line: low, character: at - starts[low]! };
  }

  /** The offset of a position; one behind the end of its line is at that end. */
  offsetAt({ line, character }: Position): number {
    const starts = this.#lineStarts();
    if (line >= starts.length) return this.text.length;
    // It is below the number of lines.
    const start = starts[Math.max(0, line)]!;
    const next = starts[line + 1] ?? this.text.length + 1;
    const end = start + this.text.slice(start, next).replace(/[\r\n]+$/, "").length;
    return Math.max(start, Math.min(start + character, end));
  }

  rangeOf({ start, end }: TextPart): Range {
    return { start: this.positionAt(start), end: this.positionAt(end) };
  }

  #lineStarts(): readonly number[] {
    if (this.#starts === undefined) {
      const starts = [0];
      for (const { index, 0: end } of this.text.matchAll(/\r\n?|\n/g)) {
        starts.push(index + end.length);
      }
      this.#starts = starts;
    }
    return this.#starts;
  }
}
