/** The latest executions. */
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { ExecutionSummary } from "../../src/inspector/api.ts";
import { count, formatMs } from "../format.ts";
import { filterExecutions } from "../filters.ts";
import { live } from "../live.ts";
import { linkTo } from "../router.ts";
import { useStore } from "../store.ts";
import { type Column, DataTable, useTableFocus } from "../ui/data_table.tsx";
import { LostNotice } from "../ui/lost_notice.tsx";
import { usePause } from "../ui/use_pause.ts";
import { RateChart } from "../ui/rate_chart.tsx";
import { ShortUrn, StateBadge, Time } from "../ui/values.tsx";

const COLUMNS: readonly Column<ExecutionSummary>[] = [
  { title: "Started", width: "88px", cell: ({ startedAt }) => <Time at={startedAt} /> },
  {
    title: "Resource",
    width: "minmax(90px, 2fr)",
    cell: ({ id, urn }) => (
      <a href={linkTo("executions", id)} tabIndex={-1}>
        <ShortUrn urn={urn} />
      </a>
    ),
  },
  { title: "State", width: "74px", cell: ({ state }) => <StateBadge state={state} /> },
  { title: "Duration", width: "62px", isNumber: true, cell: ({ ms }) => formatMs(ms) },
  { title: "Steps", width: "60px", isNumber: true, isWide: true, cell: ({ spans }) => spans },
  {
    title: "Error",
    width: "minmax(80px, 1.5fr)",
    isWide: true,
    cell: ({ error }) => error && <span class="bad-text">{`${error.code} ${error.message}`}</span>,
  },
  {
    title: "Recorded",
    width: "90px",
    isWide: true,
    cell: ({ detail }) => (
      <span class="dim">{detail === "full" ? "with values" : "times only"}</span>
    ),
  },
];

/** The table. */
export function ExecutionsView({ params }: {
  readonly params: Readonly<Record<string, string>>;
}): JSX.Element {
  const version = useStore(live.executionStore);
  useTableFocus();
  const [search, setSearch] = useState(params["resource"] ?? params["trace"] ?? "");
  const [failed, setFailed] = useState(params["failed"] === "true");
  const pause = usePause(version);
  const items = useMemo(
    () => filterExecutions([...live.executions.values()].reverse(), { search, failed }),
    [pause.version, search, failed],
  );
  return (
    <div class="view">
      <div class="bar">
        <input
          type="search"
          aria-label="Search executions by resource, trace or error"
          placeholder="Search ( / )"
          value={search}
          onInput={({ currentTarget }) => setSearch(currentTarget.value)}
        />
        <label class="check">
          <input
            type="checkbox"
            checked={failed}
            onChange={({ currentTarget }) => setFailed(currentTarget.checked)}
          />
          Failed only
        </label>
        {pause.button}
        <span class="dim" role="status">{count(items.length, "execution")}</span>
        <LostNotice topic="executions" />
      </div>
      <RateChart />
      <DataTable
        label="Executions"
        columns={COLUMNS}
        items={items}
        keyOf={({ id }) => id}
        rowClass={({ state }) => (state === "failed" ? "failed" : "")}
        onOpen={({ id }) => location.hash = linkTo("executions", id)}
        empty={search === "" && !failed ? "Nothing was executed yet" : "No execution matches"}
      />
    </div>
  );
}
