/** A form for a request to a route of the app. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { HttpRequestResult } from "../../src/inspector/api.ts";
import { post } from "../client.ts";
import { curlCommand, fillPath, pathParameters } from "../commands.ts";
import { skeletonOf } from "../form.ts";
import { formatMs } from "../format.ts";
import { live } from "../live.ts";
import { linkTo } from "../router.ts";
import { ProblemBox, problemOf } from "../ui/problem.tsx";
import { Command, Section } from "../ui/values.tsx";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/** What the form shows at first. */
export interface InitialRequest {
  readonly method: string;
  /** With the query; `:name` and a `*` at its end are filled in with fields of their own. */
  readonly path: string;
  readonly body?: unknown;
}

/** The form and the response. */
export function RequestForm({ title, request, bodySchema }: {
  readonly title: string;
  readonly request: InitialRequest;
  /** JSON Schema of the body, if the route has one. */
  readonly bodySchema?: unknown;
}): JSX.Element {
  const servers = live.app?.servers ?? [];
  const [path, setPath] = useState(request.path);
  const parameters = pathParameters(path);
  const [chosenServer, setServer] = useState<string>();
  const server = chosenServer ?? servers[0] ?? "";
  const [method, setMethod] = useState(request.method);
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const [headerText, setHeaderText] = useState("");
  const [bodyText, setBodyText] = useState(() => firstBody(request, bodySchema));
  const [isSending, setIsSending] = useState(false);
  const [result, setResult] = useState<HttpRequestResult>();
  const [problem, setProblem] = useState<unknown>();

  const missing = parameters.filter((name) => name !== "*" && !values[name]);
  const hasBody = !["GET", "HEAD"].includes(method) && bodyText !== "";
  const headers = headersOf(headerText);
  if (hasBody && !Object.keys(headers).some((name) => name.toLowerCase() === "content-type")) {
    headers["content-type"] = isJson(bodyText) ? "application/json" : "text/plain";
  }
  const parts = {
    method,
    path: fillPath(path, values),
    headers,
    body: hasBody ? bodyText : undefined,
  };
  const send = async (event: Event) => {
    event.preventDefault();
    if (missing.length > 0 || isSending) return;
    setIsSending(true);
    setProblem(undefined);
    setResult(undefined);
    await post<HttpRequestResult>("requests", { ...parts, ...(server === "" ? {} : { server }) })
      .then(setResult, setProblem);
    setIsSending(false);
  };
  return (
    <Section title={title}>
      <form onSubmit={send} class="try-form">
        <div class="bar flush">
          <select
            aria-label="Method"
            value={method}
            onChange={({ currentTarget }) => setMethod(currentTarget.value)}
          >
            {[...new Set([method, ...METHODS])].map((name) => <option key={name}>{name}</option>)}
          </select>
          {servers.length > 1
            ? (
              <select
                aria-label="Server"
                value={server}
                onChange={({ currentTarget }) => setServer(currentTarget.value)}
              >
                {servers.map((url) => <option key={url}>{url}</option>)}
              </select>
            )
            : <span class="dim">{server}</span>}
          <input
            type="text"
            class="path"
            aria-label="Path and query"
            value={path}
            onInput={({ currentTarget }) => setPath(currentTarget.value)}
          />
        </div>
        {parameters.map((name) => (
          <label key={name} class="field">
            <span>
              {name === "*" ? "rest of the path" : name}
              {name !== "*" && <span class="dim">required</span>}
            </span>
            <input
              type="text"
              value={values[name] ?? ""}
              onInput={({ currentTarget }) => setValues({ ...values, [name]: currentTarget.value })}
            />
          </label>
        ))}
        <label class="field">
          <span>Headers</span>
          <textarea
            rows={2}
            spellcheck={false}
            placeholder="authorization: Basic …"
            value={headerText}
            onInput={({ currentTarget }) => setHeaderText(currentTarget.value)}
          />
        </label>
        {!["GET", "HEAD"].includes(method) && (
          <label class="field">
            <span>Body</span>
            <textarea
              rows={6}
              spellcheck={false}
              value={bodyText}
              onInput={({ currentTarget }) => setBodyText(currentTarget.value)}
            />
          </label>
        )}
        <div class="actions">
          <button type="submit" class="primary" disabled={missing.length > 0 || isSending}>
            {isSending ? "Sending…" : "Send"}
          </button>
        </div>
      </form>
      {server !== "" && <Command text={curlCommand(server, parts)} label="curl" />}
      <div aria-live="polite">
        {problem !== undefined && <ProblemBox problem={problemOf(problem)} />}
        {result && <Response result={result} />}
      </div>
    </Section>
  );
}

function Response({ result }: { readonly result: HttpRequestResult }): JSX.Element {
  const { status, headers, body, encoding, isCut, ms, executions } = result;
  return (
    <Section
      title="Response"
      extra={
        <span class="facts">
          <strong class={status >= 400 ? "bad-text" : ""}>{status}</strong>
          <span>{formatMs(ms)}</span>
          {executions.map((id) => (
            <a key={id} href={linkTo("executions", id)}>Steps and expressions</a>
          ))}
        </span>
      }
    >
      <details>
        <summary>{headers.length} headers</summary>
        <table class="plain">
          <tbody>
            {headers.map(([name, value], index) => (
              <tr key={index}>
                <th scope="row">{name}</th>
                <td>{value}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
      <div class="json">
        <pre tabIndex={0} role="region" aria-label="Body">{indented(body) || "No body"}</pre>
      </div>
      {encoding === "base64" && <p class="dim">The body is not text; this is base64.</p>}
      {isCut && <p class="dim">The body is longer than what is shown.</p>}
    </Section>
  );
}

/** The body to begin with. */
function firstBody({ body }: InitialRequest, schema: unknown): string {
  if (typeof body === "string") return body;
  if (body !== undefined) return JSON.stringify(body, undefined, 2);
  return schema === undefined ? "" : JSON.stringify(skeletonOf(schema), undefined, 2);
}

/** One header on each line. */
function headersOf(text: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) headers[line.slice(0, colon).trim()] = line.slice(colon + 1).trim();
  }
  return headers;
}

function isJson(text: string): boolean {
  return indented(text) !== text || /^\s*(["\d{[tfn-])/.test(text);
}

/** JSON on several lines; other text as it is. */
function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}
