/** The lines and words of YAML that is being typed, as the tolerant reader takes them. */

/** A key: where its text ends, and what follows its colon begins. */
export interface Key {
  readonly end: number;
  readonly next: number;
}

/** Characters that a plain key cannot begin with. */
const NOT_A_KEY = new Set("#,[]{}&*!|>'\"%@`");

/** A part of a file, and how far it is read. */
export class TolerantText {
  protected readonly text: string;
  protected readonly end: number;
  protected at: number;
  /** The line that was last looked at, which is mostly the next one, too. */
  #line = { from: 0, end: -1 };

  constructor(text: string, start: number, end: number) {
    this.text = text;
    this.at = start;
    this.end = end;
  }

  /** Skips blank lines and comments, to the first character of a node. */
  protected skipBlank(): void {
    const blank = /(?:[ \t\r\n]|(?<=[\s]|^)#[^\r\n]*)+/y;
    blank.lastIndex = this.at;
    const match = blank.exec(this.text);
    if (match !== null) this.at = Math.min(this.at + match[0].length, this.end);
  }

  /** The column of a place; what is before it in its line is looked at, not the whole text. */
  protected columnOf(at: number): number {
    let start = at;
    while (start > 0 && this.text[start - 1] !== "\n" && this.text[start - 1] !== "\r") start--;
    return at - start;
  }

  protected lineEnd(at: number): number {
    const { from, end } = this.#line;
    if (from <= at && at <= end) return end;
    const found = /[\r\n]/g;
    found.lastIndex = at;
    const next = Math.min(found.exec(this.text)?.index ?? this.end, this.end);
    this.#line = { from: at, end: next };
    return next;
  }

  protected isDash(at: number): boolean {
    return this.text[at] === "-" && /^(?:\s|$)/.test(this.text.slice(at + 1, at + 2));
  }

  /** The key at a place: quoted, or plain up to a colon that white space follows. */
  protected keyAt(start: number): Key | undefined {
    const text = this.text;
    const line = this.lineEnd(start);
    const first = text[start];
    if (first === '"' || first === "'") {
      const end = this.quoteEnd(start, line);
      const colon = end === undefined ? -1 : end + text.slice(end, line).search(/[^ \t]|$/);
      return end !== undefined && text[colon] === ":" && this.isSpace(colon + 1)
        ? { end, next: colon + 1 }
        : undefined;
    }
    if (first === undefined || this.isDash(start)) return undefined;
    if (NOT_A_KEY.has(first)) return undefined;
    for (let at = start; at < line; at++) {
      const char = text[at];
      if (char === "$" && text[at + 1] === "{") {
        const close = text.indexOf("}", at);
        if (close !== -1 && close < line) at = close;
      } else if (char === ":" && this.isSpace(at + 1)) {
        const end = start + text.slice(start, at).trimEnd().length;
        return { end, next: at + 1 };
      } else if (char === "#" && /[ \t]/.test(text[at - 1] ?? "")) return undefined;
    }
    return undefined;
  }

  protected isSpace(at: number): boolean {
    return at >= this.end || /\s/.test(this.text.charAt(at));
  }

  /** The end of a quoted string that is closed before `limit`. */
  protected quoteEnd(start: number, limit: number): number | undefined {
    const quote = this.text[start];
    for (let at = start + 1; at < limit; at++) {
      const char = this.text[at];
      if (char === "\\" && quote === '"') at++;
      else if (char === quote && quote === "'" && this.text[at + 1] === "'") at++;
      else if (char === quote) return at + 1;
    }
    return undefined;
  }

  protected plainEnd(start: number): number {
    const end = this.lineEnd(start);
    const comment = /[ \t]#/.exec(this.text.slice(start, end));
    return comment === null ? end : start + comment.index;
  }

  protected skipSpaces(): void {
    while (this.at < this.end && /[ \t]/.test(this.text.charAt(this.at))) this.at++;
  }

  /** Skips `&anchor` and `!tag`. */
  protected skipProperties(): void {
    const properties = /(?:[&!][^\s,[\]{}]+(?:[ \t]+|(?=[\r\n]|$)))+/y;
    properties.lastIndex = this.at;
    const match = properties.exec(this.text);
    if (match !== null && this.at + match[0].length <= this.end) this.at += match[0].length;
  }
}
