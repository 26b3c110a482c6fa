/** The tokens of an expression, as the parser takes them. */
import { CelError } from "./cel_error.ts";
import { optionalHelp } from "./foreign/defaults.ts";
import { textBefore } from "./foreign/operators.ts";
import { CONDITIONAL, unexpectedToken } from "./foreign/syntax.ts";
import { readToken } from "./lexer.ts";
import type { Token } from "./token.ts";

/** Reads tokens one after the other, and counts how deep brackets nest. */
export class Tokens {
  protected readonly text: string;
  protected token: Token;
  /** Where the token before the current one ended. */
  protected lastEnd = 0;
  #open = 0;
  /** How deep brackets nest in what was read. */
  nesting = 0;

  constructor(text: string) {
    this.text = text;
    this.token = readToken(text, 0);
  }

  protected advance(): void {
    this.lastEnd = this.token.end;
    this.token = readToken(this.text, this.token.end);
  }

  protected isAt(symbol: string): boolean {
    return this.token.type === "symbol" && this.token.text === symbol;
  }

  protected take(symbol: string): boolean {
    if (!this.isAt(symbol)) return false;
    this.advance();
    return true;
  }

  protected expect(symbol: string): void {
    if (!this.take(symbol)) throw this.expected(`"${symbol}"`);
  }

  protected openBracket(symbol: string): void {
    this.expect(symbol);
    if (++this.#open > this.nesting) this.nesting = this.#open;
  }

  protected closeBracket(symbol: string): void {
    this.expect(symbol);
    this.#open--;
  }

  protected expected(wanted: string): CelError {
    return unexpectedToken(this.text, this.token, wanted);
  }

  /** The error of a `?` at `mark` without its `:`. */
  protected withoutOtherwise(mark: number): CelError {
    if (this.text.startsWith("?.", mark)) {
      const help = optionalHelp(textBefore(this.text, mark), this.text.slice(mark + 2));
      return new CelError('Unexpected "?."', { help }, { start: mark, end: mark + 2 });
    }
    const { problem, details, span } = this.expected('":"');
    return new CelError(problem, { help: details.help ?? CONDITIONAL }, span);
  }

  protected unexpected(): CelError {
    return unexpectedToken(this.text, this.token);
  }
}
