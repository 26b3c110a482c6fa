/** Results as the XML that JUnit made common, for continuous integration. */
import { isDiglyError, messageOf } from "../../contract/errors.ts";
import type { TestResult } from "../../testing/outcome.ts";
import { failureTexts, type Reporter, type ReporterOptions } from "./reporter.ts";

/** Creates the reporter. The whole is written at the end: it begins with the totals. */
export function junitReporter({ rendering, pathOf }: ReporterOptions): Reporter {
  const byFile = new Map<string, TestResult[]>();
  const testCase = (result: TestResult): string => {
    const { name, file, status, durationMs, failures, redact } = result;
    const attributes = `name="${escape(redact(name))}" classname="${escape(pathOf(file))}" ` +
      `file="${escape(pathOf(file))}" time="${seconds(durationMs)}"`;
    if (status === "passed") return `    <testcase ${attributes}/>\n`;
    const inner = status === "skipped"
      ? "      <skipped/>\n"
      : failureTexts(result, { ...rendering, color: false }).map((text, index) => {
        const failure = failures[index];
        const [message = ""] = redact(messageOf(failure)).split("\n", 1);
        const type = isDiglyError(failure) ? failure.code : "Error";
        return `      <failure message="${escape(message)}" type="${escape(type)}">` +
          `${escape(text)}</failure>\n`;
      }).join("");
    return `    <testcase ${attributes}>\n${inner}    </testcase>\n`;
  };
  return {
    result(result) {
      const others = byFile.get(result.file);
      if (others === undefined) byFile.set(result.file, [result]);
      else others.push(result);
      return "";
    },
    end({ passed, failed, skipped, durationMs }) {
      const suites = Array.from(byFile, ([file, results]) => {
        const count = (status: TestResult["status"]) =>
          results.filter((result) => result.status === status).length;
        const time = results.reduce((sum, result) => sum + result.durationMs, 0);
        return `  <testsuite name="${escape(pathOf(file))}" tests="${results.length}" ` +
          `failures="${count("failed")}" skipped="${count("skipped")}" time="${seconds(time)}">\n` +
          results.map(testCase).join("") + "  </testsuite>\n";
      });
      return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites tests="${
        passed + failed + skipped
      }" failures="${failed}" skipped="${skipped}" time="${seconds(durationMs)}">\n${
        suites.join("")
      }</testsuites>\n`;
    },
  };
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(3);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

// deno-lint-ignore no-control-regex
const NOT_IN_XML = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Surrogate}/gu;

/** Text for XML, which has no control characters but tab and line breaks, not even escaped. */
function escape(text: string): string {
  return text.replaceAll(NOT_IN_XML, "\ufffd")
    .replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}
