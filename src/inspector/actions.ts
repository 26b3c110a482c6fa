/** What the inspector can do with a running app: execute resources, send requests, change jobs. */
import { messageOf } from "../contract/errors.ts";
import { isLive } from "../contract/results.ts";
import { didYouMean } from "../diagnostics/nearest.ts";
import { findJob, listJobs, ownersOfJobs } from "../kernel/app_jobs.ts";
import { fetchFromApp } from "../testing/app_fetch.ts";
import type { ExecuteResult, HttpRequestResult, JobDetails, JobsView } from "./api.ts";
import { capture } from "./capture.ts";
import { curlCommand, describeExecution } from "./describe_execution.ts";
import { badRequest, notFound, RequestProblem } from "./errors.ts";
import type { InspectedApp } from "./inspected_app.ts";
import { asExecuteRequest, asHttpRequest } from "./request_bodies.ts";
import { serversOf } from "./servers.ts";

/** The most bytes of a body that are shown. */
const MOST_BODY = 1_024 * 1_024;

/** Executes a resource and returns its record, also if it fails. */
export async function execute(app: InspectedApp, body: unknown): Promise<ExecuteResult> {
  const { urn, input, timeoutMs } = asExecuteRequest(body);
  const { run: { kernel }, recorder, executions } = app;
  if (!kernel.isExecutable(urn)) {
    const urns = (await app.run.describe()).resources.filter((one) => one.isExecutable);
    const isKnown = app.run.entry(urn) !== undefined;
    throw notFound(
      isKnown ? `${urn} cannot be executed` : `There is no resource "${urn}"`,
      didYouMean(urn, urns.map((one) => one.urn)),
    );
  }
  const id = await recorder.recordings.own(async () => {
    const result = await kernel.execute(urn, input, { signal: AbortSignal.timeout(timeoutMs) });
    // Nobody reads it: what produces it must not wait indefinitely.
    if (isLive(result)) await discard(result);
  });
  const recording = id === undefined ? undefined : executions.get(id);
  if (recording === undefined) {
    throw new RequestProblem(
      503,
      "NOT_EXECUTED",
      `${urn} was not executed: the app is not running`,
    );
  }
  return await describeExecution(app, recording);
}

async function discard(result: unknown): Promise<void> {
  if (result instanceof Response) await result.body?.cancel();
  else if (result instanceof ReadableStream) await result.cancel();
  else await (result as AsyncIterable<unknown>)[Symbol.asyncIterator]?.().return?.();
}

/** Sends a request to the servers of the app, without the network. */
export async function sendRequest(app: InspectedApp, body: unknown): Promise<HttpRequestResult> {
  const { method, path, headers, body: content, server, timeoutMs } = asHttpRequest(body);
  const isText = typeof content === "string" || content === undefined;
  const own = new Headers(isText ? {} : { "content-type": "application/json" });
  for (const [name, value] of Object.entries(headers)) {
    try {
      own.set(name, value);
    } catch {
      throw badRequest(`"${name.slice(0, 100)}" is not a valid header, or its value is not`);
    }
  }
  const text = content === undefined ? undefined : isText ? content : JSON.stringify(content);
  const started = app.now();
  const { result, ids } = await app.recorder.recordings.observed(async () => {
    const response = await fetchFromApp(app.run.kernel, (server ?? "") + path, {
      method,
      headers: own,
      signal: AbortSignal.timeout(timeoutMs),
      redirect: "manual",
      ...(text === undefined ? {} : { body: text }),
    });
    return { response, ...await readBody(response) };
  });
  const { response, bytes, isCut } = result;
  return {
    status: response.status,
    headers: app.redact([...response.headers].map(([name, value]) => [name, value] as const)),
    ...encode(bytes, app),
    isCut,
    ms: Math.round((app.now() - started) * 1_000) / 1_000,
    executions: ids,
    command: curlCommand(
      method,
      `${server ?? serversOf(app)[0] ?? "http://127.0.0.1"}${path}`,
      own,
      text,
    ),
  };
}

async function readBody(
  { body }: Response,
): Promise<{ readonly bytes: Uint8Array; readonly isCut: boolean }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (body === null) return { bytes: new Uint8Array(), isCut: false };
  const reader = body.getReader();
  while (size <= MOST_BODY) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    size += value.length;
  }
  const isCut = size > MOST_BODY;
  if (isCut) await reader.cancel().catch(() => {});
  const bytes = new Uint8Array(Math.min(size, MOST_BODY));
  let at = 0;
  for (const chunk of chunks) {
    const part = chunk.subarray(0, bytes.length - at);
    bytes.set(part, at);
    at += part.length;
  }
  return { bytes, isCut };
}

function encode(
  bytes: Uint8Array,
  { redact }: InspectedApp,
): Pick<HttpRequestResult, "body" | "encoding"> {
  try {
    // A character at the end may be cut in two.
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return { body: redact(text), encoding: "text" };
  } catch {
    let binary = "";
    for (const byte of bytes) binary += String.fromCharCode(byte);
    return { body: btoa(binary), encoding: "base64" };
  }
}

/** The newest durable jobs. */
export async function describeJobs(
  { run: { kernel } }: InspectedApp,
  limit: number,
): Promise<JobsView> {
  const listed = await listJobs(ownersOfJobs(kernel), limit);
  return { items: listed.map(({ job, ...rest }) => ({ ...rest, urn: job })) };
}

/** One job; with an action, after it. */
export async function describeJob(
  { run: { kernel }, redact }: InspectedApp,
  id: string,
  action?: "cancel" | "retry",
): Promise<JobDetails> {
  const { urn, jobs } = await findJob(ownersOfJobs(kernel), id).catch((error) => {
    throw notFound(messageOf(error));
  });
  if (action !== undefined && !await jobs[action](id)) {
    const state = (await jobs.show(id))?.state ?? "gone";
    throw new RequestProblem(
      409,
      "WRONG_STATE",
      `The job ${id} is ${state}`,
      action === "retry"
        ? "Only jobs that have failed or were cancelled can be tried again"
        : "Only jobs that have not ended can be cancelled",
    );
  }
  const job = await jobs.show(id);
  if (job === undefined) throw notFound(`There is no job "${id}"`);
  const { error, steps, input, output, ...rest } = job;
  return {
    ...rest,
    urn,
    input: capture(input, redact).value,
    output: capture(output, redact).value,
    ...(error === null ? {} : { error: redact(error) }),
    steps: steps.map(({ error, output, ...step }) => ({
      ...step,
      output: capture(output, redact).value,
      ...(error === null ? {} : { error: redact(error) }),
    })),
  };
}
