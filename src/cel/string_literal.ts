/** String and bytes literals: quotes, prefixes and escapes. */
import { CelError } from "./cel_error.ts";
import type { Token } from "./token.ts";
import { characterAt } from "./access.ts";

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
  "`": "`",
  "?": "?",
};

/** `\x41`, `\u0041`, `\U00000041` and `\101`; the digits are the last group. */
const CODE_ESCAPE = /[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})/y;

/** Reads the literal at `start`; `opening` is its prefix and quotes. */
export function readString(text: string, start: number, opening: string): Token {
  const prefix = opening.replace(/['"]+$/, "").toLowerCase();
  const quote = opening.slice(prefix.length);
  const isRaw = prefix.includes("r");
  const isBytes = prefix.includes("b");
  const out = isBytes ? new BytesBuilder() : new TextBuilder();
  let at = start + opening.length;
  for (;;) {
    if (text.startsWith(quote, at)) break;
    const char = text[at];
    if (char === undefined) {
      const help = `Add the closing ${quote}`;
      throw new CelError("A string is not closed", { help }, { start, end: text.length });
    }
    if (quote.length === 1 && (char === "\n" || char === "\r")) {
      throw new CelError("A string ends with its line", {
        help: "Write \\n for a line break, and \\\\n in a YAML string in double quotes",
      }, { start, end: at });
    }
    if (char === "\\" && !isRaw) at = readEscape(text, at, out);
    else if (char === "\\" && quote.length === 1 && text[at + 1] === quote) {
      // In a raw string a backslash keeps a quote from ending it, and both stay.
      out.addText(text.slice(at, at + 2));
      at += 2;
    } else {
      const code = characterAt(text, at);
      out.addText(code);
      at += code.length;
    }
  }
  const end = at + quote.length;
  const value = out.build();
  return { type: isBytes ? "bytes" : "string", text: text.slice(start, end), start, end, value };
}

/** Adds what the escape at `at` means and gives where it ends. */
function readEscape(text: string, at: number, out: TextBuilder | BytesBuilder): number {
  const letter = text[at + 1] ?? "";
  const simple = Object.hasOwn(SIMPLE_ESCAPES, letter) ? SIMPLE_ESCAPES[letter] : undefined;
  if (simple !== undefined) {
    out.addText(simple);
    return at + 2;
  }
  CODE_ESCAPE.lastIndex = at + 1;
  const code = CODE_ESCAPE.exec(text);
  const span = { start: at, end: Math.min(text.length, at + 1 + (code?.[0].length ?? 1)) };
  if (code === null) {
    throw new CelError("The string has an unknown escape", {
      help: "Write \\\\ for a backslash",
    }, span);
  }
  const [, hex, short, long, octal = ""] = code;
  const digits = hex ?? short ?? long;
  const value = digits === undefined ? parseInt(octal, 8) : parseInt(digits, 16);
  const isByte = hex !== undefined || octal !== "";
  const isCharacter = value <= 0x10ffff && !(value >= 0xd800 && value < 0xe000);
  if (!isCharacter || !out.addCode(value, isByte)) {
    throw new CelError("The string has an escape that is not a character", {}, span);
  }
  return span.end;
}

class TextBuilder {
  #text = "";

  addText(text: string): void {
    this.#text += text;
  }

  addCode(code: number, _isByte: boolean): boolean {
    this.#text += String.fromCodePoint(code);
    return true;
  }

  build(): string {
    return this.#text;
  }
}

class BytesBuilder {
  readonly #bytes: number[] = [];

  addText(text: string): void {
    for (const byte of new TextEncoder().encode(text)) this.#bytes.push(byte);
  }

  /** In bytes, `\x` and octal escapes are bytes, and `\u` does not exist. */
  addCode(code: number, isByte: boolean): boolean {
    if (!isByte || code > 0xff) return false;
    this.#bytes.push(code);
    return true;
  }

  build(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}
