/** What resources say of themselves, what keeps the app running, and durable jobs. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type {
  Hold,
  JobDetails,
  JobsView,
  JobView,
  SnapshotsView,
} from "../../src/inspector/api.ts";
import { pathTo, post } from "../client.ts";
import { live } from "../live.ts";
import { useStore } from "../store.ts";
import { snapshotTables } from "../tables.ts";
import { ProblemBox, problemOf } from "../ui/problem.tsx";
import { useRequest } from "../ui/use_request.ts";
import { Json, ResourceLink, Section, StateBadge, Time } from "../ui/values.tsx";

/** The tables are read again this often, in milliseconds. */
const EVERY = 2000;

/** The tables. */
export function StateView(): JSX.Element {
  useStore(live.appStore);
  const snapshots = useRequest<SnapshotsView>("snapshots", { every: EVERY });
  const jobs = useRequest<JobsView>("jobs?limit=200", { every: EVERY });
  const tables = snapshotTables(snapshots.value?.items ?? []);
  return (
    <div class="view pad">
      {snapshots.problem && <ProblemBox problem={snapshots.problem} />}
      {jobs.problem && <ProblemBox problem={jobs.problem} />}
      {jobs.value !== undefined && jobs.value.items.length > 0 && (
        <Section title="Jobs">
          <Jobs jobs={jobs.value.items} onChange={jobs.reload} />
        </Section>
      )}
      {tables.map(({ kind, columns, rows }) => (
        <Section key={kind} title={kind}>
          <div class="scroll" tabIndex={0} role="region" aria-label={`Table of ${kind}`}>
            <table class="plain lined">
              <thead>
                <tr>
                  <th scope="col">Resource</th>
                  {columns.map((name) => <th key={name} scope="col">{name}</th>)}
                  <th scope="col">
                    <span class="sr-only">Details</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {rows.map(({ urn, cells, error, snapshot }) => (
                  <tr key={urn}>
                    <td>
                      <ResourceLink urn={urn} />
                    </td>
                    {error === undefined
                      ? cells.map((text, index) => <td key={columns[index]}>{text}</td>)
                      : <td colSpan={Math.max(1, columns.length)} class="bad-text">{error}</td>}
                    <td>
                      {snapshot !== undefined && (
                        <details>
                          <summary>All</summary>
                          <Json value={snapshot} label={`Snapshot of ${urn}`} />
                        </details>
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </Section>
      ))}
      {snapshots.value !== undefined && tables.length === 0 && (
        <p class="dim">
          No resource has a snapshot. Schedules, queues, jobs, breakers and connections have one.
        </p>
      )}
      <Holds holds={live.app?.holds ?? []} />
    </div>
  );
}

function Holds({ holds }: { readonly holds: readonly Hold[] }): JSX.Element {
  return (
    <Section title="What keeps the app running">
      {holds.length === 0
        ? <p class="dim">Nothing: it ends when its work is done</p>
        : (
          <table class="plain lined">
            <tbody>
              {holds.map(({ owner, reason }, index) => (
                <tr key={index}>
                  <td>{live.byUrn.has(owner) ? <ResourceLink urn={owner} /> : owner}</td>
                  <td>{reason}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
    </Section>
  );
}

function Jobs({ jobs, onChange }: {
  readonly jobs: readonly JobView[];
  readonly onChange: () => void;
}): JSX.Element {
  const [open, setOpen] = useState<string>();
  const [problem, setProblem] = useState<unknown>();
  const act = (id: string, action: "retry" | "cancel") => {
    setProblem(undefined);
    post(pathTo("jobs", id, action)).then(onChange, setProblem);
  };
  return (
    <>
      {problem !== undefined && <ProblemBox problem={problemOf(problem)} />}
      <div class="scroll" tabIndex={0} role="region" aria-label="Table of jobs">
        <table class="plain lined">
          <thead>
            <tr>
              {["Job", "Resource", "State", "Created", "Updated", "Runs", "Actions"].map((name) => (
                <th key={name} scope="col">{name}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {jobs.map(({ id, urn, state, created, updated, runs }) => (
              <tr key={id}>
                <td>
                  <button
                    type="button"
                    class="link"
                    aria-expanded={open === id}
                    onClick={() => setOpen(open === id ? undefined : id)}
                  >
                    {id}
                  </button>
                </td>
                <td>
                  <ResourceLink urn={urn} />
                </td>
                <td>
                  <StateBadge state={state} />
                </td>
                <td>
                  <Time at={created} />
                </td>
                <td>
                  <Time at={updated} />
                </td>
                <td class="number">{runs}</td>
                <td>
                  {(state === "failed" || state === "cancelled") && (
                    <button
                      type="button"
                      onClick={() => act(id, "retry")}
                    >
                      Retry
                    </button>
                  )}
                  {(state === "running" || state === "waiting") && (
                    <button
                      type="button"
                      onClick={() => act(id, "cancel")}
                    >
                      Cancel
                    </button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {open !== undefined && <Job key={open} id={open} />}
    </>
  );
}

function Job({ id }: { readonly id: string }): JSX.Element {
  const { value, problem } = useRequest<JobDetails>(pathTo("jobs", id), { every: EVERY });
  if (value === undefined) {
    return problem === undefined ? <p class="dim">Loading…</p> : <ProblemBox problem={problem} />;
  }
  return (
    <Section title={`Job ${id}`}>
      {value.error && <ProblemBox problem={value.error} />}
      <div class="columns">
        <div>
          <h3>Input</h3>
          <Json value={value.input} label="Input" />
        </div>
        <div>
          <h3>Result</h3>
          <Json value={value.output} label="Result" />
        </div>
      </div>
      {value.steps.length > 0 && (
        <table class="plain lined">
          <thead>
            <tr>
              <th scope="col">Step</th>
              <th scope="col">Ended</th>
              <th scope="col">Outcome</th>
            </tr>
          </thead>
          <tbody>
            {value.steps.map(({ step, ended, output, error }, index) => (
              <tr key={index}>
                <td>{step}</td>
                <td>
                  <Time at={ended} />
                </td>
                <td>
                  {error === undefined
                    ? <Json value={output} label={`Result of ${step}`} />
                    : <span class="bad-text">{`${error.code} ${error.message}`}</span>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}
