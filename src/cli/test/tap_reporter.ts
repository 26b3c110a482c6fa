/** Results as the Test Anything Protocol, version 14. */
import { isDiglyError } from "../../contract/errors.ts";
import { failureTexts, indent, type Reporter, type ReporterOptions } from "./reporter.ts";

/** Creates the reporter. */
export function tapReporter({ rendering, pathOf }: ReporterOptions): Reporter {
  let count = 0;
  return {
    result(result) {
      const { name, file, status, durationMs, failures, redact } = result;
      const head = count === 0 ? "TAP version 14\n" : "";
      const word = status === "failed" ? "not ok" : "ok";
      const title = redact(name).replaceAll(/[\\#]/g, "\\$&").replaceAll(/\s+/g, " ");
      const skip = status === "skipped" ? " # SKIP" : "";
      const [failure] = failures;
      const origin = isDiglyError(failure) ? failure.origin : undefined;
      const fields = [
        `duration_ms: ${Math.round(durationMs)}`,
        `file: ${JSON.stringify(pathOf(file))}`,
        ...(origin === undefined
          ? []
          : [`at: ${JSON.stringify(`${origin.line}:${origin.column}`)}`]),
        ...failureTexts(result, { ...rendering, color: false }).flatMap((text, index) => [
          `failure_${index + 1}: |-`,
          indent(text, 2),
        ]),
      ];
      const block = `---\n${fields.join("\n")}\n...`;
      return `${head}${word} ${++count} - ${title}${skip}\n${indent(block, 2)}\n`;
    },
    end: ({ passed, failed, skipped, seed }) =>
      `${count === 0 ? "TAP version 14\n" : ""}1..${count}\n` +
      `# passed ${passed}\n# failed ${failed}\n# skipped ${skipped}\n# seed ${seed}\n`,
  };
}
