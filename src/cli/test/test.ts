/** `digly test`: runs the tests of apps and modules. */
import type { TestResult } from "../../testing/outcome.ts";
import { readEnvFiles } from "../env_file.ts";
import type { CliHost } from "../host.ts";
import { renderError, type RenderOptions } from "../report.ts";
import { renderingOn } from "../session.ts";
import { junitReporter } from "./junit_reporter.ts";
import { closingLine, type Reporter, type ReporterOptions } from "./reporter.ts";
import type { REPORTERS } from "./reporters.ts";
import { specReporter } from "./spec_reporter.ts";
import { tapReporter } from "./tap_reporter.ts";
import { fail } from "../../contract/errors.ts";
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
  readonly limit?: Partial<Limits>;
  readonly verbose?: boolean;
}

const CREATE: Readonly<Record<TestOptions["reporter"], (options: ReporterOptions) => Reporter>> = {
  spec: specReporter,
  tap: tapReporter,
  junit: junitReporter,
};

/** Exit codes of a run that a signal ended. */
const INTERRUPTED = 130;

/** Runs the tests at `paths`; resolves with the exit code. */
export async function test(
  host: CliHost,
  paths: readonly string[],
  options: TestOptions,
): Promise<number> {
  const { platform, createKernel } = host;
  const { findTests, runTests, createNodeTest } = await import("../../testing/mod.ts");
  const files = findTests(paths.length === 0 ? ["."] : paths, platform);
  const { envFile = [], limit = {}, allowHttp = false } = options;
  const [env, everything] = await Promise.all([
    readEnvFiles(envFile, { ...platform, env: {} }),
    readEnvFiles(envFile, platform),
  ]);
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 31);
  const rendering: RenderOptions = renderingOn(host, options.verbose ?? false);
  const reporter = CREATE[options.reporter]({
    rendering,
    pathOf: (url) => relativeTo(rendering.cwd, platform.toPath(url)),
  });
  const results: TestResult[] = [];
  const stop = new AbortController();
  const offSignal = platform.onSignal((signal) => {
    if (stop.signal.aborted) platform.exit(INTERRUPTED);
    stop.abort(fail("ERR_ABORTED", { problem: `The test run was interrupted by ${signal}` }));
  });
  const offConsole = writeConsoleTo(platform.stderr);
  const started = performance.now();
  // An app may have nothing that keeps the process alive while it is tested.
  const alive = setInterval(() => {}, 2 ** 30);
  try {
    await runTests({
      platform,
      createKernel: (choices) =>
        createKernel({ env: everything, ...choices, limits: limit, allowHttp }),
      files,
      env,
      seed,
      concurrency: options.concurrency,
      isWanted: matcherOf(options.filter),
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
      },
      signal: stop.signal,
    });
  } finally {
    clearInterval(alive);
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
  platform.stdout.write(reporter.end(totals));
  // What tools read has its own totals.
  if (options.reporter !== "spec") platform.stderr.write(closingLine(totals) + "\n");
  if (stop.signal.aborted) {
    platform.stderr.write(renderError(stop.signal.reason, rendering));
    return INTERRUPTED;
  }
  if (results.length === 0) {
    throw fail("ERR_USAGE", { problem: `No test has a name that matches "${options.filter}"` }, {
      help: "Run `digly test` without --filter to see the names",
    });
  }
  return totals.failed === 0 ? 0 : 1;
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
