/** The parts of a kernel that exist before an app is loaded and outlive its stop. */
import { addRedactor } from "../contract/redactors.ts";
import { messageOf } from "../contract/errors.ts";
import type { LogLevel, LogSink } from "../contract/log.ts";
import type { DiglyModule } from "../contract/module.ts";
import type { Platform } from "../contract/platform.ts";
import { createRedaction, type Redaction } from "../load/redaction/redaction.ts";
import type { MetricFamily } from "../contract/metrics.ts";
import { createMetrics, type Metrics } from "../observe/metrics.ts";
import { type CountRuntime, createRuntimeMetrics } from "./runtime_metrics.ts";
import { plainRecord } from "../observe/log_record.ts";
import { type ControllerLoader, createControllerLoader } from "./boot/controllers.ts";
import { createExitRequest, type ExitRequest } from "./exit_request.ts";
import type { KernelOptions } from "./options.ts";
import { type Bus, createBus } from "./run/bus.ts";
import { type Clock, realClock } from "../contract/clock.ts";
import { type Random, secureRandom, seededRandom } from "./run/random.ts";
import { createHolds, type Holds } from "./run/holds.ts";
import { type StepLog, withLoggedReads } from "./step_log.ts";

/** What the states of a kernel share. */
export interface KernelParts {
  readonly options: KernelOptions;
  /** The platform, with log lines for what it reads if steps are logged. */
  readonly platform: Platform;
  readonly log: LogSink;
  /** Logs on behalf of the kernel, or of `owner`. */
  readonly logMessage: (level: LogLevel, message: string, owner?: string) => void;
  readonly logStep: StepLog | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly redaction: Redaction;
  readonly bus: Bus;
  readonly holds: Holds;
  readonly metrics: Metrics;
  /** Counts the runtime's own metrics until the returned function is called. */
  readonly countRuntime: CountRuntime;
  /** The current metrics, without sensitive values. */
  readonly readMetrics: () => readonly MetricFamily[];
  /** Reasons why the app cannot work at the moment. */
  readonly unready: Holds;
  readonly exitRequest: ExitRequest;
  readonly loader: ControllerLoader;
  /** Modules registered from code. */
  readonly registered: DiglyModule[];
}

/** Creates the parts of a kernel. */
export function createKernelParts(options: KernelOptions): KernelParts {
  const redaction = createRedaction();
  addRedactor(redaction);
  const log: LogSink = (record) => options.log?.(redaction.value(plainRecord(record)));
  const logMessage: KernelParts["logMessage"] = (level, message, owner = "kernel") =>
    log({ time: Date.now(), level, owner, message });
  const logStep: StepLog | undefined = options.logSteps === true && options.log !== undefined
    ? (message) => logMessage("debug", message)
    : undefined;
  const platform = logStep === undefined
    ? options.platform
    : withLoggedReads(options.platform, logStep);
  const bus = createBus(
    (owner, event, error) =>
      logMessage("error", `A listener for ${event} failed: ${messageOf(error)}`, owner),
    options.probe?.events,
  );
  const holds = createHolds({
    blocked: (hold) => void bus.emitKernel("Runtime.Blocked", hold),
    unblocked: () => void bus.emitKernel("Runtime.Unblocked", undefined),
    ...(logStep === undefined ? {} : {
      acquired: ({ owner, reason }) => logStep(`${owner} acquired a hold: ${reason}`),
      released: ({ owner, reason }) => logStep(`${owner} released its hold: ${reason}`),
    }),
  });
  const metrics = createMetrics((owner, message) => logMessage("warn", message, owner));
  const runtime = createRuntimeMetrics({ metrics, bus, holds });
  return {
    metrics,
    countRuntime: runtime.count,
    readMetrics() {
      runtime.refresh();
      return redaction.value(metrics.read());
    },
    options,
    platform,
    log,
    logMessage,
    logStep,
    clock: options.clock ?? realClock,
    random: options.seed === undefined ? secureRandom : seededRandom(options.seed),
    redaction,
    bus,
    holds,
    unready: createHolds(),
    exitRequest: createExitRequest(),
    loader: createControllerLoader(platform, options.builtins.controllers),
    registered: [],
  };
}
