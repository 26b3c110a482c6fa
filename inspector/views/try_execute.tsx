/** A form for the input of an execution. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ExecuteResult, ResourceView } from "../../src/inspector/api.ts";
import { post } from "../client.ts";
import { execCommand } from "../commands.ts";
import { formatMs } from "../format.ts";
import { linkTo } from "../router.ts";
import { EditorSwitch, InputEditor, useEditedValue } from "../ui/input_editor.tsx";
import { ProblemBox, problemOf } from "../ui/problem.tsx";
import { Command, Json, Section, StateBadge } from "../ui/values.tsx";

/** The form and the outcome. */
export function ExecuteForm({ resource, initial }: {
  readonly resource: ResourceView;
  readonly initial: unknown;
}): JSX.Element {
  const { urn, inputSchema } = resource;
  const edited = useEditedValue(inputSchema, initial);
  const { fields, isJson, result: input } = edited;
  const [isRunning, setIsRunning] = useState(false);
  const [result, setResult] = useState<ExecuteResult>();
  const [problem, setProblem] = useState<unknown>();

  const run = async (event: Event) => {
    event.preventDefault();
    if (!("value" in input) || isRunning) return;
    setIsRunning(true);
    setProblem(undefined);
    setResult(undefined);
    await post<ExecuteResult>("executions", { urn, input: input.value })
      .then(setResult, setProblem);
    setIsRunning(false);
  };
  return (
    <Section title={initial === undefined ? "Execute" : "Replay"}>
      <form onSubmit={run} class="try-form">
        <InputEditor edited={edited} label="Input" />
        {fields?.length === 0 && !isJson && <p class="dim">It takes no input.</p>}
        <div class="actions">
          <button type="submit" class="primary" disabled={!("value" in input) || isRunning}>
            {isRunning ? "Executing…" : "Execute"}
          </button>
          <EditorSwitch edited={edited} />
        </div>
      </form>
      {"value" in input && <Command text={execCommand(urn, input.value)} label="digly exec" />}
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
