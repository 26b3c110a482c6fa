/** Progress on a terminal: a line on standard error, once something has taken a second. */
import type { Output, Platform } from "../contract/platform.ts";
import type { OnProgress, Progress, ProgressStep } from "../contract/progress.ts";

/** How long something takes before its progress is shown, in milliseconds. */
const PATIENCE_MS = 1_000;

/** How often the line is written, in milliseconds. */
const INTERVAL_MS = 100;

/** Removes the line of the cursor. */
const CLEAR = "\r\x1b[2K";

/** The line that shows progress. Without a terminal nothing is ever written. */
export interface ProgressLine {
  /** Says what is being done; the text is asked for only when it is written. */
  update(textOf: () => string): void;
  /** Writes the line at once, for work during which nothing else can be written. */
  show(text: string): void;
  /** Removes the line; what follows at once is a part of the same work. */
  end(): void;
  /** An output that removes the line before it writes. */
  above(output: Output): Output;
}

/** Creates the line of a command. */
export function createProgress(
  { stderr, env }: Pick<Platform, "stderr" | "env">,
  now: () => number = () => performance.now(),
): ProgressLine {
  if (!stderr.isTerminal || env["TERM"] === "dumb") return NO_LINE;
  let started: number | undefined;
  let ended: number | undefined;
  let written = 0;
  let isShown = false;
  let latest = () => "";
  let timer: ReturnType<typeof setInterval> | undefined;

  function write(text: string, time: number): void {
    stderr.write(CLEAR + text);
    isShown = true;
    written = time;
  }

  function writeIfDue(): void {
    const time = now();
    if (started === undefined || time - started < PATIENCE_MS) return;
    if (!isShown || time - written >= INTERVAL_MS) write(latest(), time);
  }

  function begin(time: number): void {
    if (ended === undefined || time - ended > INTERVAL_MS) started = time;
  }

  function remove(): void {
    if (isShown) stderr.write(CLEAR);
    isShown = false;
  }

  return {
    update(textOf) {
      latest = textOf;
      if (timer === undefined) begin(now());
      // Work that waits does not call this, and work that computes keeps timers from running.
      timer ??= setInterval(writeIfDue, INTERVAL_MS);
      writeIfDue();
    },
    show(text) {
      latest = () => text;
      write(text, now());
    },
    end() {
      clearInterval(timer);
      timer = undefined;
      ended = now();
      remove();
    },
    above: (output) =>
      output.isTerminal
        ? {
          isTerminal: true,
          get isGone() {
            return output.isGone ?? false;
          },
          write(content) {
            remove();
            output.write(content);
          },
        }
        : output,
  };
}

/** Outputs that remove the line before they write. */
export function outputsAbove(
  line: ProgressLine,
  { stdout, stderr }: Pick<Platform, "stdout" | "stderr">,
): Pick<Platform, "stdout" | "stderr"> {
  return { stdout: line.above(stdout), stderr: line.above(stderr) };
}

const NO_LINE: ProgressLine = {
  update() {},
  show() {},
  end() {},
  above: (output) => output,
};

const WORDS: Readonly<Record<ProgressStep, string>> = {
  files: "Reading files",
  resources: "Loading resources",
  fields: "Checking fields of resources",
  code: "Checking code of resources",
  checks: "Checking resources",
  types: "Checking expressions of resources",
};

/** Shows how far a kernel is. */
export function showKernelProgress(line: ProgressLine): OnProgress {
  let current: Progress;
  const textOf = () => {
    const { step, done, total } = current;
    const count = total === undefined ? `${done}` : `${done} of ${total}`;
    return `${WORDS[step]}: ${count}`;
  };
  return (progress) => {
    if (progress === undefined) return line.end();
    current = progress;
    line.update(textOf);
  };
}
