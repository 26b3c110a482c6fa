/**
 * Matches any pattern in linear time: all the places of the pattern that the text so far may
 * have led to are followed at once.
 */
import { codePoint } from "../access.ts";
import type { Context } from "../context.ts";
import type { Assertion, Pattern } from "./pattern.ts";
import { PatternSizeError } from "./pattern_error.ts";

/** Characters of a set. */
export interface CharSet {
  /** For each ASCII character whether it is in the set. */
  readonly ascii: Uint8Array;
  /** Tests any other character. */
  readonly other: RegExp;
}

const sets = new Map<string, CharSet>();
const MAX_SETS = 5_000;

/** The characters of a `set`. */
export function charSet({ source, fold }: Pattern & { kind: "set" }): CharSet {
  const key = `${fold} ${source}`;
  let set = sets.get(key);
  if (set === undefined) {
    const other = new RegExp(`^${source}$`, fold ? "iu" : "u");
    const ascii = new Uint8Array(128);
    for (let code = 0; code < 128; code++) {
      ascii[code] = other.test(String.fromCharCode(code)) ? 1 : 0;
    }
    set = { ascii, other };
    if (sets.size >= MAX_SETS) sets.clear();
    sets.set(key, set);
  }
  return set;
}

type Instruction =
  | { readonly kind: "set"; readonly set: CharSet }
  | { readonly kind: "assert"; readonly assertion: Assertion }
  | { readonly kind: "split"; to: number; or: number }
  | { readonly kind: "jump"; to: number }
  | { readonly kind: "match" };

/** How many instructions that are looked at cost one step: each takes about 30 ns. */
const VISITS_PER_STEP_BITS = 4;

/** A pattern that repeats itself to more instructions than that is refused. */
const MAX_INSTRUCTIONS = 10_000;

/** A pattern, ready to match. */
export class Automaton {
  readonly #program: Instruction[] = [];
  /** Instructions looked at in the current test that are not charged yet. */
  #visits = 0;

  constructor(pattern: Pattern) {
    this.#write(pattern);
    this.#add({ kind: "match" });
  }

  /** How many instructions there are: each may be looked at once per character. */
  get size(): number {
    return this.#program.length;
  }

  /**
   * Whether a part of the text matches. The steps are charged at each character, since how many
   * places of the pattern are followed depends on the text.
   */
  test(text: string, context: Context): boolean {
    const program = this.#program;
    this.#visits = 0;
    let current: number[] = [];
    let next: number[] = [];
    const seen = new Int32Array(program.length).fill(-1);
    const stack: number[] = [];
    for (let at = 0; at <= text.length;) {
      // A match may begin anywhere.
      if (this.#follow(0, text, at, current, seen, stack)) return true;
      if (at === text.length) return false;
      // The position is before the end of the text.
      const code = codePoint(text, at);
      const after = at + (code > 0xffff ? 2 : 1);
      context.spend(this.#visits >> VISITS_PER_STEP_BITS);
      this.#visits &= (1 << VISITS_PER_STEP_BITS) - 1;
      next = [];
      for (const index of current) {
        const { set } = program[index] as Instruction & { kind: "set" };
        const isIn = code < 128
          ? set.ascii[code] === 1
          : set.other.test(String.fromCodePoint(code));
        if (isIn && this.#follow(index + 1, text, after, next, seen, stack)) return true;
      }
      current = next;
      at = after;
    }
    return false;
  }

  /** Adds the sets that are reached from `start` without a character; true for a match. */
  #follow(
    start: number,
    text: string,
    at: number,
    into: number[],
    seen: Int32Array,
    stack: number[],
  ): boolean {
    stack.push(start);
    for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
      this.#visits++;
      if (seen[index] === at) continue;
      seen[index] = at;
      // The targets of jumps are in the program.
      const instruction = this.#program[index]!;
      switch (instruction.kind) {
        case "match":
          return true;
        case "set":
          into.push(index);
          break;
        case "jump":
          stack.push(instruction.to);
          break;
        case "split":
          stack.push(instruction.or, instruction.to);
          break;
        case "assert":
          if (holds(instruction.assertion, text, at)) stack.push(index + 1);
      }
    }
    return false;
  }

  #add(instruction: Instruction): number {
    if (this.#program.length >= MAX_INSTRUCTIONS) throw new PatternSizeError("is too large");
    return this.#program.push(instruction) - 1;
  }

  #write(pattern: Pattern): void {
    switch (pattern.kind) {
      case "set":
        this.#add({ kind: "set", set: charSet(pattern) });
        return;
      case "assert":
        this.#add(pattern);
        return;
      case "sequence":
        for (const part of pattern.parts) this.#write(part);
        return;
      case "choice":
        this.#writeChoice(pattern.options);
        return;
      case "repeat":
        this.#writeRepeat(pattern);
    }
  }

  #writeChoice(options: readonly Pattern[]): void {
    const jumps: { to: number }[] = [];
    options.forEach((option, index) => {
      if (index === options.length - 1) return this.#write(option);
      const split = { kind: "split" as const, to: 0, or: 0 };
      split.to = this.#add(split) + 1;
      this.#write(option);
      const jump = { kind: "jump" as const, to: 0 };
      split.or = this.#add(jump) + 1;
      jumps.push(jump);
    });
    for (const jump of jumps) jump.to = this.#program.length;
  }

  #writeRepeat({ body, min, max }: Pattern & { kind: "repeat" }): void {
    for (let count = 0; count < min; count++) this.#write(body);
    if (max === Infinity) {
      const split = { kind: "split" as const, to: 0, or: 0 };
      const start = this.#add(split);
      split.to = start + 1;
      this.#write(body);
      split.or = this.#add({ kind: "jump", to: start }) + 1;
      return;
    }
    const splits: { or: number }[] = [];
    for (let count = min; count < max; count++) {
      const split = { kind: "split" as const, to: 0, or: 0 };
      split.to = this.#add(split) + 1;
      splits.push(split);
      this.#write(body);
    }
    for (const split of splits) split.or = this.#program.length;
  }
}

function holds(assertion: Assertion, text: string, at: number): boolean {
  switch (assertion) {
    case "start":
      return at === 0;
    case "end":
      return at === text.length;
    case "lineStart":
      return at === 0 || text[at - 1] === "\n";
    case "lineEnd":
      return at === text.length || text[at] === "\n";
    default:
      return (isWord(text, at - 1) !== isWord(text, at)) === (assertion === "word");
  }
}

function isWord(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57 || code >= 65 && code <= 90 || code >= 97 && code <= 122 ||
    code === 95;
}
