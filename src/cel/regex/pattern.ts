/** The syntax of regular expressions, as RE2 has it, as a tree. */

import { CLASSES, CONTROLS, escaped, isNarrow, negated, POSIX, property } from "./char_classes.ts";
import { PatternError, PatternSizeError } from "./pattern_error.ts";
import { ownValue } from "../../contract/own_key.ts";
import { codePoint } from "../access.ts";

/** A part of a pattern. */
export type Pattern =
  /** One character of a set, written as a class of JavaScript; matched without case if `fold`. */
  | {
    readonly kind: "set";
    readonly source: string;
    readonly fold: boolean;
    /** It may contain characters that are not ASCII. */
    readonly wide: boolean;
  }
  | { readonly kind: "assert"; readonly assertion: Assertion }
  | { readonly kind: "sequence"; readonly parts: readonly Pattern[] }
  | { readonly kind: "choice"; readonly options: readonly Pattern[] }
  /** `max` is Infinity if there is none. */
  | {
    readonly kind: "repeat";
    readonly body: Pattern;
    readonly min: number;
    readonly max: number;
  };

/** What a place in the text has to be. */
export type Assertion = "start" | "end" | "lineStart" | "lineEnd" | "word" | "notWord";

const MAX_REPEAT = 1_000;
const MAX_NESTING = 200;

interface Flags {
  readonly fold: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
}

/**
 * Parses a pattern.
 *
 * @throws PatternError if it is not one
 */
export function parsePattern(text: string): Pattern {
  return new PatternParser(text).parse();
}

