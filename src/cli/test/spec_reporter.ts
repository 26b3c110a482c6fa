/** Results for people: one line for each test, with what went wrong below it. */
import { paintFor, visible } from "../../diagnostics/style.ts";
import {
  closingLine,
  failureTexts,
  indent,
  type Reporter,
  type ReporterOptions,
} from "./reporter.ts";

const MARKS = { passed: "✓", failed: "✗", skipped: "-" } as const;
const COLORS = { passed: "green", failed: "red", skipped: "yellow" } as const;

/** How many of the last log lines of an app are shown. */
const MOST_LOGS = 10;

/** Creates the reporter. */
export function specReporter({ rendering, pathOf }: ReporterOptions): Reporter {
  const paint = paintFor(rendering.color);
  return {
    result(result) {
      const { name, file, status, durationMs, logs, redact } = result;
      const time = status === "skipped" ? "" : ` (${Math.round(durationMs)} ms)`;
      const mark = paint(COLORS[status], MARKS[status]);
      const lines = [`${mark} ${visible(redact(name))}${time} ${paint("cyan", pathOf(file))}`];
      lines.push(...failureTexts(result, rendering).map((text) => indent(text, 2)));
      const shown = logs.filter(({ level }) => level === "warn" || level === "error");
      for (const { level, owner, message } of shown.slice(-MOST_LOGS)) {
        lines.push(indent(`log: ${level} ${owner} ${visible(redact(message))}`, 2));
      }
      return lines.join("\n") + "\n";
    },
    end: (totals) => `\nSeed ${totals.seed}\n${closingLine(totals)}\n`,
  };
}
