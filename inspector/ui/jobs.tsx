/** Durable jobs, which can be retried and cancelled, and the steps of each. */
import type { JSX } from "preact";
import { Fragment } from "preact";
import { useState } from "preact/hooks";
import type { JobDetails, JobView } from "../../src/inspector/api.ts";
import { pathTo, post } from "../client.ts";
import { ProblemBox, problemOf } from "./problem.tsx";
import { useRequest } from "./use_request.ts";
import { Json, ResourceLink, StateBadge, TableScroll, Time } from "./values.tsx";

/** The job that is open is read again this often, in milliseconds. */
const EVERY = 2000;

const COLUMNS = ["Job", "Resource", "State", "Created", "Updated", "Runs", "Actions"];

/** The table. */
export function Jobs({ jobs, onChange }: {
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
      <TableScroll label="Table of jobs">
        <table class="plain lined">
          <thead>
            <tr>
              {COLUMNS.map((name) => (
                <th key={name} scope="col" class={name === "Runs" ? "number" : ""}>{name}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {jobs.map((job) => (
              <Fragment key={job.id}>
                <Row
                  job={job}
                  isOpen={open === job.id}
                  onOpen={() => setOpen(open === job.id ? undefined : job.id)}
                  onAct={(action) => act(job.id, action)}
                />
                {open === job.id && (
                  <tr>
                    <td colSpan={COLUMNS.length} class="nested">
                      <Details id={job.id} />
                    </td>
                  </tr>
                )}
              </Fragment>
            ))}
          </tbody>
        </table>
      </TableScroll>
    </>
  );
}

function Row({ job: { id, urn, state, created, updated, runs }, isOpen, onOpen, onAct }: {
  readonly job: JobView;
  readonly isOpen: boolean;
  readonly onOpen: () => void;
  readonly onAct: (action: "retry" | "cancel") => void;
}): JSX.Element {
  return (
    <tr>
      <td>
        <button type="button" class="link" aria-expanded={isOpen} onClick={onOpen}>{id}</button>
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
            aria-label={`Retry ${id}`}
            onClick={() => onAct("retry")}
          >
            Retry
          </button>
        )}
        {(state === "running" || state === "waiting") && (
          <button
            type="button"
            aria-label={`Cancel ${id}`}
            onClick={() => onAct("cancel")}
          >
            Cancel
          </button>
        )}
      </td>
    </tr>
  );
}

function Details({ id }: { readonly id: string }): JSX.Element {
  const { value, problem } = useRequest<JobDetails>(pathTo("jobs", id), { every: EVERY });
  if (value === undefined) {
    return problem === undefined ? <p class="dim">Loading…</p> : <ProblemBox problem={problem} />;
  }
  return (
    <section aria-label={`Job ${id}`}>
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
    </section>
  );
}
