/** The tokens of an expression, as the parser takes them. */
import { CelError } from "./cel_error.ts";
import { CONDITIONAL, optionalHelp, unexpectedToken } from "./foreign.ts";
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
    const { type, text } = this.token;
    const found = type === "end" ? "the end" : `"${text}"`;
    return unexpectedToken(this.text, this.token, `Expected ${wanted}, found ${found}`);
  }

  /** The error of a `?` at `mark` without its `:`. */
  protected withoutOtherwise(mark: number): CelError {
    const help = optionalHelp(this.text, mark);
    if (help !== undefined) {
      return new CelError('Unexpected "?."', { help }, { start: mark, end: mark + 2 });
    }
    const { problem, details, span } = this.expected('":"');
    return new CelError(problem, { help: details.help ?? CONDITIONAL }, span);
  }

  protected unexpected(): CelError {
    const { type, text } = this.token;
    const problem = type === "end" ? "The expression ends too early" : `Unexpected "${text}"`;
    return unexpectedToken(this.text, this.token, problem);
  }
}
