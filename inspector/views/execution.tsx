/** One execution: its steps, their values, and what every expression was. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ExecutionView as View, Span } from "../../src/inspector/api.ts";
import { pathTo } from "../client.ts";
import { formatMs } from "../format.ts";
import { live } from "../live.ts";
import { linkTo } from "../router.ts";
import { useStore } from "../store.ts";
import { ExpressionSources } from "../ui/expression_sources.tsx";
import { LogLines } from "../ui/log_lines.tsx";
import { ProblemBox, withCode } from "../ui/problem.tsx";
import { SaveTest } from "../ui/save_test.tsx";
import { useRequest } from "../ui/use_request.ts";
import { Command, Json, ResourceLink, Section, StateBadge, Time } from "../ui/values.tsx";
import { Waterfall } from "../ui/waterfall.tsx";

/** The execution. */
export function ExecutionView({ id }: { readonly id: string }): JSX.Element {
  useStore(live.executionStore);
  const { value, problem } = useRequest<View>(pathTo("executions", id), {
    trigger: live.executions.get(id)?.seq,
  });
  if (value === undefined) {
    return problem === undefined ? <p class="empty">Loading…</p> : (
      <div class="view pad">
        <ProblemBox problem={problem} />
        <p>
          <a href={linkTo("executions")}>All executions</a>
        </p>
      </div>
    );
  }
  return <Execution view={value} />;
}

function Execution({ view }: { readonly view: View }): JSX.Element {
  const [selected, setSelected] = useState<string>();
  const span = view.items.find(({ id }) => id === selected) ?? view.items[0];
  return (
    <div class="view pad execution">
      <Head view={view} />
      {view.failure && <ProblemBox problem={view.failure} />}
      {view.detail === "outline" && (
        <p class="notice">
          This execution was not sampled: it has times but no values. Replay it, or{" "}
          <a href={linkTo("try", view.urn)}>try the resource</a>, to record them all.
        </p>
      )}
      {view.missing.length > 0 && <MissingNotice missing={view.missing} />}
      {view.isCut && <p class="notice">It has more steps or expressions than are recorded.</p>}
      <Section title="Steps">
        <Waterfall
          spans={view.items}
          totalMs={view.ms ?? 0}
          selected={span?.id}
          onSelect={setSelected}
        />
      </Section>
      {span && view.detail === "full" && <SpanDetails span={span} failure={view.failure} />}
      {view.expressions.length > 0 && (
        <Section title="Expressions">
          <ExpressionSources expressions={view.expressions} failure={view.failure?.place} />
        </Section>
      )}
      {view.logs.length > 0 && (
        <Section title="Logs">
          <LogLines lines={view.logs} />
        </Section>
      )}
      <Section title="From the terminal">
        <Command text={view.command} label="Command" />
      </Section>
    </div>
  );
}

function Head({ view }: { readonly view: View }): JSX.Element {
  return (
    <div class="title">
      <h1>
        <ResourceLink urn={view.urn} />
      </h1>
      <div class="facts">
        <StateBadge state={view.state} />
        <span>{formatMs(view.ms)}</span>
        <span class="dim">
          <Time at={view.startedAt} />
        </span>
        <span class="dim">trace {view.trace}</span>
        {view.startedBy === "inspector" && <span class="dim">started here</span>}
      </div>
      <div class="actions">
        <a class="button primary" href={linkTo("try", view.urn, { from: view.id })}>Replay</a>
        {view.state !== "running" && view.detail === "full" && <SaveTest id={view.id} />}
        <a class="button" href={linkTo("events", undefined, { trace: view.trace })}>Events</a>
        <a class="button" href={linkTo("events", undefined, { trace: view.trace, list: "logs" })}>
          Logs
        </a>
      </div>
    </div>
  );
}

/** Why there are no values of other nodes. */
function MissingNotice({ missing }: Pick<View, "missing">): JSX.Element {
  return (
    <div class="notice">
      <p>Values of other nodes are missing:</p>
      <ul>
        {missing.map(({ node, reason }, index) => (
          <li key={index}>
            {node !== undefined && <strong>{`${node} `}</strong>}
            {withCode(reason)}
          </li>
        ))}
      </ul>
    </div>
  );
}

function SpanDetails({ span, failure }: {
  readonly span: Span;
  readonly failure: View["failure"];
}): JSX.Element {
  // The error of the execution is shown above its steps, with its place.
  const isShown = span.error !== undefined && span.error.code === failure?.code &&
    span.error.message === failure.message;
  return (
    <div class="columns span-details">
      <Section title="Input" extra={<span class="dim">{span.urn}</span>}>
        <Json value={span.input} label="Input" />
      </Section>
      <Section
        title={span.error === undefined ? "Result" : "Error"}
        extra={<span class="dim">{formatMs(span.ms)}</span>}
      >
        {span.error === undefined
          ? <Json value={span.output} label="Result" />
          : isShown
          ? <p class="dim">{`${span.error.code}, shown above`}</p>
          : <ProblemBox problem={span.error} />}
      </Section>
    </div>
  );
}
