/** Standard output of an app under test, which is kept apart from that of the program. */
import type { Platform } from "../contract/platform.ts";

/** How many characters are kept. */
const MOST_TEXT = 1 << 20;

/** A platform whose output is kept. */
export interface CapturedPlatform {
  readonly platform: Platform;
  /** What was written to standard output so far. */
  text(): string;
}

/**
 * `platform` for one test: what is written is kept, and errors that nobody handles are those of
 * `owner`. Requests to leave the process end nothing but the test.
 */
export function capturedPlatform(platform: Platform, owner: string): CapturedPlatform {
  const decoder = new TextDecoder();
  let text = "";
  const stdout: Platform["stdout"] = {
    isTerminal: false,
    write(content) {
      if (text.length >= MOST_TEXT) return;
      text += typeof content === "string" ? content : decoder.decode(content, { stream: true });
    },
  };
  return {
    platform: {
      ...platform,
      stdout,
      stderr: { isTerminal: false, write() {} },
      runAs: (_resource, work) => platform.runAs(owner, work),
    },
    text: () => text,
  };
}
