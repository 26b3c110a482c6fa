/** Runs one test case on an app of its own. */
import { durationMs } from "../contract/duration.ts";
import { DiglyError, fail, isDiglyError, messageOf, type Origin } from "../contract/errors.ts";
import type { EventRecord } from "../contract/events.ts";
import { resolveLocation } from "../contract/location.ts";
import type { LogRecord } from "../contract/log.ts";
import { plain } from "../contract/plain.ts";
import type { Platform } from "../contract/platform.ts";
import { withOrigin } from "../diagnostics/with_origin.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { capturedPlatform } from "./captured_output.ts";
import { checkCase, checkTargets, targetsOf } from "./check_case.ts";
import { compileExpectations, evaluateExpectation, stepsThatMayFail } from "./expectation.ts";
import type { CreateKernel } from "./load_cases.ts";
import type { Coverage } from "./coverage.ts";
import { clockOf, fakesOf } from "./mocks.ts";
import type { MockedDates } from "./mocked_dates.ts";
import type { TestResult } from "./outcome.ts";
import { runStep, stepError, type StepOutcome } from "./steps.ts";
import type { TestCase } from "./test_case.ts";

/** What running a case takes. */
export interface CaseRun {
  readonly platform: Platform;
  readonly createKernel: CreateKernel;
  /** Environment that every app sees, below that of its case. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** For the random numbers of the app. */
  readonly seed: number;
  /** Lets `Date` follow a mocked clock. */
  readonly dates: MockedDates;
  /** Names the case where errors are reported that nobody handles. */
  readonly owner: string;
  /** Aborted when the run is to end. */
  readonly signal: AbortSignal;
  /** Collects what the cases reach. */
  readonly coverage?: Coverage | undefined;
}

/** How long an app may take to stop, in milliseconds. */
const STOP_MS = 5_000;

/** Runs a case; resolves with its result, whatever happens. */
export async function runCase(testCase: TestCase, run: CaseRun): Promise<TestResult> {
  const started = performance.now();
  const failures: unknown[] = [];
  const logs: LogRecord[] = [];
  let redact = (text: string) => text;
  try {
    const report = (error: DiglyError) => void failures.push(error);
    checkCase(testCase, report);
    const expectations = compileExpectations(testCase, report);
    if (failures.length === 0) {
      const app = await createApp(testCase, run, logs);
      redact = (text) => app.kernel.redact(text);
      const work = () => exercise(testCase, app, expectations, run);
      failures.push(...await run.dates.follow(app.clock, work));
    }
  } catch (error) {
    failures.push(error);
  }
  return {
    name: testCase.name,
    file: testCase.file,
    status: failures.length === 0 ? "passed" : "failed",
    durationMs: performance.now() - started,
    failures,
    logs: failures.length === 0 ? [] : logs,
    redact,
  };
}

interface App {
  readonly kernel: Kernel;
  readonly clock: ReturnType<typeof clockOf>;
  readonly events: EventRecord[];
  readonly logs: readonly LogRecord[];
  readonly stdout: () => string;
}

async function createApp(testCase: TestCase, run: CaseRun, logs: LogRecord[]): Promise<App> {
  const { fields } = testCase;
  const clock = clockOf(testCase);
  const captured = capturedPlatform(run.platform, run.owner);
  const kernel = await run.createKernel({
    platform: captured.platform,
    env: environmentOf(testCase, run.env),
    serve: fields.serve,
    fakes: fakesOf(testCase),
    seed: fields.seed ?? run.seed,
    shutdownTimeoutMs: STOP_MS,
    bootTimeoutMs: timeoutOf(testCase),
    log: (record) => void logs.push(record),
    ...(run.coverage === undefined ? {} : {
      onCondition: run.coverage.onCondition,
      onSwitch: run.coverage.onSwitch,
    }),
    ...(clock === undefined ? {} : { clock }),
  });
  const events: EventRecord[] = [];
  kernel.on("*", (_payload, record) => void events.push(record));
  return { kernel, clock, events, logs, stdout: captured.text };
}

/** The variables that the app of a case sees. */
export function environmentOf(
  { fields: { env } }: TestCase,
  base: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  const own = Object.entries(env).map(([name, value]) => [name, String(value)]);
  return { ...base, ...Object.fromEntries(own) };
}

/** Loads the app of a case. Throws what is wrong, at the field `app` if the app does not exist. */
export async function loadAppOf(testCase: TestCase, kernel: Kernel): Promise<void> {
  const origin = testCase.originAt(["app"]);
  try {
    await kernel.load(new URL(resolveLocation(testCase.fields.app, testCase.file)));
  } catch (error) {
    throw isDiglyError(error) ? withOrigin(error, origin) : error;
  }
}

