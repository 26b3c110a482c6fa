/** Apps with one job, whose steps execute functions of the test. */
import { bootApp, type TestApp, type TestAppOptions } from "../../../../testing.ts";

/** Functions that steps execute as `JavaScript.Script.<name>`. */
export type Work = NonNullable<TestAppOptions["fakes"]>[string];

/** The manifest of an app with the job `Pipeline.Job.J` and these scripts. */
export function manifestOf(job: string, scripts: readonly string[]): string {
  const documents = scripts.map((name) =>
    `---\nkind: JavaScript.Script\nmetadata: { name: ${name} }\ncode: function main() {}\n`
  );
  return `name: Test
imports: [digly:std]
---
kind: Pipeline.Job
metadata: { name: J }
${job}
${documents.join("")}`;
}

/** Boots an app with the job, the functions instead of scripts. */
export function bootJob(
  job: string,
  work: Readonly<Record<string, Work>>,
  options: TestAppOptions = {},
): Promise<TestApp> {
  const fakes = Object.fromEntries(
    Object.entries(work).map(([name, run]) => [`JavaScript.Script.${name}`, run]),
  );
  return bootApp({ manifest: manifestOf(job, Object.keys(work)), fakes, ...options });
}

/** Executes the job. */
export function run(app: TestApp, input?: unknown, signal?: AbortSignal): Promise<unknown> {
  return app.execute("Pipeline.Job.J", input, signal === undefined ? {} : { signal });
}

/** Work that never ends by itself; it records how it was aborted. */
export function endless(ended: unknown[]): Work {
  return (input, { signal }) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => {
        ended.push(input);
        reject(signal.reason);
      });
    });
}

/** A script that gives its input back. */
export const echo = (input: unknown): unknown => input;

/** What a job gives; the app is stopped afterwards. */
export async function resultOf(app: Promise<TestApp>, input?: unknown): Promise<unknown> {
  await using started = await app;
  return await run(started, input);
}
