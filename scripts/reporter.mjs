/**
 * A reporter for `node --test` that stays silent about what passes: failures are shown as
 * `spec` shows them. The counts, with the number of failures of each file and the reason of each
 * skipped test, are written as JSON to the file in DIGLY_TEST_COUNTS; where that is not set, they
 * are printed. A skipped suite counts as one test, since the runner does not name its tests; a
 * test that is skipped without a reason counts as failed.
 */
import { writeFileSync } from "node:fs";
import { spec } from "node:test/reporters";

export default async function* report(source) {
  const details = new spec();
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const failures = {};
  const skips = [];
  for await (const event of source) {
    const { type, data } = event;
    const isTest = data?.details?.type !== "suite";
    const reason = type === "test:pass" ? data.skip ?? data.todo : undefined;
    if (typeof reason === "string" && reason !== "") {
      counts.skipped++;
      skips.push({ file: data.file, name: nameOf(data), reason });
    } else if (reason !== undefined && reason !== false) {
      counts.failed++;
      failures[data.file] = (failures[data.file] ?? 0) + 1;
      yield `${data.file}:${data.line}: "${nameOf(data)}" is skipped without a reason\n`;
    } else if (type === "test:pass" && isTest) counts.passed++;
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
  if (path !== undefined) writeFileSync(path, JSON.stringify({ ...counts, failures, skips }));
  else {
    for (const { name, reason } of skips) yield `SKIPPED ${name}: ${reason}\n`;
    yield `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`;
  }
}

/** A test's name after the names of its suites. */
function nameOf({ classname, name }) {
  return classname === undefined ? name : `${classname}, ${name}`;
}

function* drain(stream) {
  for (let text = stream.read(); text !== null; text = stream.read()) yield text;
}
