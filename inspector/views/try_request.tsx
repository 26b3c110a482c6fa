/** A form for a request to a route of the app. */
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { HttpRequestResult, RouteRequest } from "../../src/inspector/api.ts";
import { post } from "../client.ts";
import { curlCommand, fillPath, pathParameters, queryText } from "../commands.ts";
import { fieldsOf, type FormResult, readForm, type Texts } from "../form.ts";
import { live } from "../live.ts";
import { FormFields } from "../ui/form_fields.tsx";
import { EditorSwitch, InputEditor, useEditedValue } from "../ui/input_editor.tsx";
import { ProblemBox, problemOf } from "../ui/problem.tsx";
import { indented, Response } from "../ui/response.tsx";
import { Command, Section } from "../ui/values.tsx";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/** What the form shows at first. */
export interface InitialRequest {
  readonly method: string;
  /** With the query; `:name` and a `*` at its end are filled in with fields of their own. */
  readonly path: string;
  readonly server?: string;
  readonly body?: unknown;
  /** JSON Schema of the parts of the request, if it is that of a route. */
  readonly schemas?: RouteRequest["schemas"];
}

/** The form and the response. */
export function RequestForm({ title, request }: {
  readonly title: string;
  readonly request: InitialRequest;
}): JSX.Element {
  const { schemas = {} } = request;
  const servers = live.app?.servers ?? [];
  const [path, setPath] = useState(request.path);
  const parameters = pathParameters(path);
  const [server, setServer] = useState(request.server ?? servers[0] ?? "");
  const [method, setMethod] = useState(request.method);
  const [values, setValues] = useState<Texts>({});
  const queryFields = useMemo(() => fieldsOf(schemas.query) ?? [], [schemas.query]);
  const [queryTexts, setQueryTexts] = useState<Texts>({});
  const headerFields = useMemo(() => fieldsOf(schemas.headers) ?? [], [schemas.headers]);
  const [headerTexts, setHeaderTexts] = useState<Texts>({});
  const [headerText, setHeaderText] = useState("");
  const isText = schemas.body === undefined;
  const [bodyText, setBodyText] = useState(() => textOf(request.body));
  const edited = useEditedValue(schemas.body, isText ? undefined : request.body);
  const [isSending, setIsSending] = useState(false);
  const [result, setResult] = useState<HttpRequestResult>();
  const [problem, setProblem] = useState<unknown>();

  const query = readForm(queryFields, queryTexts);
  const named = readForm(headerFields, headerTexts);
  const missing = parameters.filter((name) => name !== "*" && !values[name]);
  const mayHaveBody = !["GET", "HEAD"].includes(method);
  const body = !mayHaveBody ? "" : isText ? bodyText : bodyOf(edited.result);
  const headers = headersOf(headerText);
  if ("value" in named) {
    for (const [name, value] of Object.entries(named.value as object)) {
      headers[name] = typeof value === "string" ? value : JSON.stringify(value);
    }
  }
  const hasBody = body !== undefined && body !== "";
  if (hasBody && !Object.keys(headers).some((name) => name.toLowerCase() === "content-type")) {
    headers["content-type"] = isJson(body) ? "application/json" : "text/plain";
  }
  const parts = {
    method,
    path: fillPath(path, values) +
      queryText("value" in query ? query.value : {}, path.includes("?")),
    headers,
    body: hasBody ? body : undefined,
  };
  const canSend = missing.length === 0 && body !== undefined && "value" in query &&
    "value" in named;
  const send = async (event: Event) => {
    event.preventDefault();
    if (!canSend || isSending) return;
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
                {[...new Set([server, ...servers])].map((url) => <option key={url}>{url}</option>)}
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
              onInput={({ currentTarget: { value } }) =>
                setValues((before) => ({ ...before, [name]: value }))}
            />
          </label>
        ))}
        {queryFields.length > 0 && (
          <fieldset>
            <legend>Query</legend>
            <FormFields
              fields={queryFields}
              texts={queryTexts}
              problems={"problems" in query ? query.problems : {}}
              onChange={(key, text) => setQueryTexts((before) => ({ ...before, [key]: text }))}
            />
          </fieldset>
        )}
        {headerFields.length > 0 && (
          <fieldset>
            <legend>Headers</legend>
            <FormFields
              fields={headerFields}
              texts={headerTexts}
              problems={"problems" in named ? named.problems : {}}
              onChange={(key, text) => setHeaderTexts((before) => ({ ...before, [key]: text }))}
            />
          </fieldset>
        )}
        {mayHaveBody && (isText
          ? (
            <label class="field">
              <span>Body</span>
              <textarea
                rows={6}
                spellcheck={false}
                value={bodyText}
                onInput={({ currentTarget }) => setBodyText(currentTarget.value)}
              />
            </label>
          )
          : edited.isJson
          ? <InputEditor edited={edited} label="Body" />
          : (
            <fieldset>
              <legend>Body</legend>
              <InputEditor edited={edited} label="Body" />
            </fieldset>
          ))}
        <label class="field">
          <span>{headerFields.length > 0 ? "Other headers" : "Headers"}</span>
          <textarea
            rows={2}
            spellcheck={false}
            placeholder="authorization: Basic …"
            value={headerText}
            onInput={({ currentTarget }) => setHeaderText(currentTarget.value)}
          />
        </label>
        <div class="actions">
          <button type="submit" class="primary" disabled={!canSend || isSending}>
            {isSending ? "Sending…" : "Send"}
          </button>
          {mayHaveBody && !isText && <EditorSwitch edited={edited} what="body" />}
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

/** The text of a body that was sent before. */
function textOf(body: unknown): string {
  if (body === undefined) return "";
  return typeof body === "string" ? body : JSON.stringify(body, undefined, 2);
}

/** The body that was typed; undefined for an invalid one. */
function bodyOf(result: FormResult): string | undefined {
  if (!("value" in result)) return undefined;
  return result.value === undefined ? "" : JSON.stringify(result.value, undefined, 2);
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
