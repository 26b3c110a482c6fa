/** Checks test cases without running them. */
import type { Diagnostics } from "../contract/diagnostics.ts";
import { type DiglyError, isDiglyError } from "../contract/errors.ts";
import { resolveLocation } from "../contract/location.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { checkCase, checkTargets, type Targets, targetsOf } from "./check_case.ts";
import { compileExpectations } from "./expectation.ts";
import { type CaseSources, loadCases } from "./load_cases.ts";
import { environmentOf, loadAppOf } from "./run_case.ts";
import type { TestCase } from "./test_case.ts";

/** What a check takes. */
export interface TestCheck extends CaseSources {
  /** Environment that every app sees, below that of its case. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly diagnostics: Diagnostics;
  /** True to check the apps as well, beyond that they load. */
  readonly verify: boolean;
  /** Called for each case that was checked. */
  readonly onCase: () => void;
}

/** What was checked. */
export interface CheckedTests {
  /** The number of cases. */
  readonly count: number;
  /** Removes the sensitive values of the apps. */
  readonly redact: (text: string) => string;
}

/**
 * Checks the cases of the files at some URLs, and loads their apps, each once for each environment.
 * Nothing is started.
 */
export async function checkTests(
  urls: readonly string[],
  check: TestCheck,
): Promise<CheckedTests> {
  const { diagnostics } = check;
  const kernels: Kernel[] = [];
  const sources: TestCheck = {
    ...check,
    async createKernel(options) {
      const kernel = await check.createKernel(options);
      kernels.push(kernel);
      return kernel;
    },
  };
  const cases: TestCase[] = [];
  for (const url of urls) cases.push(...await loadCases(url, sources, diagnostics));
  const apps = new Map<string, Targets | undefined>();
  for (const testCase of cases) {
    const report = (error: DiglyError) => diagnostics.error(error);
    checkCase(testCase, report);
    compileExpectations(testCase, report);
    const { fields: { app, env }, file } = testCase;
    const key = JSON.stringify([resolveLocation(app, file), env]);
    if (!apps.has(key)) apps.set(key, await targetsIn(testCase, sources));
    const targets = apps.get(key);
    if (targets !== undefined) checkTargets(testCase, targets, report);
    check.onCase();
  }
  return {
    count: cases.length,
    redact: (text) => kernels.reduce((redacted, kernel) => kernel.redact(redacted), text),
  };
}

/** The resources of the app of a case; `undefined` if it has mistakes, which are reported. */
async function targetsIn(
  testCase: TestCase,
  { createKernel, env, diagnostics, verify }: TestCheck,
): Promise<Targets | undefined> {
  let isSound = true;
  const report = (error: DiglyError) => {
    isSound = false;
    diagnostics.error(error);
  };
  const kernel = await createKernel({
    checking: true,
    env: environmentOf(testCase, env),
    diagnostics: { error: report, warning() {} },
  });
  try {
    await loadAppOf(testCase, kernel);
    if (verify && isSound) await kernel.verify();
  } catch (error) {
    if (!isDiglyError(error)) throw error;
    report(error);
  }
  return isSound ? targetsOf(kernel) : undefined;
}
