/** Runs the tests of a module in code: a file that registers them with `node:test`. */
import { fail, isDiglyError, messageOf } from "../contract/errors.ts";
import type { Platform } from "../contract/platform.ts";
import {
  createSuite,
  type NodeTest,
  readTest,
  type Registered,
  type Suite,
  type TestContext,
} from "./node_test.ts";
import type { TestResult } from "./outcome.ts";

/** What running a file takes. */
export interface ScriptRun {
  readonly platform: Platform;
  readonly nodeTest: NodeTest;
  /** True for the tests that are to run, by name. */
  readonly isWanted: (name: string) => boolean;
  readonly signal: AbortSignal;
}

/** How long a test may take, in milliseconds, unless it says so. */
const TIMEOUT_MS = 30_000;

/** Runs the tests of the file at a URL, one after the other; resolves with their results. */
export async function runScript(url: string, run: ScriptRun): Promise<TestResult[]> {
  const { platform, nodeTest } = run;
  const started = performance.now();
  const suite = createSuite();
  nodeTest.collect(suite);
  try {
    await platform.importModule(url);
    await Promise.all(suite.loading);
  } catch (error) {
    const name = platform.toPath(url).split(/[\\/]/).at(-1) ?? "";
    return [result(name, url, "failed", performance.now() - started, [error])];
  } finally {
    nodeTest.collect(createSuite());
  }
  const runner = new ScriptRunner(url, run, hasOnly(suite));
  await runner.runSuite(suite, [], { beforeEach: [], afterEach: [] });
  return runner.results;
}

function result(
  name: string,
  file: string,
  status: TestResult["status"],
  durationMs: number,
  failures: readonly unknown[] = [],
): TestResult {
  return { name, file, status, durationMs, failures, logs: [], redact: String };
}

function hasOnly({ tests }: Suite): boolean {
  return tests.some(({ options, suite }) => options.only || (suite && hasOnly(suite)));
}

interface EachHooks {
  readonly beforeEach: readonly (() => unknown)[];
  readonly afterEach: readonly (() => unknown)[];
}

class ScriptRunner {
  readonly results: TestResult[] = [];
  readonly #url: string;
  readonly #run: ScriptRun;
  readonly #only: boolean;

  constructor(url: string, run: ScriptRun, only: boolean) {
    this.#url = url;
    this.#run = run;
    this.#only = only;
  }

  async runSuite(suite: Suite, names: readonly string[], outer: EachHooks): Promise<void> {
    const each = {
      beforeEach: [...outer.beforeEach, ...suite.beforeEach],
      afterEach: [...suite.afterEach, ...outer.afterEach],
    };
    try {
      for (const hook of suite.before) await hook();
      for (const test of suite.tests) await this.#runTest(test, names, each);
    } catch (error) {
      this.#add([...names, "before"], "failed", 0, [error]);
    }
    try {
      for (const hook of suite.after) await hook();
    } catch (error) {
      this.#add([...names, "after"], "failed", 0, [error]);
    }
  }

  async #runTest(test: Registered, outer: readonly string[], each: EachHooks): Promise<void> {
    const { options, suite, fn } = test;
    const names = [...outer, test.name];
    if (this.#run.signal.aborted) return;
    if (suite !== undefined) {
      if (options.skip) return this.#add(names, "skipped", 0);
      return await this.runSuite(suite, names, each);
    }
    if (!this.#run.isWanted(names.join(" > "))) return;
    const isLeftOut = this.#only && !options.only;
    if (isLeftOut || options.skip || options.todo || fn === undefined) {
      return this.#add(names, "skipped", 0);
    }
    await this.#execute(test, names, each);
  }

  async #execute({ options, fn }: Registered, names: readonly string[], each: EachHooks) {
    const started = performance.now();
    const failures: unknown[] = [];
    const own = createSuite();
    let isSkipped = false;
    const limit = new AbortController();
    const context: TestContext = {
      name: names.at(-1) ?? "",
      signal: AbortSignal.any([limit.signal, this.#run.signal]),
      test: async (...args) => {
        const before = this.results.length;
        await this.#runTest(readTest(args), names, {
          beforeEach: [...each.beforeEach, ...own.beforeEach],
          afterEach: [...own.afterEach, ...each.afterEach],
        });
        const failed = this.results.slice(before).some(({ status }) => status === "failed");
        if (failed) isBelowFailed = true;
      },
      skip: () => void (isSkipped = true),
      todo: () => void (isSkipped = true),
      diagnostic: () => {},
      before: (hook) => void own.before.push(hook),
      after: (hook) => void own.after.push(hook),
      beforeEach: (hook) => void own.beforeEach.push(hook),
      afterEach: (hook) => void own.afterEach.push(hook),
    };
    let isBelowFailed = false;
    try {
      for (const hook of each.beforeEach) await hook();
      await inTime(Promise.resolve(fn?.(context)), options.timeout ?? TIMEOUT_MS, limit);
    } catch (error) {
      failures.push(error);
    }
    for (const hook of [...own.after, ...each.afterEach]) {
      try {
        await hook();
      } catch (error) {
        failures.push(error);
      }
    }
    if (isBelowFailed && failures.length === 0) {
      failures.push(fail("ERR_ASSERTION_FAILED", { problem: "A test below it failed" }));
    }
    const status = failures.length > 0 ? "failed" : isSkipped ? "skipped" : "passed";
    this.#add(names, status, performance.now() - started, failures);
  }

  #add(
    names: readonly string[],
    status: TestResult["status"],
    durationMs: number,
    failures: readonly unknown[] = [],
  ): void {
    const shown = failures.map((failure) => isDiglyError(failure) ? failure : asFailure(failure));
    this.results.push(result(names.join(" > "), this.#url, status, durationMs, shown));
  }
}

/** An assertion of a test, with its message as it is; the place is in its stack. */
function asFailure(thrown: unknown): unknown {
  return fail("ERR_ASSERTION_FAILED", { problem: messageOf(thrown) }, { cause: thrown });
}

async function inTime(work: Promise<unknown>, timeoutMs: number, limit: AbortController) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = fail("ERR_ABORTED", {
        problem: `The test did not end within ${timeoutMs} ms`,
        isLate: true,
      }, { help: "Find out what it waits for, or give it a longer `timeout`" });
      limit.abort(error);
      reject(error);
    }, timeoutMs);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => {});
  }
}
