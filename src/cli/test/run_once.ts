/** One run of tests, and what it writes. */
import type { Coverage } from "../../testing/coverage.ts";
import type { TestRun } from "../../testing/run_tests.ts";
import type { TestResult } from "../../testing/outcome.ts";
import { readEnvFiles } from "../env_file.ts";
import type { CliHost } from "../host.ts";
import { renderError, type RenderOptions } from "../report.ts";
import { createProgress, outputsAbove } from "../progress.ts";
import { renderingOn } from "../session.ts";
import { junitReporter } from "./junit_reporter.ts";
import { closingLine, type Reporter, type ReporterOptions } from "./reporter.ts";
import type { REPORTERS } from "./reporters.ts";
import { specReporter } from "./spec_reporter.ts";
import { tapReporter } from "./tap_reporter.ts";
import { fail, messageOf } from "../../contract/errors.ts";
import type { Limits } from "../../contract/limits.ts";
import { relativeTo } from "../report.ts";

/** The options of `test`. */
export interface TestOptions {
  /** Run only tests whose name contains this, or matches `/pattern/`. */
  readonly filter?: string;
  readonly reporter: (typeof REPORTERS)[number];
  readonly seed?: number;
  readonly concurrency: number;
  readonly envFile?: readonly string[];
  readonly allowHttp?: boolean;
  /** Isolate scripts that do not say whether they are. */
  readonly isolateScripts?: boolean;
  readonly limit?: Partial<Limits>;
  readonly verbose?: boolean;
  /** Run tests again when a file changes that they are made from. */
  readonly watch?: boolean;
  /** Print which resources and branches were reached. */
  readonly coverage?: boolean;
  /** The file to write the coverage to, in the format of lcov. */
  readonly coverageLcov?: string;
}

const CREATE: Readonly<Record<TestOptions["reporter"], (options: ReporterOptions) => Reporter>> = {
  spec: specReporter,
  tap: tapReporter,
  junit: junitReporter,
};

/** Exit codes of a run that a signal ended. */
const INTERRUPTED = 130;

/** What one run of tests takes beside the options. */
export interface RunChoices {
  /** Ends the run. */
  readonly stop: AbortController;
  /** True for the tests of the run among those that the filter selects; all by default. */
  readonly isWanted?: TestRun["isWanted"];
  readonly platformOf?: TestRun["platformOf"];
}

/** How a run of tests has ended. */
export interface RunEnd {
  readonly exitCode: number;
  /** How many tests there were. */
  readonly count: number;
}

