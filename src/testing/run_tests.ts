/** Runs test files: their cases in a seeded order and several at once, tests in code one by one. */
import type { Diagnostics } from "../contract/diagnostics.ts";
import type { Platform } from "../contract/platform.ts";
import { seededRandom } from "../kernel/run/random.ts";
import { SCRIPT_FILE } from "./find_tests.ts";
import { type CreateKernel, loadCases } from "./load_cases.ts";
import { MockedDates } from "./mocked_dates.ts";
import type { NodeTest } from "./node_test.ts";
import type { TestResult } from "./outcome.ts";
import type { Coverage } from "./coverage.ts";
import { runCase } from "./run_case.ts";
import { runScript } from "./run_script.ts";
import type { TestCase } from "./test_case.ts";

/** How tests are run. */
export interface TestRun {
  readonly platform: Platform;
  readonly createKernel: CreateKernel;
  /** URLs of the files. */
  readonly files: readonly string[];
  /** Environment that every app sees, below that of its case. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly seed: number;
  /** How many cases run at once. */
  readonly concurrency: number;
  /** True for the tests that are to run, by name and the URL of their file. */
  readonly isWanted: (name: string, file: string) => boolean;
  /** The platform of the app of a case, if it is not that of the run. */
  readonly platformOf?: (testCase: TestCase) => Platform;
  /** The functions of `node:test`; called if there are tests in code. */
  readonly nodeTest: () => Promise<NodeTest>;
  /** Collects what the cases reach. */
  readonly coverage?: Coverage | undefined;
  /** Called with the result of each test, in the order of the run. */
  readonly onResult: (result: TestResult) => void;
  /** Aborted when the run is to end. */
  readonly signal: AbortSignal;
}

/** Runs all tests. */
export async function runTests(run: TestRun): Promise<void> {
  const scripts = run.files.filter((file) => SCRIPT_FILE.test(file));
  // What imports give has to be known before the first controller is imported.
  const nodeTest = scripts.length === 0 ? undefined : await run.nodeTest();
  const cases: TestCase[] = [];
  for (const url of run.files.filter((file) => !SCRIPT_FILE.test(file))) {
    cases.push(...await casesOf(url, run));
  }
  const wanted = cases.filter(({ name, file }) => run.isWanted(name, file));
  await runCases(shuffled(wanted, run.seed), run);
  for (const url of scripts) {
    if (nodeTest === undefined || run.signal.aborted) return;
    const results = await runScript(url, {
      ...run,
      isWanted: (name) => run.isWanted(name, url),
      nodeTest,
    });
    for (const result of results) run.onResult(result);
  }
}

/** The cases of a file; its mistakes are the failures of a test that is named like the file. */
async function casesOf(url: string, run: TestRun): Promise<TestCase[]> {
  const failures: unknown[] = [];
  const diagnostics: Diagnostics = {
    error: (error) => void failures.push(error),
    warning() {},
  };
  const cases = await loadCases(url, run, diagnostics);
  if (failures.length > 0) {
    run.onResult({
      name: run.platform.toPath(url).split(/[\\/]/).at(-1) ?? "",
      file: url,
      status: "failed",
      durationMs: 0,
      failures,
      logs: [],
      redact: String,
    });
  }
  return cases;
}

async function runCases(cases: readonly TestCase[], run: TestRun): Promise<void> {
  const { platform, onResult } = run;
  const unhandled = new Map<string, unknown[]>();
  const orphans: unknown[] = [];
  const off = platform.onUnhandled((error, owner) => {
    (unhandled.get(owner ?? "") ?? orphans).push(error);
  });
  const dates = new MockedDates(platform);
  const results: (TestResult | undefined)[] = [];
  let next = 0;
  let reported = 0;
  const work = async () => {
    for (let testCase = cases[next]; testCase && !run.signal.aborted; testCase = cases[next]) {
      const index = next++;
      const owner = `test ${index}`;
      const errors: unknown[] = [];
      unhandled.set(owner, errors);
      // Each case has random numbers of its own, whatever runs beside it.
      const result = await runCase(testCase, {
        ...run,
        platform: run.platformOf?.(testCase) ?? platform,
        owner,
        dates,
        seed: run.seed + index,
      });
      // Rejections that nobody handles are reported at the end of the turn.
      await new Promise((resolve) => setTimeout(resolve, 0));
      results[index] = errors.length === 0 ? result : {
        ...result,
        status: "failed",
        failures: [...result.failures, ...errors],
      };
      for (let one = results[reported]; one !== undefined; one = results[++reported]) onResult(one);
    }
  };
  try {
    await Promise.all(
      Array.from({ length: Math.min(Math.max(1, run.concurrency), cases.length) }, work),
    );
  } finally {
    off();
  }
  if (orphans.length === 0) return;
  onResult({
    name: "errors that nobody handled",
    // Without a case there is nothing that fails.
    file: cases[0]!.file,
    status: "failed",
    durationMs: 0,
    failures: orphans,
    logs: [],
    redact: String,
  });
}

/** The cases in an order that the seed decides. */
function shuffled<Item>(items: readonly Item[], seed: number): Item[] {
  const random = seededRandom(seed);
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(random.next() * (last + 1));
    // Both indexes are below the length.
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}
