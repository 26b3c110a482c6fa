/** Colours and control characters on a terminal. */
import type { Output, Platform } from "../contract/platform.ts";

const CODES = {
  red: "31",
  green: "32",
  yellow: "33",
  blue: "34",
  cyan: "36",
  grey: "90",
  bold: "1",
} as const;

/** A colour or weight. */
export type Style = keyof typeof CODES;

/** Applies a style to text, or returns it unchanged without colour. */
export type Paint = (style: Style, text: string) => string;

/** Creates the function that styles text, with or without colour. */
export function paintFor(color: boolean): Paint {
  return (style, text) => color && text !== "" ? `\x1b[${CODES[style]}m${text}\x1b[0m` : text;
}

/** True on a terminal, unless `NO_COLOR` is set. */
export function hasColor(output: Output, env: Platform["env"]): boolean {
  return output.isTerminal && !env["NO_COLOR"] && env["TERM"] !== "dumb";
}

/** `text` with control characters, except line breaks and tabs, as visible symbols. */
export function visible(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f]/g, (character) => {
    const code = character.charCodeAt(0);
    return String.fromCharCode(code === 0x7f ? 0x2421 : 0x2400 + code);
  });
}
