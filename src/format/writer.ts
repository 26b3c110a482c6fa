/** Writes formatted YAML: words with one space between them, and lines with their indentation. */

/** A line; an empty one has no text. */
interface Line {
  /** `undefined` for a comment, which is indented like a line beside it. */
  readonly column: number | undefined;
  text: string;
  /** The column in the source. */
  readonly written: number;
  /** A line of a scalar: also an empty one is a part of its value. */
  readonly isValue: boolean;
}

/** Where the content of a block scalar is indented. */
export interface BlockPlace {
  readonly column: number;
  /** The indentation in the source, if the header says it; else that of the first line. */
  readonly written: number | undefined;
  /** True if empty lines at the end are a part of the value. */
  readonly keepsEnd: boolean;
}

/** Collects lines. */
export class Writer {
  readonly #lines: Line[] = [];
  #current: Line | undefined;
  #isAttached = false;

  /** A word that is one space away from the one before it, or begins a line at `column`. */
  word(text: string, column: number, written: number): void {
    if (this.#current === undefined) this.#current = { column, text, written, isValue: false };
    else this.#current.text += (this.#isAttached ? "" : " ") + text;
    this.#isAttached = false;
  }

  /** The next word of the line follows without a space. */
  attachNext(): void {
    this.#isAttached = true;
  }

  /** A comment, behind the words of its line or on a line of its own. */
  comment(text: string, written: number): void {
    this.#isAttached = false;
    if (this.#current !== undefined) this.word(text.trimEnd(), 0, written);
    else this.#current = { column: undefined, text: text.trimEnd(), written, isValue: false };
  }

  /** Ends the line; without one, the line is empty. */
  newline(): void {
    this.#lines.push(this.#current ?? { column: 0, text: "", written: 0, isValue: false });
    this.#current = undefined;
    this.#isAttached = false;
  }

  /** A scalar, of which further lines begin at `inner`. */
  scalar(source: string, column: number, inner: number, written: number): void {
    const [first = "", ...others] = source.split("\n");
    this.word(first, column, written);
    for (const line of others) {
      this.newline();
      const text = line.trimStart();
      this.#current = { column: inner, text, written: inner, isValue: true };
    }
  }

  /** The lines of a block scalar, below its header. */
  block(source: string, { column, written, keepsEnd }: BlockPlace): void {
    this.newline();
    const lines = source.replace(/\n$/, "").split("\n");
    const first = lines.find((line) => line.trim() !== "") ?? "";
    const indent = written ?? first.length - first.trimStart().length;
    const isEmpty = (line = "") => line.trim() === "" && line.length <= indent;
    let end = source === "" ? 0 : lines.length;
    if (!keepsEnd) { while (end > 0 && isEmpty(lines[end - 1])) end--; }
    for (const line of lines.slice(0, end)) {
      const text = isEmpty(line) ? "" : line.slice(indent);
      this.#lines.push({ column, text, written: column, isValue: true });
    }
    if (!keepsEnd && end < lines.length && source !== "") this.newline();
  }

  /** Everything so far, with at most one empty line between two others. */
  text(): string {
    if (this.#current !== undefined) this.newline();
    const texts: string[] = [];
    for (const [index, line] of this.#lines.entries()) {
      if (line.text === "" && !line.isValue) {
        if (texts.length > 0 && texts.at(-1) !== "" && texts.at(-1) !== "---") texts.push("");
        continue;
      }
      const isSeparator = line.text === "---";
      while (isSeparator && texts.at(-1) === "" && !this.#endsValue(index)) texts.pop();
      const column = line.column ?? this.#columnOf(index, line.written);
      texts.push(line.text === "" ? "" : " ".repeat(column) + line.text);
    }
    while (texts.at(-1) === "" && this.#lines.at(-1)?.isValue !== true) texts.pop();
    return texts.length === 0 ? "" : texts.join("\n") + "\n";
  }

  /** True if the line before is the empty end of a scalar. */
  #endsValue(index: number): boolean {
    return this.#lines[index - 1]?.isValue === true;
  }

  /** A comment belongs to what follows, unless that is further out: then to what comes before. */
  #columnOf(index: number, written: number): number {
    const isText = ({ column, text }: Line) => column !== undefined && text !== "";
    const next = this.#lines.slice(index + 1).find(isText);
    if (next !== undefined && written <= next.written && next.text !== "---") {
      return next.column ?? 0;
    }
    const previous = this.#lines.slice(0, index).findLast(isText);
    if (written === 0 || previous === undefined) return 0;
    return previous.isValue ? next?.column ?? 0 : previous.column ?? 0;
  }
}
