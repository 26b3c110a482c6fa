/** That formatting keeps the values and comments of documents however they are written. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAllDocuments } from "yaml";
import { formatManifest } from "../../../src/format/format_manifest.ts";

const SCALARS = [
  "1",
  "text",
  "'it''s'",
  '"a # b"',
  "null",
  "two  words",
  "${ x  +  1 }",
  "x:y",
  "!raw y",
];

/** Writes random documents in block style, with comments and more or fewer spaces. */
class Writer {
  #state: number;
  #comments = 0;
  #keys = 0;

  constructor(seed: number) {
    this.#state = seed * 7919 + 1;
  }

  #below(limit: number): number {
    this.#state = (this.#state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor(this.#state / 65_536) % limit;
  }

  #spaces(least: number): string {
    return " ".repeat(least + this.#below(3));
  }

  /** The end of a line, with a comment or empty lines now and then. */
  #end(indent: string): string {
    const choice = this.#below(8);
    if (choice === 0) return `${this.#spaces(1)}# comment ${this.#comments++}\n`;
    if (choice === 1) return `\n${indent}# comment ${this.#comments++}\n`;
    return choice === 2 ? "\n\n\n" : `${this.#spaces(0)}\n`;
  }

  #flow(depth: number): string {
    const items = Array.from({ length: this.#below(3) }, () => this.#below(9));
    if (this.#below(2) === 0) return `[${items.join(`${this.#spaces(0)},${this.#spaces(0)}`)}]`;
    const nested = depth > 0 ? this.#flow(depth - 1) : "1";
    return `{${this.#spaces(0)}f${this.#keys++}:${this.#spaces(1)}${nested}${this.#spaces(0)}}`;
  }

  /** A value after `key:` or `-`, with the end of its line. */
  #value(indent: string, depth: number): string {
    const deeper = indent + " ".repeat(1 + this.#below(4));
    const choice = this.#below(depth > 0 ? 6 : 4);
    if (choice === 0) return `${this.#spaces(1)}${this.#flow(2)}${this.#end(indent)}`;
    if (choice === 1) {
      const lines = ["  first", "", "second # no comment"].slice(this.#below(2));
      const header = ["|", ">-"][this.#below(2)]!;
      // The first line decides about the indentation.
      const body = ["start", ...lines].map((line) => line === "" ? "\n" : `${deeper}${line}\n`);
      return `${this.#spaces(1)}${header}\n${body.join("")}`;
    }
    if (choice < 4) {
      return `${this.#spaces(1)}${SCALARS[this.#below(SCALARS.length)]}${this.#end(indent)}`;
    }
    return `${this.#end(deeper)}${this.#block(deeper, depth - 1)}`;
  }

  #block(indent: string, depth: number): string {
    const isList = this.#below(3) === 0;
    return Array.from({ length: 1 + this.#below(4) }, () => {
      const start = isList ? `${indent}-` : `${indent}k${this.#keys++}:`;
      return start + this.#value(indent, depth);
    }).join("");
  }

  document(): string {
    return this.#block("", 4);
  }
}

const values = (text: string) => parseAllDocuments(text).map((document) => document.toJS());
const comments = (text: string) => text.match(/# comment \d+/g) ?? [];

test("values and comments of random documents are kept, and the result stays as it is", () => {
  let changed = 0;
  for (let seed = 0; seed < 300; seed++) {
    const text = new Writer(seed).document();
    assert.deepEqual(
      parseAllDocuments(text).flatMap(({ errors }) => errors.map(({ code }) => code))
        .filter((code) => code !== "TAG_RESOLVE_FAILED"),
      [],
      text,
    );
    const once = formatManifest("file:///app/a.yaml", text);
    assert.deepEqual(values(once), values(text), text);
    assert.deepEqual(comments(once), comments(text), text);
    assert.equal(formatManifest("file:///app/a.yaml", once), once);
    if (once !== text) changed++;
  }
  assert.ok(changed > 250, String(changed));
});
