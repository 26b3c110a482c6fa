/** The steps of a test case, and what expectations see of them. */
import { fail, isDiglyError, messageOf } from "../contract/errors.ts";
import { durationMs } from "../contract/duration.ts";
import type { EventRecord } from "../contract/events.ts";
import { resultJson } from "../contract/result_json.ts";
import { bytesOf, chunkBytes, formOf, iteratorOf } from "../contract/results.ts";
import { didYouMean } from "../diagnostics/nearest.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { compileTemplate } from "../template/deferred/compile_template.ts";
import { fetchFromApp } from "./app_fetch.ts";
import type { HttpStep, Step } from "./test_case.ts";
import type { TestClock } from "./test_clock.ts";

/** What a step has led to, as expectations see it. */
export interface StepOutcome {
  readonly name: string | null;
  readonly result?: unknown;
  readonly response?: { status: number; headers: Record<string, string>; body: unknown };
  readonly error: StepError | null;
}

/** The error of a step. */
export interface StepError {
  readonly code: string;
  readonly message: string;
  readonly status: number | null;
  readonly data: unknown;
}

/** What steps work on. */
export interface StepTarget {
  readonly kernel: Kernel;
  readonly clock: TestClock | undefined;
  readonly events: readonly EventRecord[];
  /** Aborted when the case has taken too long. */
  readonly signal: AbortSignal;
  /** The outcomes of the steps before. */
  readonly steps: readonly StepOutcome[];
}

/** Runs a step. Rejects with what goes wrong. */
export async function runStep(step: Step, target: StepTarget): Promise<Partial<StepOutcome>> {
  const { kernel, signal, steps, clock, events } = target;
  const named = steps.filter(({ name }) => name !== null).map((outcome) => [outcome.name, outcome]);
  const scope = { steps, step: Object.fromEntries(named) };
  if (step.execute !== undefined) {
    const input = compileTemplate(step.input)(scope);
    const result = await kernel.execute(step.execute, input, { signal });
    return { result: await plainResult(result, step.execute) };
  }
  if (step.http !== undefined) {
    const http = compileTemplate(step.http)(scope) as HttpStep;
    return {
      response: await answerOf(await fetchFromApp(kernel, http.path, requestOf(http, signal))),
    };
  }
  // A step that has no other field waits for an event, and the clock is set if a step moves it.
  if (step.advance !== undefined) await clock!.advance(longDurationMs(step.advance));
  else await waitForEvent(step.waitFor!, kernel, events, signal);
  return {};
}

/** An error as expectations see it. */
export function stepError(error: unknown): StepError {
  if (!isDiglyError(error)) {
    return { code: "ERR_EXECUTION_FAILED", message: messageOf(error), status: null, data: null };
  }
  const { status, data } = error.details as { status?: number; data?: unknown };
  return { code: error.code, message: error.message, status: status ?? null, data: data ?? null };
}

function requestOf({ method, headers, body }: HttpStep, signal: AbortSignal): RequestInit {
  const init: RequestInit = { method: method.toUpperCase(), signal };
  const sent = new Headers(headers);
  if (body !== undefined) {
    const isText = typeof body === "string";
    if (!isText && !sent.has("content-type")) sent.set("content-type", "application/json");
    init.body = isText ? body : JSON.stringify(body);
  }
  return { ...init, headers: sent };
}

/** A response, read to its end: JSON as data, text as a string, anything else as bytes. */
async function answerOf(response: Response): Promise<NonNullable<StepOutcome["response"]>> {
  const headers = Object.fromEntries(response.headers);
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { status: response.status, headers, body: bodyOf(bytes, headers["content-type"] ?? "") };
}

function bodyOf(bytes: Uint8Array, type: string): unknown {
  if (bytes.length === 0) return null;
  const isJson = /^application\/(?:[\w.+-]+\+)?json\b/i.test(type);
  const isText = isJson ||
    /^text\/|\b(?:xml|x-www-form-urlencoded|javascript|x-ndjson)\b/i.test(type);
  if (!isText) return bytes;
  const text = new TextDecoder().decode(bytes);
  if (!isJson) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The result of an execution as data; streams are read to their end. */
async function plainResult(result: unknown, urn: string): Promise<unknown> {
  switch (formOf(result)) {
    case "data":
      return JSON.parse(resultJson(urn, result, "result"));
    case "bytes":
      return bytesOf(result);
    case "response":
      return await answerOf(result as Response);
    case "stream":
    case "items":
      return await contentOf(result, urn);
  }
}

async function contentOf(result: unknown, urn: string): Promise<unknown> {
  const isBytes = formOf(result) === "stream";
  const parts: unknown[] = [];
  const iterator = iteratorOf(result);
  for (let part = await iterator.next(); part.done !== true; part = await iterator.next()) {
    if (isBytes) parts.push(chunkBytes(part.value) ?? new Uint8Array());
    else parts.push(JSON.parse(resultJson(urn, part.value, `result[${parts.length}]`)));
  }
  if (!isBytes) return parts;
  return new TextDecoder().decode(await new Blob(parts as BlobPart[]).arrayBuffer());
}

const LONG_UNITS: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000 };

/** The milliseconds of a duration that may be hours or days; the schema has checked its form. */
export function longDurationMs(duration: string | number): number {
  const unit = typeof duration === "string" ? LONG_UNITS[duration.slice(-1)] : undefined;
  return unit === undefined ? durationMs(duration) ?? 0 : parseFloat(String(duration)) * unit;
}

async function waitForEvent(
  event: string,
  kernel: Kernel,
  events: readonly EventRecord[],
  signal: AbortSignal,
): Promise<void> {
  if (events.some((record) => record.event === event)) return;
  await new Promise<void>((resolve, reject) => {
    const end = kernel.on(event as string, () => {
      end();
      resolve();
    });
    const onAbort = () => {
      end();
      reject(fail("ERR_ABORTED", {
        problem: `The event ${event} was not emitted in time`,
        isLate: true,
      }, { help: didYouMean(event, new Set(events.map((record) => record.event))) }));
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}
