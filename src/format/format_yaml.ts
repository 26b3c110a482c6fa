/**
 * Formats YAML: indentation, spaces and empty lines. Line breaks stay where they are, and so does
 * what is written in scalars and comments.
 *
 * The tokens of the syntax tree are written in the order of the source. Each of them knows the column
 * at which a line that begins with it is indented, which follows from how deep it is nested.
 */
import type { CST } from "./yaml_parser.ts";
import { Writer } from "./writer.ts";

/** Spaces of one level. */
const STEP = 2;

/** The formatted text of a file, of which `tokens` are. */
export function formatTokens(text: string, tokens: Iterable<CST.Token>): string {
  const formatter = new Formatter(text);
  for (const token of tokens) formatter.top(token);
  return formatter.formatted();
}

class Formatter {
  readonly #writer = new Writer();
  readonly #text: string;
  /** The column in the source of the map or list around a value. */
  #parent = -1;

  constructor(text: string) {
    this.#text = text;
  }

  formatted(): string {
    return this.#writer.text();
  }

  /** A document, or what is between documents. */
  top(token: CST.Token): void {
    switch (token.type) {
      case "document":
        this.#parent = -1;
        this.#all(token.start, 0);
        if (token.value !== undefined) this.#node(token.value, 0);
        return this.#all(token.end ?? [], 0);
      case "directive":
        return this.#writer.word(token.source, 0, 0);
      case "doc-end":
        this.#writer.word(token.source, 0, 0);
        return this.#all(token.end ?? [], 0);
      default:
        return this.#all([token as CST.SourceToken], 0);
    }
  }

  /** A node; `column` is where its lines are indented after the first. */
  #node(token: CST.Token, column: number): void {
    switch (token.type) {
      case "block-map":
        for (const item of token.items) this.#mapItem(item, column);
        return;
      case "block-seq":
        for (const { start, value } of token.items) {
          const indicator = start.find(({ type }) => type === "seq-item-ind");
          this.#all(start, column);
          this.#parent = indicator === undefined ? this.#parent : this.#columnOf(indicator.offset);
          if (value) this.#node(value, column + STEP);
        }
        return;
      case "flow-collection":
        return this.#flow(token, column);
      case "block-scalar":
        return this.#blockScalar(token, column);
      case "alias":
      case "scalar":
      case "single-quoted-scalar":
      case "double-quoted-scalar":
        this.#writer.scalar(token.source, column, column, this.#columnOf(token.offset));
        return this.#all(token.end ?? [], column);
      default:
        return this.#all([token as CST.SourceToken], column);
    }
  }

  #mapItem({ start, key, sep, value }: CST.BlockMap["items"][number], column: number): void {
    const isExplicit = start.some(({ type }) => type === "explicit-key-ind");
    this.#all(start, column);
    const own = key ? this.#columnOf(key.offset) : this.#parent;
    if (key) {
      if (isExplicit) {
        this.#parent = own;
        this.#node(key, column + STEP);
      } else this.#key(key, column);
    }
    // `*name:` would be an alias whose name ends in a colon.
    if (sep && !isExplicit && key?.type !== "alias") this.#writer.attachNext();
    for (const token of sep ?? []) {
      this.#all([token], token.type === "map-value-ind" ? column : column + STEP);
    }
    this.#parent = own;
    if (value) this.#node(value, column + STEP);
  }

  /** A key begins at the column of its map, and does not continue on another line. */
  #key(key: CST.Token, column: number): void {
    if ("source" in key && key.type !== "block-scalar") {
      this.#writer.word(key.source, column, this.#columnOf(key.offset));
      return this.#all(("end" in key ? key.end : undefined) ?? [], column);
    }
    this.#node(key, column);
  }

  #flow({ start, items, end }: CST.FlowCollection, column: number): void {
    const isMap = start.type === "flow-map-start";
    const inner = column + STEP;
    const isEmpty = items.every(({ key, sep, value }) => !key && !sep && !value);
    this.#all([start], column);
    if (!isMap || isEmpty) this.#writer.attachNext();
    for (const { start, key, sep, value } of items) {
      this.#all(start, inner);
      if (key) this.#node(key, inner);
      if (sep) {
        if (key && key.type !== "alias") this.#writer.attachNext();
        this.#all(sep, inner);
      }
      if (value) this.#node(value, inner);
    }
    for (const token of end) {
      const isClosing = token.type === "flow-map-end" || token.type === "flow-seq-end";
      if (isClosing && (!isMap || isEmpty)) this.#writer.attachNext();
      this.#all([token], isClosing ? column : inner);
    }
  }

  #blockScalar({ props, source }: CST.BlockScalar, column: number): void {
    const own = props.filter((token): token is CST.SourceToken => "source" in token);
    this.#all(own.filter(({ type }) => type !== "newline"), column);
    const header = own.find(({ type }) => type === "block-scalar-header")?.source ?? "|";
    // The number counts from the map or list around the scalar.
    const [digit] = /[1-9]/.exec(header) ?? [];
    this.#writer.block(source, {
      column: digit === undefined ? column : Math.max(0, column - STEP) + Number(digit),
      written: digit === undefined ? undefined : Math.max(0, this.#parent) + Number(digit),
      keepsEnd: header.includes("+"),
    });
  }

  /** Indicators, anchors, tags, comments and white space. */
  #all(tokens: readonly CST.SourceToken[], column: number): void {
    for (const { type, source, offset } of tokens) {
      const written = this.#columnOf(offset);
      switch (type) {
        case "space":
        case "byte-order-mark":
          break;
        case "newline":
          for (const _ of source.matchAll(/\n/g)) this.#writer.newline();
          break;
        case "comment":
          this.#writer.comment(source, written);
          break;
        case "comma":
          this.#writer.attachNext();
          this.#writer.word(source, column, written);
          break;
        default:
          this.#writer.word(source, type === "doc-start" ? 0 : column, written);
      }
    }
  }

  /** The column of an offset, counted from 0. */
  #columnOf(offset: number): number {
    return offset - this.#text.lastIndexOf("\n", offset - 1) - 1;
  }
}
