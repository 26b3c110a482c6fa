/** One resource: its source, its fields and where they come from, what it says of itself and did. */
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { formatField } from "../../src/contract/field_path.ts";
import type { FieldOrigin, ResourceView as View } from "../../src/inspector/api.ts";
import { pathTo } from "../client.ts";
import { count, formatMs, formatRate, inline } from "../format.ts";
import { titleOf } from "../graph/model.ts";
import { live } from "../live.ts";
import { linkTo } from "../router.ts";
import { useStore } from "../store.ts";
import { ExecutionTable } from "../ui/execution_table.tsx";
import { LogLines } from "../ui/log_lines.tsx";
import { ProblemBox } from "../ui/problem.tsx";
import { Source } from "../ui/source.tsx";
import { useRequest } from "../ui/use_request.ts";
import { Json, ResourceLink, Section, StateBadge } from "../ui/values.tsx";

/** What a resource says of itself is read again this often, in milliseconds. */
const EVERY = 3000;

/** The resource. */
export function ResourceView({ urn }: { readonly urn: string }): JSX.Element {
  const graphVersion = useStore(live.graphStore);
  useStore(live.activityStore);
  const { value, problem } = useRequest<View>(pathTo("resources", urn), {
    every: EVERY,
    trigger: graphVersion,
  });
  if (value === undefined) {
    return problem === undefined ? <p class="empty">Loading…</p> : (
      <div class="view pad">
        <ProblemBox problem={problem} />
        <p>
          <a href={linkTo("resources")}>All resources</a>
        </p>
      </div>
    );
  }
  const { source, fields, snapshot, snapshotError, documentation, executions, logs } = value;
  return (
    <div class="view pad resource">
      <Head resource={value} />
      {problem && <ProblemBox problem={problem} />}
      <div class="columns">
        <div>
          <Section title="Source" extra={<span class="dim">{source.file}</span>}>
            <SourceWithOrigins view={value} />
          </Section>
          <Section title="Fields">
            <Json value={fields} label="Fields" />
            <Origins origins={value.origins} />
          </Section>
        </div>
        <div>
          <Section title="Latest executions">
            <ExecutionTable executions={[...executions].reverse()} withUrn={false} />
          </Section>
          <Section title="Latest logs">
            <LogLines lines={[...logs].reverse()} />
          </Section>
          {(snapshot !== undefined || snapshotError !== undefined) && (
            <Section title="Snapshot">
              {snapshotError === undefined
                ? <Json value={snapshot} label="Snapshot" />
                : <p class="bad-text">{snapshotError}</p>}
            </Section>
          )}
          <Connections view={value} />
          <Section title={`Kind ${value.kind}`}>
            {documentation.description !== undefined && (
              <p class="prose">{documentation.description}</p>
            )}
            {documentation.example !== undefined && (
              <details>
                <summary>Example</summary>
                <Source text={documentation.example} firstLine={1} label="Example" />
              </details>
            )}
            <details>
              <summary>Schemas</summary>
              {(["schema", "input", "output"] as const).map((name) => {
                const schema = {
                  schema: documentation.schema,
                  input: value.inputSchema,
                  output: value.outputSchema,
                }[name];
                return schema === undefined ? null : (
                  <div key={name}>
                    <h3>{{ schema: "Fields", input: "Input", output: "Result" }[name]}</h3>
                    <Json value={schema} label={`Schema of the ${name}`} />
                  </div>
                );
              })}
            </details>
          </Section>
        </div>
      </div>
    </div>
  );
}

