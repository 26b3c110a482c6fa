/** What resources say of themselves, what keeps the app running, and durable jobs. */
import type { JSX } from "preact";
import { Fragment } from "preact";
import { useState } from "preact/hooks";
import type { Hold, JobsView, SnapshotsView } from "../../src/inspector/api.ts";
import { live } from "../live.ts";
import { useStore } from "../store.ts";
import { type SnapshotTable, snapshotTables } from "../tables.ts";
import { Jobs } from "../ui/jobs.tsx";
import { ProblemBox } from "../ui/problem.tsx";
import { useRequest } from "../ui/use_request.ts";
import { Json, ResourceLink, Section, TableScroll } from "../ui/values.tsx";

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
      {tables.map((table) => (
        <Section key={table.kind} title={table.kind}>
          <Snapshots table={table} />
        </Section>
      ))}
      {snapshots.value !== undefined && tables.length === 0 && (
        <p class="dim">
          No resource has a snapshot. Schedules, queues, jobs, breakers and connections have one.
        </p>
      )}
      {snapshots.value === undefined && snapshots.problem === undefined && (
        <p class="dim">Loading…</p>
      )}
      <Holds holds={live.app?.holds ?? []} />
    </div>
  );
}

function Snapshots({ table: { kind, parts, columns, rows } }: {
  readonly table: SnapshotTable;
}): JSX.Element {
  const [open, setOpen] = useState<string>();
  const width = columns.length + (parts === undefined ? 2 : 3);
  return (
    <TableScroll label={`Table of ${kind}`}>
      <table class="plain lined">
        <thead>
          <tr>
            <th scope="col">Resource</th>
            {parts !== undefined && <th scope="col">{parts}</th>}
            {columns.map((name) => <th key={name} scope="col">{name}</th>)}
            <th scope="col">
              <span class="sr-only">Details</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ urn, part, cells, error, snapshot }) => {
            const key = `${urn}\n${part ?? ""}`;
            const isOpen = key === open;
            return (
              <Fragment key={key}>
                <tr>
                  <td>
                    <ResourceLink urn={urn} />
                  </td>
                  {parts !== undefined && <td>{part}</td>}
                  {error === undefined
                    ? cells.map((text, index) => <td key={columns[index]}>{text}</td>)
                    : <td colSpan={Math.max(1, columns.length)} class="bad-text">{error}</td>}
                  <td class="number">
                    {snapshot !== undefined && (
                      <button
                        type="button"
                        class="link"
                        aria-expanded={isOpen}
                        onClick={() => setOpen(isOpen ? undefined : key)}
                      >
                        Details
                      </button>
                    )}
                  </td>
                </tr>
                {isOpen && (
                  <tr>
                    <td colSpan={width}>
                      <Json value={snapshot} label={`Snapshot of ${part ?? urn}`} />
                    </td>
                  </tr>
                )}
              </Fragment>
            );
          })}
        </tbody>
      </table>
    </TableScroll>
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
