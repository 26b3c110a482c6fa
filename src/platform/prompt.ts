/** Lines that a user types, through `node:readline`, which Node, Bun and Deno share. */
import process from "node:process";
import { createInterface } from "node:readline";
import type { PromptOptions } from "../contract/platform.ts";

/** How many lines the arrow keys bring back. */
const HISTORY = 500;

/** The lines of standard input, with history and completion on a terminal. */
export async function* readLines({ prompt, complete }: PromptOptions): AsyncGenerator<string> {
  const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  const lines = createInterface({
    input: process.stdin,
    ...(isTerminal ? { output: process.stdout } : {}),
    terminal: isTerminal,
    historySize: HISTORY,
    prompt,
    completer(line: string): [string[], string] {
      const { words, part } = complete(line);
      return [[...words], part];
    },
  });
  // Ctrl-C gives up what was typed, and ends the prompt if nothing was.
  lines.on("SIGINT", () => {
    if (lines.line === "") return lines.close();
    lines.write(null, { ctrl: true, name: "e" });
    lines.write(null, { ctrl: true, name: "u" });
    process.stdout.write("^C\n");
    lines.prompt();
  });
  try {
    if (isTerminal) lines.prompt();
    for await (const line of lines) {
      yield line;
      if (isTerminal) lines.prompt();
    }
    // The line of the shell begins on a line of its own after Ctrl-D.
    if (isTerminal) process.stdout.write("\n");
  } finally {
    lines.close();
  }
}