function timeoutOf({ fields: { timeout } }: TestCase): number {
  return durationMs(timeout) ?? STOP_MS;
}

/** Boots the app, runs the steps and evaluates the expectations; gives what is wrong. */
async function exercise(
  testCase: TestCase,
  app: App,
  expectations: ReturnType<typeof compileExpectations>,
  { signal: stop, coverage }: CaseRun,
): Promise<unknown[]> {
  const failures: unknown[] = [];
  const { kernel } = app;
  const limit = new AbortController();
  const timeoutMs = timeoutOf(testCase);
  const timer = setTimeout(() => limit.abort(late(testCase)), timeoutMs);
  const signal = AbortSignal.any([limit.signal, stop]);
  const onAbort = () => kernel.abort(messageOf(signal.reason));
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await loadAppOf(testCase, kernel);
    checkTargets(testCase, targetsOf(kernel), (error) => failures.push(error));
    if (failures.length > 0) return failures;
    await kernel.start();
    const steps = await runSteps(
      testCase,
      app,
      stepsThatMayFail(expectations, testCase.fields.steps),
      signal,
    );
    const observed = observe(app, steps);
    for (const expectation of expectations) {
      const failure = evaluateExpectation(expectation, observed);
      if (failure !== undefined) failures.push(failure);
    }
  } catch (error) {
    failures.push(limit.signal.aborted ? limit.signal.reason : error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
    coverage?.addApp(kernel, app.events, new Set(Object.keys(testCase.fields.mock)));
    const { errors } = await kernel.stop({ reason: "the test is done" });
    if (failures.length === 0) failures.push(...errors);
  }
  return failures;
}

function late(testCase: TestCase): DiglyError {
  const { fields: { timeout } } = testCase;
  return fail("ERR_ABORTED", {
    problem: `The test case did not end within ${
      typeof timeout === "number" ? `${timeout}s` : timeout
    }`,
    isLate: true,
  }, {
    origin: testCase.originAt([]),
    help: "Find out what it waits for, or raise its `timeout`",
  });
}

async function runSteps(
  testCase: TestCase,
  { kernel, clock, events }: App,
  mayFail: ReadonlySet<number>,
  signal: AbortSignal,
): Promise<StepOutcome[]> {
  const steps: StepOutcome[] = [];
  for (const [index, step] of testCase.fields.steps.entries()) {
    const name = step.name ?? null;
    try {
      const work = runStep(step, { kernel, clock, events, signal, steps });
      steps.push({ name, error: null, ...await untilAborted(work, signal) });
    } catch (error) {
      if (signal.aborted) throw error;
      const label = step.name === undefined ? `step ${index}` : `the step "${step.name}"`;
      if (!mayFail.has(index)) {
        throw withRelated(
          error,
          `${label} of ${testCase.name}`,
          testCase.originAt(["steps", index]),
        );
      }
      steps.push({ name, ...empty(step), error: stepError(error) });
    }
  }
  return steps;
}

function empty(step: { readonly execute?: string }): Partial<StepOutcome> {
  return step.execute === undefined ? {} : { result: null };
}

/** Does not wait for a step that ignores its signal. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) throw signal.reason;
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
    work.catch(() => {});
  }
}

/** The error with the place of the step as one more place involved. */
function withRelated(error: unknown, message: string, origin: Origin | undefined): DiglyError {
  const { code, message: text, details, help, related, cause, origin: own } = isDiglyError(error)
    ? error
    : fail("ERR_EXECUTION_FAILED", { problem: messageOf(error) }, { cause: error });
  const places = origin === undefined || own === undefined ? [] : [{ message, origin }];
  return new DiglyError(code, text, details, {
    origin: own ?? origin,
    help,
    cause,
    related: [...places, ...related],
  });
}

function observe({ events, logs, stdout }: App, steps: readonly StepOutcome[]) {
  return {
    steps,
    step: Object.fromEntries(
      steps.flatMap((step) => step.name === null ? [] : [[step.name, step]]),
    ),
    events: events.map(({ event, timestamp, resource, kind, name, source, payload }) => ({
      event,
      timestamp,
      resource: resource ?? null,
      kind: kind ?? null,
      name: name ?? null,
      source: source ?? null,
      payload: plain(payload) ?? null,
    })),
    logs: logs.map(({ level, owner, message, fields }) => ({
      level,
      owner,
      message,
      fields: plain(fields) ?? {},
    })),
    stdout: stdout(),
  };
}
