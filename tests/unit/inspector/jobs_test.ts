import assert from "node:assert/strict";
import { test } from "node:test";
import type { JobState } from "../../../src/contract/durable_jobs.ts";
import type { JobDetails, JobsView } from "../../../src/inspector/api.ts";
import { app, resource } from "../app.ts";
import { inspect, startInspected } from "./inspected_app.ts";

test("durable jobs are listed, retried and cancelled", async (t) => {
  const time = "2026-01-01T00:00:00.000Z";
  const job = { id: "j1", state: "failed" as JobState, created: time, updated: time, runs: 1 };
  const record = () => ({
    ...job,
    input: { to: "Ada" },
    output: null,
    error: { code: "Mail.Refused", message: "No" },
    steps: [{ step: "send", ended: time, output: null, error: null }],
  });
  const durableJobs = {
    list: () => Promise.resolve([job]),
    ids: () => Promise.resolve([job.id]),
    show: (id: string) => Promise.resolve(id === job.id ? record() : undefined),
    retry() {
      const isFailed = job.state === "failed";
      if (isFailed) job.state = "waiting";
      return Promise.resolve(isFailed);
    },
    cancel() {
      job.state = "cancelled";
      return Promise.resolve(true);
    },
  };
  const inspected = await inspect(t);
  const { kernel } = app({
    kinds: { Job: { create: () => ({ api: { durableJobs } }) } },
    resources: resource("Job", "mail"),
    ...inspected.options,
  });
  await startInspected(t, inspected, kernel);
  const { items } = await inspected.get<JobsView>("jobs");
  assert.deepEqual(items.map(({ id, urn, state }) => [id, urn, state]), [
    ["j1", "Test.Job.mail", "failed"],
  ]);
  const details = await inspected.get<JobDetails>("jobs/j1");
  assert.deepEqual(details.input, { to: "Ada" });
  assert.equal(details.error?.code, "Mail.Refused");
  assert.deepEqual(details.steps.map(({ step }) => step), ["send"]);
  assert.equal((await inspected.post<JobDetails>("jobs/j1/retry", {})).state, "waiting");
  const json = { method: "POST", headers: { "content-type": "application/json" } };
  const again = await inspected.refused("/api/v1/jobs/j1/retry", json);
  assert.deepEqual([again.status, again.code], [409, "WRONG_STATE"]);
  assert.equal((await inspected.post<JobDetails>("jobs/j1/cancel", {})).state, "cancelled");
  const missing = await inspected.refused("/api/v1/jobs/j2");
  assert.deepEqual([missing.status, missing.message], [404, 'There is no job "j2"']);
});
