/** The graceful stop: drain, wait for executions, tear down in reverse, within one deadline. */
import { checkOptions, type OptionType, requireOptions } from "../../diagnostics/arguments.ts";
import {
  type DiglyError,
  fail,
  isDiglyError,
  isModuleErrorCode,
  messageOf,
} from "../../contract/errors.ts";
import type { ResourceInstance } from "../../contract/module.ts";
import { since, type StepLog } from "../step_log.ts";

/** Options of a stop. */
export interface StopOptions {
  /** The reason in the `Runtime.Stopping` event. */
  readonly reason?: string;
  /** How long the stop may take, in milliseconds; the kernel's `shutdownTimeoutMs` by default. */
  readonly timeoutMs?: number;
  /** How long to keep serving before draining, in milliseconds; 0 by default. */
  readonly drainDelayMs?: number;
  /** Called once, after a second, with the names of what is still pending. */
  readonly onWaiting?: (names: readonly string[]) => void;
}

const OPTION_TYPES: Readonly<Record<keyof StopOptions, OptionType>> = {
  reason: "string",
  timeoutMs: "number",
  drainDelayMs: "number",
  onWaiting: "function",
};

/** Throws `ERR_USAGE` for invalid options. */
export function checkStopOptions(options: StopOptions | undefined): void {
  checkOptions(requireOptions(options, "options"), OPTION_TYPES, "options");
}

/** The result of a stop. */
export interface StopResult {
  /** The highest of 0, the codes that controllers requested, and 1 if something failed. */
  readonly exitCode: number;
  readonly errors: readonly DiglyError[];
}

/** A resource to stop. */
export interface Stoppable {
  readonly urn: string;
  readonly instance: ResourceInstance;
}

/** What {@link shutDown} stops. */
export interface ShutdownParts<Resource extends Stoppable> {
  /** What joins the processes of the app: the first to drain, and the last to close. */
  readonly transport?: {
    readonly urn: string;
    drain(): Promise<void>;
    close(): Promise<void>;
  } | undefined;
  /** In the order of their creation. */
  readonly running: readonly Resource[];
  /** URNs of the executions in progress. */
  readonly active: () => readonly string[];
  /** Resolves when no execution is in progress. */
  readonly idle: () => Promise<void>;
  /** Called when all executions have ended, before the first teardown. */
  readonly onDrained: () => void;
  /** Also awaited before the first teardown. */
  readonly before?: Promise<void> | undefined;
  /** Called after each teardown. */
  readonly onTornDown: (resource: Resource) => void;
  readonly logStep?: StepLog | undefined;
}

/** A stop that takes longer than this reports what is pending. */
const NOTICE_DELAY_MS = 1_000;

/** Stops everything; a failure does not keep other resources from being stopped. */
export async function shutDown<Resource extends Stoppable>(
  parts: ShutdownParts<Resource>,
  { timeoutMs, onWaiting }: StopOptions & { readonly timeoutMs: number },
): Promise<DiglyError[]> {
  const errors: DiglyError[] = [];
  const forcedAt = Date.now() + timeoutMs;
  const waitingFor = new Set<string>();
  const names = () => [...new Set([...waitingFor, ...parts.active()])];
  let timeUp = (_late: "late") => {};
  const late = new Promise<"late">((resolve) => timeUp = resolve);
  const deadline = setTimeout(() => timeUp("late"), timeoutMs);
  const notice = setTimeout(() => onWaiting?.(names()), NOTICE_DELAY_MS);

  /** Runs one step of one resource; true if it ended in time. */
  async function step(urn: string, verb: string, work: () => unknown): Promise<boolean> {
    waitingFor.add(urn);
    const started = parts.logStep === undefined ? 0 : performance.now();
    const ended = (async () => {
      try {
        await work();
        parts.logStep?.(`${verb} ${urn} in ${since(started)}`);
      } catch (error) {
        errors.push(teardownFailed(urn, error));
      }
    })();
    const inTime = await Promise.race([ended, late]) !== "late";
    if (inTime) waitingFor.delete(urn);
    return inTime;
  }

  async function stopAll(): Promise<boolean> {
    const { transport } = parts;
    const reversed = [...parts.running].reverse();
    // What other processes have asked for may need everything that still runs here.
    if (transport && !await step(transport.urn, "Drained", () => transport.drain())) return false;
    const drains = reversed.flatMap(({ urn, instance }) =>
      instance.drain === undefined ? [] : step(urn, "Drained", () => instance.drain?.(forcedAt))
    );
    if ((await Promise.all(drains)).includes(false)) return false;
    const active = parts.active();
    if (active.length > 0) parts.logStep?.(`Waiting for executions of ${active.join(", ")}`);
    if (await Promise.race([parts.idle(), late]) === "late") return false;
    if (await Promise.race([parts.before, late]) === "late") return false;
    parts.onDrained();
    for (const resource of reversed) {
      const { teardown } = resource.instance;
      if (teardown !== undefined) {
        const work = () => teardown.call(resource.instance);
        if (!await step(resource.urn, "Tore down", work)) return false;
      }
      parts.onTornDown(resource);
    }
    if (transport) return await step(transport.urn, "Closed", () => transport.close());
    return true;
  }

  try {
    if (!await stopAll()) errors.push(shutdownTimeout(names(), timeoutMs));
  } finally {
    clearTimeout(deadline);
    clearTimeout(notice);
  }
  return errors;
}

/** An error with a code of a module, such as a failed assertion, says what it is by itself. */
function teardownFailed(urn: string, error: unknown): DiglyError {
  if (isDiglyError(error) && isModuleErrorCode(error.code)) return error;
  return fail("ERR_TEARDOWN_FAILED", {
    problem: `Tearing down ${urn} failed: ${messageOf(error)}`,
  }, { cause: error, help: isDiglyError(error) ? error.help : undefined });
}

function shutdownTimeout(names: readonly string[], timeoutMs: number): DiglyError {
  return fail("ERR_SHUTDOWN_TIMEOUT", {
    problem: `Stopping took longer than ${timeoutMs / 1000} s; still waiting for ${
      names.join(", ")
    }`,
    waitingFor: names,
  }, { help: "Allow more time with --shutdown-timeout, or make it end sooner" });
}
