import assert from "node:assert/strict";
import { test } from "node:test";
import type { RuntimeResource } from "../../../../src/contract/resource.ts";
import { findCycle } from "../../../../src/modules/pipeline/cycle.ts";
import type { JobFields } from "../../../../src/modules/pipeline/fields.ts";

test("the steps of each job are read once, however many jobs are checked", () => {
  const count = 200;
  let reads = 0;
  const jobs = Array.from({ length: count }, (_, index) => ({
    kind: "Pipeline.Job",
    metadata: { name: `Job${index}` },
    get steps() {
      reads++;
      return [{ name: "next", execute: `Pipeline.Job.Job${(index + 1) % count}` }];
    },
  })) as unknown as readonly RuntimeResource<JobFields>[];
  const cycles = jobs.flatMap(({ metadata }) =>
    findCycle(`Pipeline.Job.${metadata.name}`, jobs) ?? []
  );
  assert.deepEqual(cycles.map(({ chain }) => chain.length), [count]);
  assert.equal(reads, count);
});