function Head({ resource }: { readonly resource: View }): JSX.Element {
  const { urn, kind, module, parent, instanceOf, isExecutable, requests } = resource;
  const state = live.stateOf(urn) ?? resource;
  const activity = live.activityOf(urn) ?? resource.activity;
  return (
    <div class="title">
      <h1>
        {resource.name} <span class="dim">{kind}</span>
      </h1>
      <div class="facts">
        <StateBadge state={state.state} />
        <span class="dim">module {titleOf(module)}</span>
        {parent !== undefined && (
          <span class="dim">
            in <ResourceLink urn={parent} />
          </span>
        )}
        {instanceOf !== undefined && (
          <span class="dim">
            made by <ResourceLink urn={instanceOf} />
          </span>
        )}
        {isExecutable && <span>{count(activity.executions, "execution")}</span>}
        {activity.perSecond > 0 && (
          <span>{`${formatRate(activity.perSecond)}, mean ${formatMs(activity.meanMs)}`}</span>
        )}
        {activity.errors > 0 && <span class="bad-text">{count(activity.errors, "error")}</span>}
        {state.holds.length > 0 && <span>keeps running for: {state.holds.join(", ")}</span>}
      </div>
      <div class="actions">
        {(isExecutable || requests.length > 0) && (
          <a class="button primary" href={linkTo("try", urn)}>Try it</a>
        )}
        <a class="button" href={linkTo("graph", undefined, { q: urn })}>In the graph</a>
        <a class="button" href={linkTo("events", undefined, { resource: urn })}>Events</a>
        <a class="button" href={linkTo("executions", undefined, { resource: urn })}>Executions</a>
      </div>
    </div>
  );
}

/** The source; below a line, where values come from if not from that line itself. */
function SourceWithOrigins({ view }: { readonly view: View }): JSX.Element {
  const { source, origins } = view;
  const notes = useMemo(() => {
    const byLine = new Map<number, string[]>();
    for (const origin of origins) {
      if (origin.file !== source.file || origin.via === "manifest" || origin.via === "default") {
        continue;
      }
      const lines = byLine.get(origin.line) ?? [];
      byLine.set(origin.line, lines);
      lines.push(
        `${formatField(origin.path)} = ${inline(valueAt(view, origin.path), 60)}, ${
          originText(origin)
        }`,
      );
    }
    return new Map(
      Array.from(
        byLine,
        ([line, texts]) =>
          [line, <ul key={line}>{texts.map((text) => <li key={text}>{text}</li>)}</ul>] as const,
      ),
    );
  }, [view]);
  return (
    <Source
      text={source.text}
      firstLine={source.firstLine}
      label={`Source of ${view.urn}`}
      notes={notes}
    />
  );
}

function Origins({ origins }: { readonly origins: readonly FieldOrigin[] }): JSX.Element | null {
  if (origins.length === 0) return null;
  return (
    <details>
      <summary>Where each field comes from</summary>
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">From</th>
            <th scope="col">At</th>
          </tr>
        </thead>
        <tbody>
          {origins.map((origin) => (
            <tr key={formatField(origin.path)}>
              <td>
                <code>{formatField(origin.path)}</code>
              </td>
              <td>{originText(origin)}</td>
              <td class="dim place">{`${origin.file}:${origin.line}`}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function Connections({ view }: { readonly view: View }): JSX.Element | null {
  if (view.edges.length === 0) return null;
  return (
    <Section title="Connections">
      <table class="plain">
        <tbody>
          {view.edges.map(({ from, to, reasons, fields }) => {
            const isOut = from === view.urn;
            return (
              <tr key={`${from}\n${to}`}>
                <td class="dim">{isOut ? "uses" : "used by"}</td>
                <td>
                  <ResourceLink urn={isOut ? to : from} />
                </td>
                <td class="dim">{[reasons.join(", "), ...fields].join(" · ")}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Section>
  );
}

function originText({ via, name }: FieldOrigin): string {
  switch (via) {
    case "template":
      return `from the template ${name ?? ""}`.trim();
    case "include":
      return `from the included file ${name ?? ""}`.trim();
    case "environment":
      return `from the environment ${name ?? ""}`.trim();
    case "default":
      return "the default of its kind";
    default:
      return "written in the manifest";
  }
}

function valueAt({ fields, metadata }: View, path: FieldOrigin["path"]): unknown {
  const start: unknown = path[0] === "metadata" ? { metadata } : fields;
  return path.reduce(
    (value, key) => (value as Readonly<Record<string | number, unknown>> | undefined)?.[key],
    start,
  );
}
