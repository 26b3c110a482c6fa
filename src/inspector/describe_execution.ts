/** One recorded execution with everything below it. */
import { didYouMean } from "../diagnostics/nearest.ts";
import type { ExecutionView } from "./api.ts";
import { describeError, notFound } from "./errors.ts";
import type { InspectedApp } from "./inspected_app.ts";
import { serversOf } from "./servers.ts";
import type { Recording } from "./recording.ts";

/** The most log lines that are shown with an execution. */
const MOST_LINES = 200;

/** The recording of an execution. Throws if there is none. */
export function findRecording({ executions }: InspectedApp, id: string): Recording {
  const recording = executions.get(id);
  if (recording !== undefined) return recording;
  throw notFound(
    `There is no recorded execution "${id}"`,
    didYouMean(id, executions.ids()) ?? "Only the latest executions are remembered",
  );
}

/** Describes a recorded execution. */
export async function describeExecution(
  app: InspectedApp,
  recording: Recording,
): Promise<ExecutionView> {
  await app.completeRecording(recording);
  const { redact, places, history, path } = app;
  const [root] = recording.spans;
  const { failure, trace, start: { urn } } = recording;
  return {
    ...recording.summary,
    ...(root?.input === undefined ? {} : { input: root.input }),
    ...(root?.output === undefined ? {} : { output: root.output }),
    ...(failure === undefined ? {} : { failure: describeError(failure, redact, places) }),
    items: recording.spans,
    expressions: recording.expressions,
    isCut: recording.isCut,
    missing: redact(recording.missing),
    logs: history.logs.page({
      limit: MOST_LINES,
      matches: ({ traceId }) => traceId === trace && trace !== "",
    })
      .items,
    command: recording.start.isRequest
      ? requestCommand(root?.input, serversOf(app)[0])
      : execCommand(path, urn, root?.input),
  };
}

/** The `curl` that sends the same request. */
function requestCommand(input: unknown, server = "http://127.0.0.1"): string {
  const { method = "GET", path = "/", headers = {}, body } = (input ?? {}) as {
    readonly method?: string;
    readonly path?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
  };
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  return curlCommand(method, server + path, new Headers(headers), text);
}

/** A `curl` command. */
export function curlCommand(
  method: string,
  url: string,
  headers: Headers,
  body: string | undefined,
): string {
  const words = ["curl", "-i"];
  if (method !== "GET") words.push("-X", method);
  for (const [name, value] of headers) words.push("-H", `${name}: ${value}`);
  if (body !== undefined) words.push("--data-binary", body);
  return [...words, url].map(shellWord).join(" ");
}

/** The `digly exec` that does the same. */
export function execCommand(path: string, urn: string, input: unknown): string {
  const words = ["digly", "exec", shellWord(path), shellWord(urn)];
  if (input !== undefined) words.push("--input", shellWord(JSON.stringify(input)));
  return words.join(" ");
}

/** A word for a POSIX shell. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
