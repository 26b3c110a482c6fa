/**
 * A reporter for `node --test` that stays silent about what passes: failures are shown as
 * `spec` shows them. The counts are written as JSON to the file in DIGLY_TEST_COUNTS, or
 * printed where that is not set.
 */
import { writeFileSync } from "node:fs";
import { spec } from "node:test/reporters";

export default async function* report(source) {
  const details = new spec();
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for await (const event of source) {
    const { type, data } = event;
    const isTest = data?.details?.type !== "suite";
    if (type === "test:pass" && isTest) counts[data.skip || data.todo ? "skipped" : "passed"]++;
    if (type === "test:fail") {
      if (isTest) counts.failed++;
      details.write(event);
    }
    yield* drain(details);
  }
  details.end();
  for await (const text of details) yield text;
  const path = process.env.DIGLY_TEST_COUNTS;
  if (path !== undefined) writeFileSync(path, JSON.stringify(counts));
  else yield `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`;
}

function* drain(stream) {
  for (let text = stream.read(); text !== null; text = stream.read()) yield text;
}
