/** A form for the input of an execution. */
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { ExecuteResult, ResourceView } from "../../src/inspector/api.ts";
import { post } from "../client.ts";
import { execCommand } from "../commands.ts";
import { fieldsOf, fits, type FormResult, parseJson, readForm, textsOf } from "../form.ts";
import { formatMs } from "../format.ts";
import { linkTo } from "../router.ts";
import { FormFields } from "../ui/form_fields.tsx";
import { ProblemBox, problemOf } from "../ui/problem.tsx";
import { Command, Json, Section, StateBadge } from "../ui/values.tsx";

/** The form and the outcome. */
export function ExecuteForm({ resource, initial }: {
  readonly resource: ResourceView;
  readonly initial: unknown;
}): JSX.Element {
  const { urn, inputSchema } = resource;
  const fields = useMemo(() => fieldsOf(inputSchema), [inputSchema]);
  const [isJson, setIsJson] = useState(fields === undefined || !fits(fields, initial));
  const [json, setJson] = useState(
    initial === undefined ? "" : JSON.stringify(initial, undefined, 2),
  );
  const [texts, setTexts] = useState(() => textsOf(fields ?? [], initial));
  const [isRunning, setIsRunning] = useState(false);
  const [result, setResult] = useState<ExecuteResult>();
  const [problem, setProblem] = useState<unknown>();

  const form = isJson ? readJson(json) : readForm(fields ?? [], texts);
  const run = async (event: Event) => {
    event.preventDefault();
    if (!("value" in form) || isRunning) return;
    setIsRunning(true);
    setProblem(undefined);
    setResult(undefined);
    await post<ExecuteResult>("executions", { urn, input: form.value }).then(setResult, setProblem);
    setIsRunning(false);
  };
  const switchEditor = () => {
    if (!isJson) {
      if ("value" in form) setJson(JSON.stringify(form.value, undefined, 2));
    } else if ("value" in form && fits(fields!, form.value)) {
      setTexts(textsOf(fields!, form.value));
    } else return;
    setIsJson(!isJson);
  };
  const canSwitch = fields !== undefined &&
    (!isJson || ("value" in form && fits(fields, form.value)));
  return (
    <Section title={initial === undefined ? "Execute" : "Replay"}>
      <form onSubmit={run} class="try-form">
        {isJson
          ? (
            <label class="field">
              <span>Input, as JSON</span>
              <textarea
                rows={8}
                spellcheck={false}
                value={json}
                placeholder="No input"
                onInput={({ currentTarget }) => setJson(currentTarget.value)}
              />
              {"problems" in form && <span class="bad-text">{form.problems[""]}</span>}
            </label>
          )
          : (
            <FormFields
              fields={fields ?? []}
              texts={texts}
              problems={"problems" in form ? form.problems : {}}
              onChange={(key, text) => setTexts({ ...texts, [key]: text })}
            />
          )}
        {fields?.length === 0 && !isJson && <p class="dim">It takes no input.</p>}
        <div class="actions">
          <button type="submit" class="primary" disabled={!("value" in form) || isRunning}>
            {isRunning ? "Executing…" : "Execute"}
          </button>
          {fields !== undefined && (
            <button type="button" onClick={switchEditor} disabled={!canSwitch}>
              {isJson ? "Edit as a form" : "Edit as JSON"}
            </button>
          )}
        </div>
      </form>
      {"value" in form && <Command text={execCommand(urn, form.value)} label="digly exec" />}
      <div aria-live="polite">
        {problem !== undefined && <ProblemBox problem={problemOf(problem)} />}
        {result && <Outcome result={result} />}
      </div>
    </Section>
  );
}

function Outcome({ result }: { readonly result: ExecuteResult }): JSX.Element {
  return (
    <Section
      title="Outcome"
      extra={
        <span class="facts">
          <StateBadge state={result.state} />
          <span>{formatMs(result.ms)}</span>
          <a href={linkTo("executions", result.id)}>Steps and expressions</a>
        </span>
      }
    >
      {result.failure === undefined
        ? <Json value={result.output} label="Result" />
        : <ProblemBox problem={result.failure} />}
    </Section>
  );
}

function readJson(text: string): FormResult {
  if (text.trim() === "") return { value: undefined };
  let problem: string | undefined;
  const value = parseJson(text, (message) => problem = message);
  return problem === undefined ? { value } : { problems: { "": problem } };
}
