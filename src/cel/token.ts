/** The tokens of an expression. */

/** A token. `text` is how it is written; numbers and strings carry their value. */
export interface Token {
  readonly type:
    | "name"
    | "quoted"
    | "int"
    | "uint"
    | "double"
    | "string"
    | "bytes"
    | "symbol"
    | "end";
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly value?: string | number | bigint | Uint8Array;
}
