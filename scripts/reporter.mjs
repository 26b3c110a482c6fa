/**
 * A reporter for `node --test` that stays silent about what passes: failures are shown as
 * `spec` shows them. The counts, with the number of failures of each file, are written as JSON
 * to the file in DIGLY_TEST_COUNTS; where that is not set, the counts are printed.
 */
import { writeFileSync } from "node:fs";
import { spec } from "node:test/reporters";

export default async function* report(source) {
  const details = new spec();
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const failures = {};
  for await (const event of source) {
    const { type, data } = event;
    const isTest = data?.details?.type !== "suite";
    if (type === "test:pass" && isTest) counts[data.skip || data.todo ? "skipped" : "passed"]++;
    if (type === "test:fail") {
      if (isTest) {
        counts.failed++;
        failures[data.file] = (failures[data.file] ?? 0) + 1;
      }
      details.write(event);
    }
    yield* drain(details);
  }
  details.end();
  for await (const text of details) yield text;
  const path = process.env.DIGLY_TEST_COUNTS;
  if (path !== undefined) writeFileSync(path, JSON.stringify({ ...counts, failures }));
  else yield `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`;
}

function* drain(stream) {
  for (let text = stream.read(); text !== null; text = stream.read()) yield text;
}