class PatternParser {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  #flags: Flags = { fold: false, multiline: false, dotAll: false };

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Pattern {
    const pattern = this.#choice();
    if (this.#at < this.#text.length) throw this.#error("unopenedGroup");
    return pattern;
  }

  #choice(): Pattern {
    if (++this.#depth > MAX_NESTING) throw new PatternSizeError("nests too deeply");
    const options = [this.#sequence()];
    while (this.#take("|")) options.push(this.#sequence());
    this.#depth--;
    const [first] = options;
    return options.length === 1 && first !== undefined ? first : { kind: "choice", options };
  }

  #sequence(): Pattern {
    const parts: Pattern[] = [];
    for (;;) {
      const next = this.#text[this.#at];
      if (next === undefined || next === "|" || next === ")") {
        // Repeating what is empty would take time without making the pattern any larger.
        return { kind: "sequence", parts: parts.filter((part) => !isEmpty(part)) };
      }
      if (this.#take("\\Q")) {
        const end = this.#text.indexOf("\\E", this.#at);
        const quoted = this.#text.slice(this.#at, end === -1 ? undefined : end);
        this.#at = end === -1 ? this.#text.length : end + 2;
        const characters = Array.from(quoted, (char) => this.#char(codePoint(char)));
        const last = characters.pop();
        parts.push(...characters);
        if (last !== undefined) parts.push(this.#repeated(last));
        continue;
      }
      const atom = this.#atom();
      if (atom !== undefined) parts.push(this.#repeated(atom));
      // A group that only sets flags is nothing: what is before it is repeated.
      else {
        const last = parts.pop();
        if (last !== undefined) parts.push(this.#repeated(last));
      }
    }
  }

  /** `undefined` for a group that only sets flags. */
  #atom(): Pattern | undefined {
    const start = this.#at;
    const char = this.#next();
    switch (char) {
      case "(":
        return this.#group(start);
      case "[":
        return this.#set(this.#class(start));
      case ".":
        return this.#set(this.#flags.dotAll ? "[\\0-\\u{10ffff}]" : "[^\\n]");
      case "^":
        return assert(this.#flags.multiline ? "lineStart" : "start");
      case "$":
        return assert(this.#flags.multiline ? "lineEnd" : "end");
      case "{":
        this.#at--;
        if (this.#quantifier() !== undefined) throw this.#error("repeatsNothing", start);
        this.#at++;
        return this.#char(0x7b);
      case "*":
      case "+":
      case "?":
        throw this.#error("repeatsNothing", start);
      case "\\":
        return this.#escape();
      default:
        return this.#char(codePoint(char));
    }
  }

  #repeated(atom: Pattern): Pattern {
    const repeat = this.#quantifier();
    if (repeat === undefined) return atom;
    this.#take("?");
    const second = this.#at;
    if (this.#quantifier() !== undefined) throw this.#error("repeatsTwice", second);
    const [min, max] = repeat;
    if (max === 0 || isEmpty(atom)) return { kind: "sequence", parts: [] };
    return { kind: "repeat", body: atom, min, max };
  }

  #quantifier(): readonly [number, number] | undefined {
    if (this.#take("*")) return [0, Infinity];
    if (this.#take("+")) return [1, Infinity];
    if (this.#take("?")) return [0, 1];
    const match = /^\{(\d+)(,?)(\d*)\}/.exec(this.#text.slice(this.#at, this.#at + 20));
    if (match === null) return undefined;
    const [whole, low, comma, high] = match;
    const min = Number(low);
    const max = comma === "" ? min : high === "" ? Infinity : Number(high);
    if (min > max) throw this.#error("reversedRepetition");
    if (min > MAX_REPEAT || max !== Infinity && max > MAX_REPEAT) {
      throw new PatternSizeError("repeats too often");
    }
    this.#at += whole.length;
    return [min, max];
  }

  /** A group whose bracket, at `start`, is open. */
  #group(start: number): Pattern | undefined {
    const outer = this.#flags;
    if (this.#take("?")) {
      const name = /^P?<[A-Za-z0-9_]+>/.exec(this.#text.slice(this.#at, this.#at + 200));
      if (name !== null) this.#at += name[0].length;
      else {
        const isOpen = this.#readFlags(start);
        if (!isOpen) return undefined;
      }
    }
    const inner = this.#choice();
    if (!this.#take(")")) throw this.#error("openGroup", start);
    this.#flags = outer;
    return inner;
  }

  /** `i:` as in `(?i:…)`, or `i)` as in `(?i)`, which sets flags for what follows. */
  #readFlags(start: number): boolean {
    const match = /^([imsU]*)(?:-([imsU]+))?([:)])/.exec(this.#text.slice(this.#at, this.#at + 20));
    if (match === null) {
      const isLookAround = /^<?[=!]/.test(this.#text.slice(this.#at, this.#at + 2));
      throw this.#error(isLookAround ? "lookAround" : "unknownGroup", start);
    }
    const [whole, on = "", off = "", end] = match;
    this.#at += whole.length;
    const set = (letter: string, current: boolean) =>
      off.includes(letter) ? false : current || on.includes(letter);
    const { fold, multiline, dotAll } = this.#flags;
    this.#flags = {
      fold: set("i", fold),
      multiline: set("m", multiline),
      dotAll: set("s", dotAll),
    };
    return end === ":";
  }

  #escape(): Pattern {
    const letter = this.#text[this.#at];
    switch (letter) {
      case "A":
        this.#at++;
        return assert("start");
      case "z":
        this.#at++;
        return assert("end");
      case "b":
        this.#at++;
        return assert("word");
      case "B":
        this.#at++;
        return assert("notWord");
    }
    const set = this.#escapedSet();
    return set === undefined ? this.#char(this.#escapedCode()) : this.#set(`[${set}]`);
  }

  /** `\d`, `\W`, `\pL`, `\p{Greek}`: what they are in a class of JavaScript. */
  #escapedSet(): string | undefined {
    const letter = this.#text[this.#at] ?? "";
    const lower = letter.toLowerCase();
    const set = ownValue(CLASSES, lower);
    if (set !== undefined) {
      this.#at++;
      return letter === lower ? set : negated(set);
    }
    if (lower !== "p") return undefined;
    const match = /^[pP](?:([A-Z])|\{(\^?)([A-Za-z_]+)\})/.exec(
      this.#text.slice(this.#at, this.#at + 60),
    );
    const name = match?.[1] ?? match?.[3];
    const isNegated = (letter === "P") !== (match?.[2] === "^");
    const found = name === undefined ? undefined : property(name, isNegated);
    // The backslash is before the letter.
    if (match === null || found === undefined) throw this.#error("unknownProperty", this.#at - 1);
    this.#at += match[0].length;
    return found;
  }

  #escapedCode(): number {
    const start = this.#at - 1;
    const rest = this.#text.slice(this.#at, this.#at + 12);
    const code = /^x(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2}))|^(0[0-7]{0,2}|[1-7][0-7]{2})/
      .exec(rest);
    if (code !== null) {
      this.#at += code[0].length;
      const value = code[3] === undefined
        ? parseInt(code[1] ?? code[2] ?? "", 16)
        : parseInt(code[3], 8);
      if (value > 0x10ffff) throw this.#error("notACharacter", start);
      return value;
    }
    if (this.#at >= this.#text.length) throw this.#error("openEscape", start);
    const char = this.#next();
    const control = ownValue(CONTROLS, char);
    if (control !== undefined) return control;
    if (/[1-9]/.test(char)) throw this.#error("backReference", start);
    if (/[A-Za-z]/.test(char)) throw this.#error("unknownEscape", start);
    return codePoint(char);
  }

  /** A class whose bracket, at `start`, is open. */
  #class(start: number): string {
    const isNegated = this.#take("^");
    let source = "";
    for (let isFirst = true;; isFirst = false) {
      if (!isFirst && this.#take("]")) break;
      if (this.#at >= this.#text.length) throw this.#error("openClass", start);
      const posix = /^\[:(\^?)([a-z]+):\]/.exec(this.#text.slice(this.#at, this.#at + 20));
      if (posix !== null) {
        const [, , name = ""] = posix;
        const set = ownValue(POSIX, name);
        if (set === undefined) throw this.#error("unknownClass");
        this.#at += posix[0].length;
        source += posix[1] === "" ? set : negated(set);
        continue;
      }
      source += this.#classPart();
    }
    return `[${isNegated ? "^" : ""}${source}]`;
  }

  #classPart(): string {
    if (this.#text[this.#at] === "\\") {
      this.#at++;
      const set = this.#escapedSet();
      if (set !== undefined) return set;
      this.#at--;
    }
    const start = this.#at;
    const low = this.#classCode();
    const isRange = this.#text[this.#at] === "-" && this.#text[this.#at + 1] !== "]" &&
      this.#at + 1 < this.#text.length;
    if (!isRange) return escaped(low);
    this.#at++;
    const high = this.#classCode();
    if (high < low) throw this.#error("reversedRange", start);
    return `${escaped(low)}-${escaped(high)}`;
  }

  #classCode(): number {
    const char = this.#next();
    return char === "\\" ? this.#escapedCode() : codePoint(char);
  }

  #char(code: number): Pattern {
    return this.#set(`[${escaped(code)}]`);
  }

  #set(source: string): Pattern {
    const { fold } = this.#flags;
    // Some letters of ASCII equal others without case, such as k and the sign for kelvin.
    return { kind: "set", source, fold, wide: fold || !isNarrow(source) };
  }

  #next(): string {
    // The callers have seen that there is one.
    const char = String.fromCodePoint(this.#text.codePointAt(this.#at)!);
    this.#at += char.length;
    return char;
  }

  #error(problem: ConstructorParameters<typeof PatternError>[0], at = this.#at): PatternError {
    return new PatternError(problem, this.#text, at);
  }

  #take(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }
}

function isEmpty(pattern: Pattern): boolean {
  return pattern.kind === "sequence" && pattern.parts.length === 0;
}

function assert(assertion: Assertion): Pattern {
  return { kind: "assert", assertion };
}
