/** Tells terminals from other streams without `node:tty`, whose streams take longer to load than a small app. */
import { fstatSync } from "node:fs";
import { createRequire } from "node:module";
import process from "node:process";
import type { TerminalSize } from "../contract/platform.ts";

/** Major device numbers of Linux: those of /dev/null and its like, and of pseudo-terminals. */
const MEMORY = 1;
const FIRST_PSEUDO_TERMINAL = 136;
const LAST_PSEUDO_TERMINAL = 143;

/** True if the descriptor is a terminal. */
export function isTerminal(descriptor: number): boolean {
  if (process.platform !== "win32") {
    try {
      const stats = fstatSync(descriptor);
      if (!stats.isCharacterDevice()) return false;
      if (process.platform === "linux") {
        const major = (stats.rdev >> 8) & 0xfff;
        if (major === MEMORY) return false;
        if (major >= FIRST_PSEUDO_TERMINAL && major <= LAST_PSEUDO_TERMINAL) return true;
      }
    } catch {
      // It is closed.
      return false;
    }
  }
  // A serial console or another system's terminal.
  const { isatty } = createRequire(import.meta.url)("node:tty") as typeof import("node:tty");
  return isatty(descriptor);
}

/** The size of the terminal that standard output is; `undefined` if the system does not know it. */
export function terminalSize(): TerminalSize | undefined {
  // The stream follows changes of the size. Other code does not create it, since that takes long.
  const [columns, rows] = process.stdout.isTTY ? process.stdout.getWindowSize() : [0, 0];
  return columns > 0 && rows > 0 ? { columns, rows } : undefined;
}