/** Runs tests once, and writes their results. */
export async function runOnce(
  host: CliHost,
  paths: readonly string[],
  options: TestOptions,
  { stop, isWanted = () => true, platformOf }: RunChoices,
): Promise<RunEnd> {
  const { createKernel } = host;
  host.platform.endStartup?.();
  const progress = createProgress(host.platform);
  const platform = { ...host.platform, ...outputsAbove(progress, host.platform) };
  const { findTests, runTests, createNodeTest, createCoverage } = await import(
    "../../testing/mod.ts"
  );
  const files = findTests(paths.length === 0 ? ["."] : paths, platform);
  const { envFile = [], limit = {}, allowHttp = false, isolateScripts = false } = options;
  const [env, everything] = await Promise.all([
    readEnvFiles(envFile, { ...platform, env: {} }),
    readEnvFiles(envFile, platform),
  ]);
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 31);
  const rendering: RenderOptions = renderingOn(host, options.verbose ?? false);
  const pathOf = (url: string) => relativeTo(rendering.cwd, platform.toPath(url));
  const reporter = CREATE[options.reporter]({ rendering, pathOf });
  const matches = matcherOf(options.filter);
  const isCovered = options.coverage === true || options.coverageLcov !== undefined;
  const coverage = isCovered ? createCoverage() : undefined;
  const results: TestResult[] = [];
  const showProgress = () => progress.update(() => `Running tests: ${results.length} done`);
  const offSignal = platform.onSignal((signal) => {
    if (stop.signal.aborted) platform.exit(INTERRUPTED);
    stop.abort(fail("ERR_ABORTED", { problem: `The test run was interrupted by ${signal}` }));
  });
  const offConsole = writeConsoleTo(platform.stderr);
  const started = performance.now();
  // An app may have nothing that keeps the process alive while it is tested.
  const alive = setInterval(() => {}, 2 ** 30);
  showProgress();
  try {
    await runTests({
      platform,
      createKernel: (choices) =>
        createKernel({
          env: everything,
          ...choices,
          limits: limit,
          allowHttp,
          isolateScripts,
          onProgress: showProgress,
        }),
      files,
      env,
      seed,
      concurrency: options.concurrency,
      isWanted: (name, file) => matches(name) && isWanted(name, file),
      ...(platformOf === undefined ? {} : { platformOf }),
      coverage,
      async nodeTest() {
        const nodeTest = createNodeTest();
        platform.provideModules?.({
          "node:test": nodeTest.exports,
          "digly/testing": await host.testingKit(),
        });
        return nodeTest;
      },
      onResult(result) {
        results.push(result);
        platform.stdout.write(reporter.result(result));
        showProgress();
      },
      signal: stop.signal,
    });
  } finally {
    clearInterval(alive);
    progress.end();
    offConsole();
    offSignal();
  }
  const count = (status: TestResult["status"]) =>
    results.filter((result) => result.status === status).length;
  const totals = {
    passed: count("passed"),
    failed: count("failed"),
    skipped: count("skipped"),
    durationMs: performance.now() - started,
    seed,
  };
  if (coverage !== undefined) await writeCoverage(coverage, host, options, pathOf);
  platform.stdout.write(reporter.end(totals));
  // What tools read has its own totals.
  if (options.reporter !== "spec") platform.stderr.write(closingLine(totals) + "\n");
  if (stop.signal.aborted) {
    platform.stderr.write(renderError(stop.signal.reason, rendering));
    return { exitCode: INTERRUPTED, count: results.length };
  }
  return { exitCode: totals.failed === 0 ? 0 : 1, count: results.length };
}

async function writeCoverage(
  coverage: Coverage,
  { platform }: CliHost,
  { reporter, coverage: isShown, coverageLcov }: TestOptions,
  pathOf: (url: string) => string,
): Promise<void> {
  const { coverageTable, lcov } = await import("./coverage_report.ts");
  const files = coverage.files();
  const table = coverageTable(files, (file) => pathOf(platform.toUrl(file)));
  // What tools read is not mixed with it.
  if (isShown) (reporter === "spec" ? platform.stdout : platform.stderr).write(table);
  if (coverageLcov === undefined) return;
  try {
    platform.files.replace(platform.toUrl(coverageLcov), lcov(files));
  } catch (cause) {
    const problem = `The coverage cannot be written to ${coverageLcov}: ${messageOf(cause)}`;
    throw fail("ERR_USAGE", { problem }, { cause, help: "Name a file in a folder that you own" });
  }
}

/** True for names that a filter selects: those with the text in them, or that match `/pattern/`. */
function matcherOf(filter: string | undefined): (name: string) => boolean {
  if (filter === undefined) return () => true;
  const [, pattern, flags] = /^\/(.+)\/([a-z]*)$/s.exec(filter) ?? [];
  if (pattern === undefined) {
    const wanted = filter.toLowerCase();
    return (name) => name.toLowerCase().includes(wanted);
  }
  try {
    const expression = new RegExp(pattern, flags?.replaceAll(/[gy]/g, ""));
    return (name) => expression.test(name);
  } catch (cause) {
    throw fail("ERR_USAGE", { problem: `"${filter}" is not a valid pattern` }, {
      help: "Write text that names contain, or a regular expression such as /greets (ada|bob)/i",
      cause,
    });
  }
}

/** What code under test prints must not get between the results. Returns a function that ends it. */
function writeConsoleTo(output: { write(text: string): void }): () => void {
  const own: Pick<Console, "log" | "info" | "debug"> = {
    log: console.log,
    info: console.info,
    debug: console.debug,
  };
  const write = (...values: unknown[]) => output.write(values.map(String).join(" ") + "\n");
  Object.assign(console, { log: write, info: write, debug: write });
  return () => void Object.assign(console, own);
}
